package dev.moorgate.operator.crd.route;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.operator.crd.Patterns;
import dev.moorgate.operator.crd.StickyPolicySpec.SecretRef;
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

/** What a RoutePolicy says of who is let in. */
public final class RouteAccess {
    private RouteAccess() {}

    /** Clients by address. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = RouteRules.CLIENTS_CEL, message = RouteRules.CLIENTS)
    public record Clients(
            @Size(max = 256)
            @JsonPropertyDescription(
                    "Networks that are let in, such as 10.0.0.0/8; everybody else gets 403. Absent: all.")
            List<@Size(max = 64) @Pattern(Patterns.CIDR) String> allow,

            @Size(max = 256) @JsonPropertyDescription("Networks that get 403, whatever allow says.")
            List<@Size(max = 64) @Pattern(Patterns.CIDR) String> deny) {
        public Clients {
            allow = allow == null ? List.of() : List.copyOf(allow);
            deny = deny == null ? List.of() : List.copyOf(deny);
        }
    }

    /** How many requests are let in. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record RateLimit(
            @Required
            @Min(0)
            @Max(1000000)
            @JsonPropertyDescription(
                    "Requests that each replica lets in during per. 0 switches a wider policy's limit off.")
            Integer requests,

            @Default("1s")
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
            @JsonPropertyDescription("The time that requests are counted for; at most 24h.")
            String per,

            @Min(1)
            @Max(1000000)
            @JsonPropertyDescription("Most requests at once. Absent: as many as requests.")
            @Nullable
            Integer burst,

            @Default("Route") @JsonPropertyDescription("What is counted by itself: the route, or each client address.")
            Key key) {
        public RateLimit {
            per = Objects.requireNonNullElse(per, "1s");
            key = Objects.requireNonNullElse(key, Key.ROUTE);
        }

        /** What is counted by itself. */
        public enum Key {
            @JsonProperty("Route")
            ROUTE,
            @JsonProperty("Client")
            CLIENT
        }
    }

    /** HTTP Basic authentication. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record BasicAuth(
            @Required
            @JsonPropertyDescription(
                    "Secret with lines as htpasswd writes them (bcrypt, apr1 or SHA) in its entry auth or .htpasswd. Where it is missing or wrong nobody is let in.")
            SecretRef secretRef,

            @Default("restricted")
            @Size(min = 1, max = 128)
            @Pattern("^[ !#-Z^-~\\]\\[]+$")
            @JsonPropertyDescription("Name that browsers show.")
            String realm) {
        public BasicAuth {
            realm = Objects.requireNonNullElse(realm, "restricted");
        }
    }

    /** Failures on purpose. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @ValidationRule(value = RouteRules.FAULT_CEL, message = RouteRules.FAULT)
    @ValidationRule(value = RouteRules.FAULT_EMPTY_CEL, message = RouteRules.FAULT_EMPTY)
    public record Fault(
            @Default("false") @JsonPropertyDescription("Must be true: says that failures are wanted here.")
            Boolean failOnPurpose,

            @JsonPropertyDescription("Requests that wait first.") @Nullable
            Delay delay,

            @JsonPropertyDescription("Requests that are answered with an error.") @Nullable
            Abort abort) {
        public Fault {
            failOnPurpose = Objects.requireNonNullElse(failOnPurpose, false);
        }
    }

    /** Requests that wait first. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Delay(
            @Required
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
            @JsonPropertyDescription("How long.")
            String duration,

            @Required @Min(0) @Max(100) @JsonPropertyDescription("Share of requests.")
            Integer percent) {}

    /** Requests that are answered with an error. */
    @JsonInclude(Include.NON_NULL)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Abort(
            @Required @Min(400) @Max(599) @JsonPropertyDescription("Status of the answer.")
            Integer statusCode,

            @Required @Min(0) @Max(100) @JsonPropertyDescription("Share of requests.")
            Integer percent) {}
}
