package dev.moorgate.routetable;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How the proxy behaves towards every client (spec of DataPlane).
 *
 * @param proxyStatus whether our own replies carry Proxy-Status (RFC 9209)
 * @param http2 absent: {@link Http2#STANDARD}
 * @param ocspStapling whether the responders that certificates name are asked, and their answers shown in handshakes
 */
public record ProxySettings(
        TrustedProxies trustedProxies,
        AccessLog accessLog,
        boolean proxyStatus,
        DownstreamLimits limits,
        Optional<ProxyProtocol> proxyProtocol,
        Optional<Http2> http2,
        boolean ocspStapling) {
    public static final ProxySettings STANDARD =
            new ProxySettings(TrustedProxies.NONE, AccessLog.JSON, false, DownstreamLimits.STANDARD);

    /** Without PROXY protocol. */
    public ProxySettings(
            TrustedProxies trustedProxies, AccessLog accessLog, boolean proxyStatus, DownstreamLimits limits) {
        this(trustedProxies, accessLog, proxyStatus, limits, Optional.empty(), Optional.empty());
    }

    /** With the standard HTTP/2. */
    public ProxySettings(
            TrustedProxies trustedProxies,
            AccessLog accessLog,
            boolean proxyStatus,
            DownstreamLimits limits,
            Optional<ProxyProtocol> proxyProtocol) {
        this(trustedProxies, accessLog, proxyStatus, limits, proxyProtocol, Optional.empty());
    }

    /** Without OCSP stapling. */
    public ProxySettings(
            TrustedProxies trustedProxies,
            AccessLog accessLog,
            boolean proxyStatus,
            DownstreamLimits limits,
            Optional<ProxyProtocol> proxyProtocol,
            Optional<Http2> http2) {
        this(trustedProxies, accessLog, proxyStatus, limits, proxyProtocol, http2, false);
    }

    /**
     * HTTP/2 from clients.
     *
     * @param enabled told apart from HTTP/1.1 in clear; TLS listeners offer what they list themselves
     * @param streams open at one time on a connection
     * @param connectionAge after about which a connection is told to end; zero: never
     */
    public record Http2(boolean enabled, int streams, Duration connectionAge) {
        public static final Http2 STANDARD = new Http2(true, 100, Duration.ZERO);

        public Http2 {
            Checks.inRange(streams, 1, 10_000, "http2 streams");
            Checks.notNegative(connectionAge, "http2 connectionAge");
        }
    }

    /**
     * Connections begin with a PROXY header, of version 1 or 2, that says who the client is.
     *
     * @param listeners names; a star at the end stands for any rest
     * @param networks (CIDR) of the load balancers in front of us; on these listeners nobody else is let in
     */
    public record ProxyProtocol(List<String> listeners, List<String> networks) {
        public ProxyProtocol {
            listeners = List.copyOf(listeners);
            networks = List.copyOf(networks);
            Checks.require(!networks.isEmpty(), "proxyProtocol names no network");
        }

        public boolean isFor(String listener) {
            return listeners.stream()
                    .anyMatch(name -> name.endsWith("*")
                            ? listener.startsWith(name.substring(0, name.length() - 1))
                            : listener.equals(name));
        }
    }

    /** Whose forwarding headers are believed: this many hops before us, or peers in these networks (CIDR). */
    public record TrustedProxies(int hops, List<String> networks) {
        public static final TrustedProxies NONE = new TrustedProxies(0, List.of());

        public TrustedProxies {
            Checks.inRange(hops, 0, 32, "trusted hops");
            networks = List.copyOf(networks);
        }
    }

    /** Form of the access log. */
    public enum AccessLog {
        JSON,
        COMBINED,
        OFF
    }

    /**
     * Limits on clients.
     *
     * @param head total time for a request's head
     * @param handshake total time for a TLS handshake
     * @param keepAliveIdle between requests
     * @param headBytes of the header block
     * @param connections per listener; further ones wait in the kernel's queue
     * @param connectionsPerClient of one address (of one network of 64 bits for IPv6) and listener; 0: as many as it likes
     * @param handshakes under way in the process; further ones are closed
     */
    public record DownstreamLimits(
            Duration head,
            Duration handshake,
            Duration keepAliveIdle,
            int requestLineBytes,
            int headBytes,
            int headFields,
            int connections,
            int connectionsPerClient,
            int handshakes) {
        private static final int HANDSHAKES = 4096;

        public static final DownstreamLimits STANDARD = new DownstreamLimits(
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                8 * 1024,
                32 * 1024,
                200,
                100_000);

        /** With the standard number of handshakes, and none of connections per client. */
        public DownstreamLimits(
                Duration head,
                Duration handshake,
                Duration keepAliveIdle,
                int requestLineBytes,
                int headBytes,
                int headFields,
                int connections) {
            this(head, handshake, keepAliveIdle, requestLineBytes, headBytes, headFields, connections, 0, HANDSHAKES);
        }

        public DownstreamLimits {
            Checks.require(
                    head.isPositive() && handshake.isPositive() && keepAliveIdle.isPositive(),
                    "head, handshake and keepAliveIdle must be positive");
            Checks.inRange(requestLineBytes, 256, 1 << 20, "requestLineBytes");
            Checks.inRange(headBytes, 1024, 1 << 22, "headBytes");
            Checks.inRange(headFields, 10, 10_000, "headFields");
            Checks.inRange(connections, 1, 10_000_000, "connections");
            Checks.inRange(connectionsPerClient, 0, 10_000_000, "connectionsPerClient");
            Checks.inRange(handshakes, 1, 10_000_000, "handshakes");
        }
    }
}
