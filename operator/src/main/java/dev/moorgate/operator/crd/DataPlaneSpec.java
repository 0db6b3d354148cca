package dev.moorgate.operator.crd;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the proxies behave; every part that is absent keeps the proxy's own default. */
@JsonInclude(Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record DataPlaneSpec(
        @JsonPropertyDescription("Whose forwarding headers are believed. Absent: nobody's.") @Nullable
        TrustedProxies trustedProxies,

        @JsonPropertyDescription("Default time-outs; 0s switches one off where that is safe.") @Nullable
        Timeouts timeouts,

        @JsonPropertyDescription("Limits on clients.") @Nullable
        Limits limits,

        @JsonPropertyDescription("TLS towards clients.") @Nullable
        Tls tls,

        @JsonPropertyDescription("The access log.") @Nullable
        AccessLog accessLog,

        @JsonPropertyDescription(
                "Whether the proxy's own replies say why in a Proxy-Status header (RFC 9209). Absent: no.")
        @Nullable
        Boolean proxyStatusHeader,

        @JsonPropertyDescription("Load balancers in front that say who the client is in a PROXY header. Absent: none.")
        @Nullable
        ProxyProtocol proxyProtocol,

        @JsonPropertyDescription("HTTP/2 from clients.") @Nullable
        Http2 http2,

        @JsonPropertyDescription("HTTP/3 from clients.") @Nullable
        Http3 http3) {
    /** Everything at its default. */
    public static final DataPlaneSpec STANDARD =
            new DataPlaneSpec(null, null, null, null, null, null, null, null, null);

    /** HTTP/2 from clients. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Http2(
            @JsonPropertyDescription(
                    "Whether it is spoken at all: by ALPN over TLS, by prior knowledge in clear. Absent: yes.")
            @Nullable
            Boolean enabled,

            @Min(1)
            @Max(10000)
            @JsonPropertyDescription("Streams open at one time on a connection. Absent: 100.")
            @Nullable
            Integer maxConcurrentStreams,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription(
                    "Age, give or take a tenth, at which a connection takes no further stream, so that its client opens another; open streams finish. 0s or absent: any age.")
            @Nullable
            String maxConnectionAge) {}

    /** HTTP/3 from clients. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Http3(
            @JsonPropertyDescription(
                    "Whether HTTPS listeners speak it on the UDP port beside their TCP port, and say so in Alt-Svc; listeners"
                            + " that ask clients for certificates do not. Absent: no.")
            @Nullable
            Boolean enabled) {
        /** Whether it is asked for. */
        public static boolean isOn(@Nullable DataPlaneSpec spec) {
            Http3 wanted = spec == null ? null : spec.http3();
            return wanted != null && Boolean.TRUE.equals(wanted.enabled());
        }
    }

    /** Connections begin with a PROXY header of version 1 or 2. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record ProxyProtocol(
            @Size(max = 64)
            @JsonPropertyDescription(
                    "Listeners as metrics name them, such as ingress/443 or gateway/shop/edge/*; a star at the end"
                            + " stands for any rest. Absent: all.")
            List<@Size(max = 253) String> listeners,

            @Size(min = 1, max = 64)
            @JsonPropertyDescription(
                    "Networks of the load balancers, such as 10.0.0.0/8. On these listeners nobody else is let in.")
            List<@Size(max = 49) @Pattern(Patterns.CIDR) String> cidrs) {
        public ProxyProtocol {
            listeners = listeners == null ? List.of() : List.copyOf(listeners);
            cidrs = cidrs == null ? List.of() : List.copyOf(cidrs);
        }
    }

    /** Whose forwarding headers (X-Forwarded-*, Forwarded) are believed. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record TrustedProxies(
            @Min(0)
            @Max(32)
            @JsonPropertyDescription("Number of proxies in front of this one, whatever their addresses.")
            @Nullable
            Integer hops,

            @Size(max = 64)
            @JsonPropertyDescription("Networks of the proxies in front of this one, such as 10.0.0.0/8.")
            List<@Size(max = 49) @Pattern(Patterns.CIDR) String> cidrs) {
        public TrustedProxies {
            cidrs = cidrs == null ? List.of() : List.copyOf(cidrs);
        }
    }

    /** Default time-outs; a route may set its own. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Timeouts(
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
            @JsonPropertyDescription("A request's head, in all. Absent: 10s.")
            @Nullable
            String head,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("A pause in a request's body. Absent: 30s.")
            @Nullable
            String bodyIdle,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
            @JsonPropertyDescription("A TLS handshake. Absent: 10s.")
            @Nullable
            String tlsHandshake,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
            @JsonPropertyDescription("A client's connection between two requests. Absent: 60s.")
            @Nullable
            String keepAliveIdle,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
            @JsonPropertyDescription("A connection to an endpoint. Absent: 2s.")
            @Nullable
            String connect,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("From the whole request sent to the first byte of the response. Absent: 60s.")
            @Nullable
            String responseHead,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("A request with all its retries. Absent: off.")
            @Nullable
            String request,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("One try of a request. Absent: off.")
            @Nullable
            String perTry,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("A response without a byte; off for SSE, gRPC and WebSocket. Absent: 5m.")
            @Nullable
            String streamIdle,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("Requests in flight when the proxy ends. Absent: 30s.")
            @Nullable
            String drain) {}

    /** Limits on clients. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Limits(
            @Min(256)
            @Max(1048576)
            @JsonPropertyDescription("Bytes of the request line; more is answered 414. Absent: 8192.")
            @Nullable
            Integer requestLineBytes,

            @Min(1024)
            @Max(4194304)
            @JsonPropertyDescription("Bytes of the header block; more is answered 431. Absent: 32768.")
            @Nullable
            Integer headBytes,

            @Min(10)
            @Max(10000)
            @JsonPropertyDescription("Fields of the header block; more is answered 431. Absent: 200.")
            @Nullable
            Integer headFields,

            @Min(1) @Max(10000000) @JsonPropertyDescription("Connections of a listener. Absent: 100000.") @Nullable
            Integer connections,

            @Min(0)
            @Max(10000000)
            @JsonPropertyDescription(
                    "Connections of one client address, for IPv6 of one /64, to a listener; 0 for any number. Absent: 0.")
            @Nullable
            Integer connectionsPerClient,

            @Min(1)
            @Max(10000000)
            @JsonPropertyDescription("TLS handshakes under way in a proxy. Absent: 4096.")
            @Nullable
            Integer handshakes) {}

    /** TLS towards clients. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Tls(
            @JsonPropertyDescription("Lowest version that is accepted, whatever a policy says. Absent: 1.2.") @Nullable
            TlsVersion minVersion,

            @JsonPropertyDescription(
                    "Versions, suites and groups by name, for listeners and Ingresses that name none of their own."
                            + " Absent: intermediate.")
            @Nullable
            TlsPolicy policy,

            @JsonPropertyDescription(
                    "Whether the proxies ask the OCSP responders that certificates name and show their answers in"
                            + " handshakes. Absent: no.")
            @Nullable
            Boolean ocspStapling) {}

    /** Versions, suites and groups by one name (docs/tls.md). */
    public enum TlsPolicy {
        @JsonProperty("modern")
        MODERN,
        @JsonProperty("intermediate")
        INTERMEDIATE,
        @JsonProperty("compatible")
        COMPATIBLE,
        @JsonProperty("nist")
        NIST
    }

    /** Lowest TLS version that is accepted. */
    public enum TlsVersion {
        @JsonProperty("1.2")
        TLS_1_2,
        @JsonProperty("1.3")
        TLS_1_3
    }

    /** The access log. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record AccessLog(
            @JsonPropertyDescription("One JSON object a line, the combined format, or no log. Absent: JSON.") @Nullable
            LogFormat format) {}

    /** Form of the access log. */
    public enum LogFormat {
        @JsonProperty("JSON")
        JSON,
        @JsonProperty("Combined")
        COMBINED,
        /** Not "Off": YAML 1.1 readers, kubectl's among them, take that word for a boolean. */
        @JsonProperty("None")
        NONE
    }
}
