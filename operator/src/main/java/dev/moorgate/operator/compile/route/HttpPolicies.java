package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.GatewayDuration;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RoutePolicy.Retry;
import dev.moorgate.routetable.RoutePolicy.Timeouts;
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

    /** @param standard for what the rule does not say */
    static RoutePolicy compile(HTTPRouteRule rule, RoutePolicy standard, Field at, Mistakes mistakes) {
        if (rule.getTimeouts() == null && rule.getRetry() == null) {
            return standard;
        }
        return new RoutePolicy(
                timeouts(rule.getTimeouts(), standard.timeouts(), at.of("timeouts"), mistakes),
                retry(rule.getRetry(), at.of("retry"), mistakes),
                standard.buffering(),
                standard.bodyLimit(),
                standard.compression());
    }

    /** Whoever sets a limit, or switches it off, has taken over the wait for the response's head too. */
    private static Timeouts timeouts(
            @Nullable HTTPRouteTimeouts timeouts, Timeouts standard, Field at, Mistakes mistakes) {
        if (timeouts == null || timeouts.getRequest() == null && timeouts.getBackendRequest() == null) {
            return standard;
        }
        Duration request = duration(timeouts.getRequest(), at.of("request"), mistakes);
        Duration perTry = duration(timeouts.getBackendRequest(), at.of("backendRequest"), mistakes);
        if (!request.isZero() && perTry.compareTo(request) > 0) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("backendRequest"),
                    timeouts.getBackendRequest() + " is longer than request, " + timeouts.getRequest()
                            + ": make it at most as long");
        }
        return new Timeouts(
                request, perTry, standard.connect(), Duration.ZERO, standard.bodyIdle(), standard.streamIdle());
    }

    private static Retry retry(@Nullable HTTPRouteRetry retry, Field at, Mistakes mistakes) {
        Retry standard = Retry.STANDARD;
        if (retry == null) {
            return standard;
        }
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
