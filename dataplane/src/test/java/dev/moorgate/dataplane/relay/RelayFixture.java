package dev.moorgate.dataplane.relay;

import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.listen.TlsClient;
import dev.moorgate.dataplane.live.Gate;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.ServerName;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.VirtualHost;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;

/** A whole data plane with one TLS listener, {@value #LISTENER}, in front of the upstream of a {@link Setup}. */
final class RelayFixture implements AutoCloseable {
    static final String LISTENER = "tls";

    private final Gate gate = new Gate();

    /** Each name is routed to the upstream {@code app}, in the mode that it says. */
    RelayFixture(Setup setup, List<ServerName> names, Certificate... certificates) {
        List<HostPattern> routed = names.stream().map(ServerName::host).toList();
        install(setup, names, routed, certificates);
    }

    void install(Setup setup, List<ServerName> names, List<HostPattern> routed, Certificate... certificates) {
        RouteTable clear = setup.settings(Gate.silent()).table();
        List<VirtualHost> hosts = new ArrayList<>();
        for (HostPattern host : routed) {
            hosts.add(
                    new VirtualHost(host, "tls", List.of(route("to " + host, setup)), VirtualHost.Unmatched.NOT_FOUND));
        }
        var tls = new ListenerTls(names, Optional.empty(), Optional.empty(), ListenerTls.Version.TLS_1_2, List.of());
        var listener = new Listener(
                LISTENER, Setup.SOURCE, Listener.Protocol.TLS, 443, "127.0.0.1", 0, 443, Optional.of(tls), hosts);
        var table = new RouteTable(
                clear.settings(),
                List.of(listener),
                clear.upstreams(),
                List.of(),
                Arrays.stream(certificates)
                        .sorted(Comparator.comparing(Certificate::id))
                        .toList(),
                List.of());
        var result = gate.install(table, setup.endpoints());
        if (!(result instanceof dev.moorgate.dataplane.live.InstallResult.Applied)) {
            throw new AssertionError(result);
        }
    }

    private static Route route(String name, Setup setup) {
        Route all = setup.table()
                .listeners()
                .getFirst()
                .virtualHosts()
                .getFirst()
                .routes()
                .getFirst();
        return new Route(
                name,
                Setup.SOURCE,
                RouteMatch.path(RouteMatch.PathMatch.ALL),
                List.of(),
                new Forward(List.of(Forward.WeightedUpstream.to(Setup.UPSTREAM)), Optional.empty()),
                new RoutePolicy(
                        all.policy().timeouts(),
                        all.policy().retry(),
                        all.policy().buffering(),
                        all.policy().bodyLimit(),
                        all.policy().compression()));
    }

    int port() {
        return gate.port(LISTENER);
    }

    Gate gate() {
        return gate;
    }

    String metrics() {
        return MetricText.of(gate.dataPlane().metrics());
    }

    /** A ClientHello as the JDK makes it; an empty name: without server name. */
    static byte[] hello(String name) {
        try {
            SSLEngine engine = TlsClient.create().context().createSSLEngine();
            engine.setUseClientMode(true);
            var parameters = engine.getSSLParameters();
            parameters.setServerNames(name.isEmpty() ? List.<SNIServerName>of() : List.of(new SNIHostName(name)));
            engine.setSSLParameters(parameters);
            ByteBuffer out = ByteBuffer.allocate(32 * 1024);
            engine.wrap(ByteBuffer.allocate(0), out);
            byte[] bytes = new byte[out.flip().remaining()];
            out.get(bytes);
            return bytes;
        } catch (javax.net.ssl.SSLException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        gate.close();
    }
}
