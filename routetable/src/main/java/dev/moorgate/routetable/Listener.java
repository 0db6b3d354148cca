package dev.moorgate.routetable;

import java.util.List;
import java.util.Optional;

/**
 * One socket that clients connect to.
 *
 * @param name unique: {@code ingress/80}, {@code gateway/shop/edge/443}
 * @param port as declared: what ParentRefs and matches mean
 * @param bindAddress IP literal; empty for all addresses of both families
 * @param bindPort of the socket; 0 lets the system choose (tests)
 * @param publicPort what clients see: redirects and X-Forwarded-Port
 * @param virtualHosts by precedence: EXACT, then the longest wildcard, then ANY
 */
public record Listener(
        String name,
        SourceRef source,
        Protocol protocol,
        int port,
        String bindAddress,
        int bindPort,
        int publicPort,
        Optional<ListenerTls> tls,
        List<VirtualHost> virtualHosts) {
    /**
     * What is spoken on the socket. HTTPS is HTTP in TLS; TLS is passed through or terminated to TCP: its virtual hosts are server
     * names, and the first route of one takes the connection.
     */
    public enum Protocol {
        HTTP,
        HTTPS,
        TLS,
        TCP
    }

    public Listener {
        Checks.notBlank(name, "listener name");
        Checks.inRange(port, 1, 65535, "port");
        Checks.inRange(bindPort, 0, 65535, "bindPort");
        Checks.inRange(publicPort, 1, 65535, "publicPort");
        Checks.require(
                tls.isPresent() == (protocol == Protocol.HTTPS || protocol == Protocol.TLS),
                "listener " + name + ": tls belongs to HTTPS and TLS listeners, and only to them");
        Checks.require(
                protocol == Protocol.TLS || tls.filter(ListenerTls::isPassing).isEmpty(),
                "listener " + name + ": only a TLS listener passes connections through");
        virtualHosts = Checks.unique(
                virtualHosts, host -> host.host().kind() + " " + host.host(), "virtual hosts of listener " + name);
    }
}
