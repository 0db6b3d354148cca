package dev.moorgate.operator.crd.upstream;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.operator.crd.Patterns;
import dev.moorgate.operator.crd.policy.PolicyTarget;
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
 * What an UpstreamPolicy asks for. Absent fields take the same defaults here that the API server gives them, so that manifests read
 * without one mean the same.
 */
@JsonInclude(Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
public record UpstreamPolicySpec(
        @Required
        @Size(min = 1, max = 16)
        @JsonPropertyDescription(
                "Services and ServiceImports of this namespace. A policy on one port wins over one on the whole; among equals the oldest.")
        List<TargetRef> targetRefs,

        @JsonPropertyDescription(
                "What the endpoints speak where the Service's appProtocol does not say. Absent: HTTP1.")
        @Nullable
        Protocol protocol,

        @JsonPropertyDescription("How an endpoint is chosen.") @Nullable
        Balancing balancing,

        @JsonPropertyDescription(
                "Active checks. Absent: none; what Kubernetes says of a pod's readiness always counts.")
        @Nullable
        HealthCheck healthCheck,

        @JsonPropertyDescription("When endpoints are put aside for what requests meet there.") @Nullable
        OutlierDetection outlierDetection,

        @JsonPropertyDescription("Bounds past which requests are answered 503 at once; of each replica.") @Nullable
        CircuitBreaker circuitBreaker) {
    public UpstreamPolicySpec {
        targetRefs = targetRefs == null ? List.of() : List.copyOf(targetRefs);
    }

    /** A Service or ServiceImport of the policy's own namespace, or one port of it. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = UpstreamRules.GROUP_CEL, message = UpstreamRules.GROUP)
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
            @JsonPropertyDescription("Name or number of one port. Absent: all ports.")
            @Nullable
            String sectionName)
            implements PolicyTarget {

        /** The kinds that a policy may target. */
        public enum Kind implements PolicyTarget.Kind {
            @JsonProperty("Service")
            SERVICE(PolicyTarget.Name.SERVICE),
            @JsonProperty("ServiceImport")
            SERVICE_IMPORT(PolicyTarget.Name.SERVICE_IMPORT);

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

    /** What endpoints speak. */
    public enum Protocol {
        @JsonProperty("HTTP1")
        HTTP1,
        @JsonProperty("H2C")
        H2C,
        @JsonProperty("WebSocket")
        WEBSOCKET
    }

    /** How an endpoint is chosen. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Balancing(
            @Default("RoundRobin")
            @JsonPropertyDescription(
                    "In turn (RoundRobin), the one with the fewest requests under way (LeastRequest), the one that is expected to answer soonest (LeastTime), or any (Random). For hashing see StickyPolicy, mode Hash.")
            Algorithm algorithm,

            @Default("Hints")
            @JsonPropertyDescription(
                    "Which endpoints are preferred: those that EndpointSlices hint for the proxy's zone (Hints), those in its zone (SameZone), or none (Any). Requests spill over to all once fewer than 70 percent of the preferred ones are healthy.")
            Zones zones,

            @JsonPropertyDescription("New and returning endpoints get their share bit by bit. Absent: at once.")
            @Nullable
            SlowStart slowStart) {
        public Balancing {
            algorithm = Objects.requireNonNullElse(algorithm, Algorithm.ROUND_ROBIN);
            zones = Objects.requireNonNullElse(zones, Zones.HINTS);
        }
    }

    /** The rule by which one of several healthy endpoints is chosen. */
    public enum Algorithm {
        @JsonProperty("RoundRobin")
        ROUND_ROBIN,
        @JsonProperty("LeastRequest")
        LEAST_REQUEST,
        @JsonProperty("LeastTime")
        LEAST_TIME,
        @JsonProperty("Random")
        RANDOM
    }

    /** Which endpoints are preferred. */
    public enum Zones {
        @JsonProperty("Hints")
        HINTS,
        @JsonProperty("SameZone")
        SAME_ZONE,
        @JsonProperty("Any")
        ANY
    }

    /** A gentle beginning. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record SlowStart(
            @Default("30s")
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
            @JsonPropertyDescription("Time until the whole share.")
            String window,

            @Default("10") @Min(1) @Max(100) @JsonPropertyDescription("Percent of the share at the beginning.")
            Integer leastPercent) {
        public SlowStart {
            window = Objects.requireNonNullElse(window, "30s");
            leastPercent = Objects.requireNonNullElse(leastPercent, 10);
        }
    }

    /** Bounds of each replica on what it does to the endpoints. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record CircuitBreaker(
            @Default("10000")
            @Min(1)
            @Max(10_000_000)
            @JsonPropertyDescription("Connections to all endpoints together; further requests wait for one.")
            Integer connections,

            @Default("1024")
            @Min(0)
            @Max(10_000_000)
            @JsonPropertyDescription("Requests that wait for a connection; further ones are 503 pool_full.")
            Integer pending,

            @Min(1)
            @Max(10_000_000)
            @JsonPropertyDescription("Requests under way; further ones are 503 circuit_open. Absent: unbounded.")
            @Nullable
            Integer requests,

            @Min(1)
            @Max(10_000_000)
            @JsonPropertyDescription("Retries under way, beside the routes' budgets. Absent: what budgets allow.")
            @Nullable
            Integer retries,

            @Default("256")
            @Min(0)
            @Max(1_000_000)
            @JsonPropertyDescription(
                    "Unused connections that are kept; more are closed when they were not used for a second.")
            Integer idleConnections,

            @Default("60s")
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @JsonPropertyDescription("How long an unused connection is kept; 0s: each is closed after its request.")
            String keepAliveIdle) {
        public CircuitBreaker {
            connections = Objects.requireNonNullElse(connections, 10_000);
            pending = Objects.requireNonNullElse(pending, 1_024);
            idleConnections = Objects.requireNonNullElse(idleConnections, 256);
            keepAliveIdle = Objects.requireNonNullElse(keepAliveIdle, "60s");
        }
    }
}
