package dev.moorgate.dataplane.listen;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Listener.Protocol;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.ServerName;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.ProxySettings.DownstreamLimits;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Short ways to say tables. */
public final class Tables {
    public static final SourceRef SOURCE = SourceRef.of("Ingress", "shop", "web");

    private Tables() {}

    public static Listener http(String name, String address, int port) {
        return new Listener(name, SOURCE, Protocol.HTTP, 80, address, port, 80, Optional.empty(), List.of());
    }

    public static Listener https(String name, int port, ListenerTls tls) {
        return new Listener(name, SOURCE, Protocol.HTTPS, 443, "127.0.0.1", port, 443, Optional.of(tls), List.of());
    }

    public static ListenerTls tls(ServerName... names) {
        return tls(Optional.empty(), names);
    }

    public static ListenerTls tls(Optional<String> fallback, ServerName... names) {
        return new ListenerTls(
                List.of(names), fallback, Optional.empty(), ListenerTls.Version.TLS_1_2, List.of("h2", "http/1.1"));
    }

    public static ServerName name(HostPattern host, String... certificates) {
        return ServerName.terminated(host, List.of(certificates));
    }

    public static RouteTable table(List<Listener> listeners, Certificate... certificates) {
        return table(DownstreamLimits.STANDARD, listeners, certificates);
    }

    public static RouteTable table(DownstreamLimits limits, List<Listener> listeners, Certificate... certificates) {
        var standard = ProxySettings.STANDARD;
        return new RouteTable(
                new ProxySettings(
                        standard.trustedProxies(), ProxySettings.AccessLog.OFF, standard.proxyStatus(), limits),
                listeners.stream().sorted(Comparator.comparing(Listener::name)).toList(),
                List.of(),
                List.of(),
                Arrays.stream(certificates)
                        .sorted(Comparator.comparing(Certificate::id))
                        .toList(),
                List.of());
    }

    public static DownstreamLimits limits(Duration handshake, int connections) {
        var standard = DownstreamLimits.STANDARD;
        return new DownstreamLimits(
                standard.head(),
                handshake,
                standard.keepAliveIdle(),
                standard.requestLineBytes(),
                standard.headBytes(),
                standard.headFields(),
                connections);
    }
}
