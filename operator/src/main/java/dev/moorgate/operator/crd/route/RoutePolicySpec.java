package dev.moorgate.operator.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.operator.crd.Patterns;
import dev.moorgate.operator.crd.policy.PolicyTarget;
import dev.moorgate.operator.crd.route.RouteAccess.BasicAuth;
import dev.moorgate.operator.crd.route.RouteAccess.Clients;
import dev.moorgate.operator.crd.route.RouteAccess.Fault;
import dev.moorgate.operator.crd.route.RouteAccess.RateLimit;
import dev.moorgate.operator.crd.route.RouteReplies.Compression;
import dev.moorgate.operator.crd.route.RouteReplies.Cors;
import dev.moorgate.operator.crd.route.RouteReplies.ErrorBody;
import dev.moorgate.operator.crd.route.RouteReplies.Mirror;
import dev.moorgate.operator.crd.route.RouteReplies.SecurityHeaders;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a RoutePolicy asks for. Absent fields are taken from the next wider policy, and in the end from the DataPlane; absent parts of a
 * field that is given have the same defaults here that the API server gives them.
 */
@JsonInclude(Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = RouteRules.EMPTY_CEL, message = RouteRules.EMPTY)
public record RoutePolicySpec(
        @Required
        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "What it is for: Gateways, listeners, HTTPRoutes, named rules or Ingresses of this namespace. The most specific policy wins, field by field: rule, then route or Ingress, then listener, then Gateway; among equals the oldest.")
        List<TargetRef> targetRefs,

        @JsonPropertyDescription("Limits on the time of a request; each is taken by itself.") @Nullable
        Timeouts timeouts,

        @JsonPropertyDescription("Which failed tries are repeated. Absent: one retry where it is safe.") @Nullable
        Retry retry,

        @JsonPropertyDescription("Whether bodies are collected before they are sent on. Absent: they are not.")
        @Nullable
        Buffering buffering,

        @Min(0)
        @Max(1099511627776L)
        @JsonPropertyDescription("Most bytes of a request's body; more are answered with 413. 0 or absent: no limit.")
        @Nullable
        Long bodyLimit,

        @JsonPropertyDescription(
                "Which answers are compressed for clients that accept it. Absent: none; answers that the application has compressed pass as they are.")
        @Nullable
        Compression compression,

        @JsonPropertyDescription(
                "Which clients are let in, by address. The lists of all policies that apply hold together: a narrower one opens nothing.")
        @Nullable
        Clients clients,

        @JsonPropertyDescription("How many requests are let in, by each replica for itself. Absent: all.") @Nullable
        RateLimit rateLimit,

        @JsonPropertyDescription("Name and password of HTTP Basic authentication. Absent: none is asked for.") @Nullable
        BasicAuth basicAuth,

        @Size(max = 32)
        @JsonPropertyDescription("Bodies of the proxy's own replies, by status, instead of its plain text.")
        @Nullable
        List<ErrorBody> errorBodies,

        @JsonPropertyDescription("Response headers that harden browsers; they replace the application's.") @Nullable
        SecurityHeaders securityHeaders,

        @JsonPropertyDescription(
                "Cross-origin resource sharing: preflights are answered, and answers are marked. A CORS filter of the rule counts before it.")
        @Nullable
        Cors cors,

        @Size(max = 4)
        @JsonPropertyDescription("Services that get a copy of requests; their answers are ignored.")
        @Nullable
        List<Mirror> mirrors,

        @JsonPropertyDescription("Failures on purpose, for tests.") @Nullable
        Fault fault) {

    public RoutePolicySpec {
        targetRefs = targetRefs == null ? List.of() : List.copyOf(targetRefs);
        errorBodies = errorBodies == null ? null : List.copyOf(errorBodies);
        mirrors = mirrors == null ? null : List.copyOf(mirrors);
    }

    /** An object of the policy's own namespace, or one listener or rule of it (GEP-713 LocalPolicyTargetReferenceWithSectionName). */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = RouteRules.GROUP_CEL, message = RouteRules.GROUP)
    public record TargetRef(
            @Size(max = 253)
            @JsonPropertyDescription("API group of the kind. Absent: the one that the kind belongs to.")
            @Nullable
            String group,

            @Required @JsonPropertyDescription("Kind of the object.")
            Kind kind,

            @Required
            @Size(min = 1, max = 253)
            @Pattern(Patterns.OBJECT_NAME)
            @JsonPropertyDescription("Name of the object.")
            String name,

            @Size(min = 1, max = 253)
            @JsonPropertyDescription(
                    "Part of the object: the name of a Gateway's listener or of a route's rule. Absent: all of it.")
            @Nullable
            String sectionName)
            implements PolicyTarget {

        /** The kinds that a policy may target. */
        public enum Kind implements PolicyTarget.Kind {
            @JsonProperty("Gateway")
            GATEWAY(PolicyTarget.Name.GATEWAY),
            @JsonProperty("HTTPRoute")
            HTTP_ROUTE(PolicyTarget.Name.HTTP_ROUTE),
            @JsonProperty("GRPCRoute")
            GRPC_ROUTE(PolicyTarget.Name.GRPC_ROUTE),
            @JsonProperty("Ingress")
            INGRESS(PolicyTarget.Name.INGRESS);

            private final PolicyTarget.Name kind;

            Kind(PolicyTarget.Name kind) {
                this.kind = kind;
            }

            @Override
            public PolicyTarget.Name kind() {
                return kind;
            }
        }
    }

    /** Limits on the time of a request. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Timeouts(
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription(
                    "From the request's first byte to the response's last; then 504 (request_timeout). 0s switches it off. Default: off.")
            @Nullable
            String request,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription(
                    "Each try, up to the response's head; then another try, or 504 (try_timeout). 0s switches it off. Default: off.")
            @Nullable
            String perTry,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription(
                    "Connecting to an endpoint; then another endpoint, or 504 (connect_timeout). 0s switches it off. Default: 2s.")
            @Nullable
            String connect,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription(
                    "Request sent to response head received; then 504 (response_timeout). 0s switches it off. Default: 60s, and off where request or perTry is set.")
            @Nullable
            String responseHead,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription(
                    "No byte of the request's body; then 408 (body_timeout). 0s switches it off. Default: 30s.")
            @Nullable
            String bodyIdle,

            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription(
                    "No byte of the response's body or of a WebSocket; then it is cut (stream_idle). 0s switches it off. Default: 5m; WebSockets 1h; off for event streams.")
            @Nullable
            String streamIdle) {}

    /** Which failed tries are repeated. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Retry(
            @Default("1")
            @Min(0)
            @Max(100)
            @JsonPropertyDescription("Most retries beside the first try. 0 switches them off.")
            Integer attempts,

            @Size(max = 32)
            @JsonPropertyDescription("Status codes that are retried, beside failed connections. Absent: none.")
            List<@Min(400) @Max(599) Integer> statuses,

            @Size(max = 16)
            @JsonPropertyDescription(
                    "Methods that may be repeated beside the idempotent ones, such as POST: say it only where the application bears it twice.")
            List<@Size(min = 1, max = 32) @Pattern("^[A-Z]+$") String> methods,

            @Default("25ms")
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("Wait before the first retry; it doubles, with full jitter. 0s: none.")
            String backoff,

            @Default("1s")
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("Longest wait before a retry.")
            String backoffLimit,

            @JsonPropertyDescription(
                    "How many retries an upstream bears. Absent: 20 percent, and 10 a second in any case.")
            @Nullable
            Budget budget,

            @Size(max = 16)
            @JsonPropertyDescription(
                    "Statuses of gRPC calls that are retried where the endpoint answered nothing else: say only those that mean that nothing was done, such as UNAVAILABLE. Absent: none.")
            List<GrpcStatus> grpcStatuses) {
        public Retry {
            attempts = Objects.requireNonNullElse(attempts, 1);
            statuses = statuses == null ? List.of() : List.copyOf(statuses);
            methods = methods == null ? List.of() : List.copyOf(methods);
            backoff = Objects.requireNonNullElse(backoff, "25ms");
            backoffLimit = Objects.requireNonNullElse(backoffLimit, "1s");
            grpcStatuses = grpcStatuses == null ? List.of() : List.copyOf(grpcStatuses);
        }
    }

    /** How a call of gRPC may fail, by the names that gRPC gives its codes. */
    public enum GrpcStatus {
        CANCELLED,
        UNKNOWN,
        INVALID_ARGUMENT,
        DEADLINE_EXCEEDED,
        NOT_FOUND,
        ALREADY_EXISTS,
        PERMISSION_DENIED,
        RESOURCE_EXHAUSTED,
        FAILED_PRECONDITION,
        ABORTED,
        OUT_OF_RANGE,
        UNIMPLEMENTED,
        INTERNAL,
        UNAVAILABLE,
        DATA_LOSS,
        UNAUTHENTICATED
    }

    /** How many of an upstream's requests may be retries. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Budget(
            @Default("20")
            @Min(0)
            @Max(100)
            @JsonPropertyDescription("Retries for the upstream's requests of the last ten seconds, in percent.")
            Integer percent,

            @Default("10")
            @Min(0)
            @Max(1000000)
            @JsonPropertyDescription("Retries a second that are allowed in any case.")
            Integer floorPerSecond) {
        public Budget {
            percent = Objects.requireNonNullElse(percent, 20);
            floorPerSecond = Objects.requireNonNullElse(floorPerSecond, 10);
        }
    }

    /** Whether bodies are collected. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Buffering(
            @Default("true")
            @JsonPropertyDescription(
                    "Whether a request's body is collected first, so that a slow upload holds no endpoint.")
            Boolean requests,

            @Default("true")
            @JsonPropertyDescription(
                    "Whether a response is kept for a slow client, so that its endpoint is free. Never for event streams.")
            Boolean responses,

            @Default("65536") @Min(0) @Max(16777216) @JsonPropertyDescription("Most bytes of one body in memory.")
            Integer memoryLimit,

            @Default("1073741824")
            @Min(0)
            @Max(1099511627776L)
            @JsonPropertyDescription("Most further bytes of one body on disk, encrypted; then 413.")
            Long diskLimit) {
        public Buffering {
            requests = Objects.requireNonNullElse(requests, true);
            responses = Objects.requireNonNullElse(responses, true);
            memoryLimit = Objects.requireNonNullElse(memoryLimit, 65_536);
            diskLimit = Objects.requireNonNullElse(diskLimit, 1L << 30);
        }
    }
}
