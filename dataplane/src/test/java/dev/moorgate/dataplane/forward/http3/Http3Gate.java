package dev.moorgate.dataplane.forward.http3;

import dev.moorgate.dataplane.DataPlane;
import dev.moorgate.dataplane.DataPlaneSettings;
import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.dataplane.live.InstallResult;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.ClientValidation;
import dev.moorgate.routetable.ListenerTls.ServerName;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RouteTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A whole data plane whose listener {@code web} speaks TLS for some hosts, and HTTP/3 where it is not switched off. */
final class Http3Gate implements AutoCloseable {
    static final String SHOP = "shop.internal";
    static final String OTHER = "other.internal";
    static final TlsCertificate SHOP_CERTIFICATE = TlsCertificate.of(SHOP);
    static final TlsCertificate OTHER_CERTIFICATE = TlsCertificate.of(OTHER);
    /** As clients see it. */
    static final int PUBLIC_PORT = 8443;

    static final List<String> ALPN = List.of("h3", "h2", "http/1.1");

    private final DataPlane dataPlane;
    private List<String> alpn = ALPN;
    private Optional<ClientValidation> clients = Optional.empty();
    private Optional<String> fallback = Optional.empty();
    private TlsCertificate shop = SHOP_CERTIFICATE;
    private int installs;

    Http3Gate(Setup setup) {
        this(setup, DataPlaneSettings.STANDARD);
    }

    Http3Gate(Setup setup, DataPlaneSettings settings) {
        try {
            dataPlane = DataPlane.start(settings.withEventLoops(2));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        install(setup);
    }

    static ProxySettings silent(ProxySettings.DownstreamLimits limits) {
        var standard = ProxySettings.STANDARD;
        return new ProxySettings(
                standard.trustedProxies(), ProxySettings.AccessLog.OFF, standard.proxyStatus(), limits);
    }

    /** Everything to {@code upstream}, and nothing to the access log. */
    static Setup to(ScriptedUpstream upstream) {
        return Setup.to(upstream).settings(silent());
    }

    static ProxySettings silent() {
        return silent(ProxySettings.DownstreamLimits.STANDARD);
    }

    Http3Gate alpn(String... protocols) {
        alpn = List.of(protocols);
        return this;
    }

    /** Clients that name no server, or one that nobody knows, are served as well. */
    Http3Gate fallback() {
        fallback = Optional.of("shop");
        return this;
    }

    Http3Gate clients(ClientValidation rule) {
        clients = Optional.of(rule);
        return this;
    }

    /** The next table shows this one for {@link #SHOP}. */
    Http3Gate showing(TlsCertificate certificate) {
        shop = certificate;
        return this;
    }

    void install(Setup setup) {
        InstallResult result = dataPlane.install("test-" + ++installs, table(setup), setup.endpoints());
        if (result instanceof InstallResult.Refused refused) {
            throw new IllegalStateException(refused.reason());
        }
    }

    private RouteTable table(Setup setup) {
        return secured(
                setup.table(),
                new ListenerTls(
                        List.of(
                                ServerName.terminated(HostPattern.exact(OTHER), List.of("other")),
                                ServerName.terminated(HostPattern.exact(SHOP), List.of("shop"))),
                        fallback,
                        clients,
                        ListenerTls.Version.TLS_1_2,
                        alpn),
                OTHER_CERTIFICATE.named("other"),
                shop.named("shop"));
    }

    /** The same table for clients that speak TLS and choose. */
    static RouteTable secured(RouteTable table, ListenerTls tls, Certificate... shown) {
        Listener clear = table.listeners().getFirst();
        var listener = new Listener(
                clear.name(),
                clear.source(),
                Listener.Protocol.HTTPS,
                443,
                clear.bindAddress(),
                0,
                PUBLIC_PORT,
                Optional.of(tls),
                clear.virtualHosts());
        List<Certificate> certificates = new ArrayList<>(table.certificates());
        certificates.addAll(List.of(shown));
        return new RouteTable(
                table.settings(),
                List.of(listener),
                table.upstreams(),
                table.sessions(),
                certificates,
                table.keyRings());
    }

    DataPlane dataPlane() {
        return dataPlane;
    }

    /** Where HTTP/3 is spoken. */
    InetSocketAddress address() {
        return dataPlane.boundHttp3Ports().values().iterator().next();
    }

    int tcpPort() {
        return dataPlane.boundPorts().values().iterator().next().getPort();
    }

    Http3TestClient connect() {
        return Http3TestClient.connect(address(), SHOP);
    }

    String metrics() {
        return MetricText.of(dataPlane.metrics());
    }

    @Override
    public void close() {
        dataPlane.close();
    }
}
