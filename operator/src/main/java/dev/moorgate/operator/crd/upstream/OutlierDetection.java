package dev.moorgate.operator.crd.upstream;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.GatewayDuration;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** When endpoints are put aside for what requests meet there, by each replica for itself. */
@JsonInclude(Include.NON_EMPTY)
@JsonIgnoreProperties(ignoreUnknown = true)
@ValidationRule(value = UpstreamRules.EJECTION_CEL, message = UpstreamRules.EJECTION)
public record OutlierDetection(
        @Default("0")
        @Min(0)
        @Max(1_000_000)
        @JsonPropertyDescription("Errors in a row: answers of 500 or more, and failures. 0: off.")
        Integer consecutiveErrors,

        @Default("5")
        @Min(0)
        @Max(1_000_000)
        @JsonPropertyDescription(
                "Failures in a row: answers of 502, 503 and 504, no connection, broken off, no answer in time. 0: off.")
        Integer consecutiveFailures,

        @Default("0")
        @Min(0)
        @Max(1_000_000)
        @JsonPropertyDescription(
                "Local failures in a row: no connection, broken off, no answer in time. Where on, they count nowhere else. 0: off.")
        Integer consecutiveLocalFailures,

        @Default("30s")
        @Size(max = 32)
        @Pattern(GatewayDuration.PATTERN)
        @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
        @JsonPropertyDescription("Time that an endpoint is put aside at first; longer by as much each further time.")
        String ejection,

        @Default("300s")
        @Size(max = 32)
        @Pattern(GatewayDuration.PATTERN)
        @ValidationRule(value = GatewayDuration.POSITIVE_CEL, message = GatewayDuration.POSITIVE)
        @JsonPropertyDescription("The longest that it is put aside.")
        String longestEjection,

        @Default("50")
        @Min(0)
        @Max(100)
        @JsonPropertyDescription("Most percent of the endpoints that are put aside at a time; never the last one.")
        Integer mostEjectedPercent,

        @Default("0")
        @Min(0)
        @Max(100)
        @JsonPropertyDescription(
                "Where fewer percent of the endpoints are good, those that are put aside are used as well (panic). 0: only where none is good.")
        Integer panicPercent,

        @JsonPropertyDescription("Puts aside who succeeds far less often than the others. Absent: off.") @Nullable
        SuccessRate successRate) {
    public OutlierDetection {
        consecutiveErrors = Objects.requireNonNullElse(consecutiveErrors, 0);
        consecutiveFailures = Objects.requireNonNullElse(consecutiveFailures, 5);
        consecutiveLocalFailures = Objects.requireNonNullElse(consecutiveLocalFailures, 0);
        ejection = Objects.requireNonNullElse(ejection, "30s");
        longestEjection = Objects.requireNonNullElse(longestEjection, "300s");
        mostEjectedPercent = Objects.requireNonNullElse(mostEjectedPercent, 50);
        panicPercent = Objects.requireNonNullElse(panicPercent, 0);
    }

    /** Comparison with the others. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record SuccessRate(
            @Default("10s")
            @Size(max = 32)
            @Pattern(GatewayDuration.PATTERN)
            @ValidationRule(value = UpstreamRules.SECOND_CEL, message = UpstreamRules.SECOND)
            @JsonPropertyDescription("Time that is looked at.")
            String interval,

            @Default("5")
            @Min(2)
            @Max(10_000)
            @JsonPropertyDescription("Endpoints with enough requests, below which nobody is judged.")
            Integer leastEndpoints,

            @Default("100")
            @Min(1)
            @Max(1_000_000)
            @JsonPropertyDescription("Requests of an endpoint within the interval, below which it is not judged.")
            Integer leastRequests,

            @Default("190")
            @Min(50)
            @Max(1_000)
            @JsonPropertyDescription("How far below the mean is too far: standard deviations, in hundredths.")
            Integer factorPercent) {
        public SuccessRate {
            interval = Objects.requireNonNullElse(interval, "10s");
            leastEndpoints = Objects.requireNonNullElse(leastEndpoints, 5);
            leastRequests = Objects.requireNonNullElse(leastRequests, 100);
            factorPercent = Objects.requireNonNullElse(factorPercent, 190);
        }
    }
}
