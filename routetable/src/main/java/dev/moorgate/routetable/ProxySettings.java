package dev.moorgate.routetable;

import java.time.Duration;
import java.util.List;

/**
 * How the proxy behaves towards every client (spec of DataPlane).
 *
 * @param proxyStatus whether our own replies carry Proxy-Status (RFC 9209)
 */
public record ProxySettings(
        TrustedProxies trustedProxies, AccessLog accessLog, boolean proxyStatus, DownstreamLimits limits) {
    public static final ProxySettings STANDARD =
            new ProxySettings(TrustedProxies.NONE, AccessLog.JSON, false, DownstreamLimits.STANDARD);

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
     */
    public record DownstreamLimits(
            Duration head,
            Duration handshake,
            Duration keepAliveIdle,
            int requestLineBytes,
            int headBytes,
            int headFields,
            int connections) {
        public static final DownstreamLimits STANDARD = new DownstreamLimits(
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                8 * 1024,
                32 * 1024,
                200,
                100_000);

        public DownstreamLimits {
            Checks.require(
                    head.isPositive() && handshake.isPositive() && keepAliveIdle.isPositive(),
                    "head, handshake and keepAliveIdle must be positive");
            Checks.inRange(requestLineBytes, 256, 1 << 20, "requestLineBytes");
            Checks.inRange(headBytes, 1024, 1 << 22, "headBytes");
            Checks.inRange(headFields, 10, 10_000, "headFields");
            Checks.inRange(connections, 1, 10_000_000, "connections");
        }
    }
}
