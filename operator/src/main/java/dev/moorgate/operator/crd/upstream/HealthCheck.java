package dev.moorgate.operator.crd.upstream;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.GatewayDuration;
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

/** Active checks of each endpoint by each replica. */
@JsonInclude(Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = UpstreamRules.HTTP_CEL, message = UpstreamRules.HTTP)
@ValidationRule(value = UpstreamRules.GRPC_CEL, message = UpstreamRules.GRPC)
public record HealthCheck(
        @Required
        @JsonPropertyDescription(
                "GET in the HTTP version of the requests (HTTP), the health service of gRPC (GRPC), or whether a connection comes about (TCP); with TLS where requests have it.")
        Type type,

        @JsonPropertyDescription("What is asked and expected; only with type HTTP.") @Nullable
        Http http,

        @JsonPropertyDescription("What is asked; only with type GRPC.") @Nullable
        Grpc grpc,

        @Default("5s")
        @Size(max = 32)
        @Pattern(GatewayDuration.PATTERN)
        @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
        @JsonPropertyDescription(
                "From the end of a check to the next, give or take a fifth; an endpoint gets at most ten checks a second.")
        String interval,

        @Default("1s")
        @Size(max = 32)
        @Pattern(GatewayDuration.PATTERN)
        @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
        @JsonPropertyDescription("Longest time for one check, connecting included.")
        String timeout,

        @Default("2")
        @Min(1)
        @Max(100)
        @JsonPropertyDescription("Checks in a row that must pass before a failed endpoint is used again.")
        Integer healthyAfter,

        @Default("3")
        @Min(1)
        @Max(100)
        @JsonPropertyDescription("Checks in a row that must fail before an endpoint is no longer used.")
        Integer unhealthyAfter,

        @Default("false")
        @JsonPropertyDescription("Where all endpoints fail, use all of them. False: 503 all_unhealthy.")
        Boolean failOpen) {
    public HealthCheck {
        interval = Objects.requireNonNullElse(interval, "5s");
        timeout = Objects.requireNonNullElse(timeout, "1s");
        healthyAfter = Objects.requireNonNullElse(healthyAfter, 2);
        unhealthyAfter = Objects.requireNonNullElse(unhealthyAfter, 3);
        failOpen = Objects.requireNonNullElse(failOpen, false);
    }

    /** How an endpoint is asked. */
    public enum Type {
        @JsonProperty("HTTP")
        HTTP,
        @JsonProperty("GRPC")
        GRPC,
        @JsonProperty("TCP")
        TCP
    }

    /** A call of grpc.health.v1.Health/Check, which has to say SERVING. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Grpc(
            @Size(max = 253)
            @Pattern("^[!-~]*$")
            @JsonPropertyDescription(
                    "Name of the service that is asked for, such as shop.Cart. Absent: the server as a whole.")
            @Nullable
            String service) {}

    /** A request and what its answer must be. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Http(
            @Default("/") @Size(min = 1, max = 1024) @Pattern("^/[!-~]*$") @JsonPropertyDescription("Path and query.")
            String path,

            @Size(min = 1, max = 253)
            @Pattern("^[!-~]+$")
            @JsonPropertyDescription("Value of Host. Absent: the endpoint's address and port.")
            @Nullable
            String host,

            @Size(max = 64) @JsonPropertyDescription("Statuses that pass. Absent: 200 to 399.")
            List<@Min(100) @Max(599) Integer> statuses,

            @Size(max = 256)
            @JsonPropertyDescription("Text that the first 64 KiB of the body must contain. Absent: any body.")
            @Nullable
            String bodyContains) {
        public Http {
            path = Objects.requireNonNullElse(path, "/");
            statuses = statuses == null ? List.of() : List.copyOf(statuses);
        }
    }
}
