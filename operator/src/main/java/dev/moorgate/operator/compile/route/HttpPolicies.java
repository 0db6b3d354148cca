package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.compile.routepolicy.RuleLayers;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.routetable.RoutePolicy.Retry;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRetry;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteTimeouts;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Timeouts (GEP-1742) and retries (GEP-1731) of a rule. */
final class HttpPolicies {
    /** {@code retry} without {@code attempts}. */
    private static final int ATTEMPTS = 1;

    private static final int MOST_ATTEMPTS = 100;
    private static final int BACKOFF_GROWTH = 10;

    private HttpPolicies() {}

    /** What the rule says itself. */
    static RuleLayers.Own compile(HTTPRouteRule rule, Field at, Mistakes mistakes) {
        if (rule.getTimeouts() == null && rule.getRetry() == null) {
            return RuleLayers.Own.NONE;
        }
        Optional<Retry> retry =
                Optional.ofNullable(rule.getRetry()).map(written -> retry(written, at.of("retry"), mistakes));
        HTTPRouteTimeouts timeouts = rule.getTimeouts();
        return timeouts == null || timeouts.getRequest() == null && timeouts.getBackendRequest() == null
                ? new RuleLayers.Own(false, Duration.ZERO, Duration.ZERO, retry)
                : timeouts(timeouts, retry, at.of("timeouts"), mistakes);
    }

    private static RuleLayers.Own timeouts(
            HTTPRouteTimeouts timeouts, Optional<Retry> retry, Field at, Mistakes mistakes) {
        Duration request = duration(timeouts.getRequest(), at.of("request"), mistakes);
        Duration perTry = duration(timeouts.getBackendRequest(), at.of("backendRequest"), mistakes);
        if (!request.isZero() && perTry.compareTo(request) > 0) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("backendRequest"),
                    timeouts.getBackendRequest() + " is longer than request, " + timeouts.getRequest()
                            + ": make it at most as long");
        }
        return new RuleLayers.Own(true, request, perTry, retry);
    }

    private static Retry retry(HTTPRouteRetry retry, Field at, Mistakes mistakes) {
        Retry standard = Retry.STANDARD;
        int attempts = Objects.requireNonNullElse(retry.getAttempts(), ATTEMPTS);
        if (attempts < 0 || attempts > MOST_ATTEMPTS) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("attempts"),
                    attempts + " is not supported: use 0 to " + MOST_ATTEMPTS);
            attempts = ATTEMPTS;
        }
        TreeSet<Integer> codes = new TreeSet<>();
        List<Integer> written = Objects.requireNonNullElse(retry.getCodes(), List.of());
        for (int i = 0; i < written.size(); i++) {
            int code = Objects.requireNonNullElse(written.get(i), 0);
            if (code < 400 || code > 599) {
                mistakes.add(Reason.UNSUPPORTED_VALUE, at.of("codes", i), code + " is not supported: use 400 to 599");
            } else {
                codes.add(code);
            }
        }
        Duration backoff = duration(retry.getBackoff(), at.of("backoff"), mistakes);
        return new Retry(
                attempts,
                List.copyOf(codes),
                standard.methods(),
                backoff,
                backoff.multipliedBy(BACKOFF_GROWTH),
                standard.budget());
    }

    private static Duration duration(@Nullable String text, Field at, Mistakes mistakes) {
        return Optional.ofNullable(text)
                .flatMap(written -> switch (GatewayDuration.parse(Tokens.shown(written))) {
                    case GatewayDuration.Valid valid -> Optional.of(valid.value());
                    case GatewayDuration.Invalid invalid -> {
                        mistakes.add(Reason.UNSUPPORTED_VALUE, at, invalid.sentence());
                        yield Optional.<Duration>empty();
                    }
                })
                .orElse(Duration.ZERO);
    }
}
