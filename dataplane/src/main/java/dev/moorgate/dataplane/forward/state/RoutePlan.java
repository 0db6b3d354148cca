package dev.moorgate.dataplane.forward.state;

import dev.moorgate.dataplane.admission.AdmissionState;
import dev.moorgate.dataplane.admission.Gate;
import dev.moorgate.dataplane.balance.RouteBalancer;
import dev.moorgate.dataplane.compress.CompressRule;
import dev.moorgate.dataplane.compress.CompressionState;
import dev.moorgate.dataplane.failure.LocalReply;
import dev.moorgate.dataplane.filter.RequestFilters;
import dev.moorgate.dataplane.filter.ResponseFilters;
import dev.moorgate.dataplane.filter.RouteAnswers;
import dev.moorgate.dataplane.forward.body.BufferRule;
import dev.moorgate.dataplane.observe.ProxyMetrics;
import dev.moorgate.dataplane.observe.RouteMetrics;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RoutePolicy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route as exchanges execute it: limits in nanoseconds, shares with running weights, counters at hand. Depends on nothing
 * but its route and its listener's name, so that it is kept while they stay. Immutable, any thread.
 */
public final class RoutePlan {
    /** Longest time without a byte in a tunnel or an event stream, where the route has no word of its own on idle streams. */
    private static final long TUNNEL_IDLE_NANOS = Duration.ofHours(1).toNanos();

    public final Route route;
    public final String name;
    public final RouteMetrics unsent;
    public final long requestNanos;
    public final long perTryNanos;
    public final long connectNanos;
    public final long responseHeadNanos;
    public final long bodyIdleNanos;
    public final long streamIdleNanos;
    public final long tunnelIdleNanos;
    public final long eventIdleNanos;
    /** Of calls of gRPC, whose clients set deadlines and whose streams may be silent: only what the route says itself. */
    public final long callHeadNanos;

    public final long callBodyNanos;
    public final long bodyLimit;
    /** Whether and how a request's body is collected before it is sent on. */
    public final BufferRule uploads;
    /** Whether and how much of an answer is kept for a client that is slower than its endpoint. */
    public final BufferRule downloads;

    /** Which answers are compressed; null: none. */
    public final @Nullable CompressRule compression;

    /** What a request passes first; null: nothing. */
    public final @Nullable Gate gate;

    public final RoutePolicy.Retry retry;
    public final RouteBalancer balancer;
    public final RouteAnswers answers;
    public final ResponseFilters answerFilters;

    private final Share[] shares;
    private final List<RoutePolicy.ErrorBody> errorBodies;

    /**
     * One share of the split.
     *
     * @param upstream empty: its reference is invalid
     * @param preflights answers to preflights of a CORS filter of its own; null: it has none
     */
    public record Share(
            String upstream,
            RequestFilters filters,
            @Nullable RouteAnswers preflights,
            RouteMetrics metrics) {}

    private RoutePlan(
            String listener,
            Route route,
            ProxyMetrics metrics,
            AdmissionState admission,
            CompressionState compressors) {
        this.route = route;
        name = route.name();
        RoutePolicy.Timeouts timeouts = route.policy().timeouts();
        requestNanos = timeouts.request().toNanos();
        perTryNanos = timeouts.perTry().toNanos();
        connectNanos = timeouts.connect().toNanos();
        responseHeadNanos = timeouts.responseHead().toNanos();
        bodyIdleNanos = timeouts.bodyIdle().toNanos();
        streamIdleNanos = timeouts.streamIdle().toNanos();
        boolean standard = timeouts.streamIdle().equals(RoutePolicy.Timeouts.STANDARD.streamIdle());
        tunnelIdleNanos = standard ? TUNNEL_IDLE_NANOS : streamIdleNanos;
        eventIdleNanos = standard ? 0 : streamIdleNanos;
        callHeadNanos = own(timeouts.responseHead(), RoutePolicy.Timeouts.STANDARD.responseHead());
        callBodyNanos = own(timeouts.bodyIdle(), RoutePolicy.Timeouts.STANDARD.bodyIdle());
        bodyLimit = route.policy().bodyLimit().orElse(Long.MAX_VALUE);
        RoutePolicy.Buffering buffering = route.policy().buffering();
        uploads = BufferRule.ofRequests(buffering);
        downloads = BufferRule.ofResponses(buffering);
        compression = route.policy().compression().map(compressors::rule).orElse(null);
        gate = Gate.of(route.policy().admission(), admission);
        errorBodies = route.policy()
                .errorBodies()
                .map(RoutePolicy.ErrorBodies::bodies)
                .orElse(List.of());
        RoutePolicy.Retry own = route.policy().retry();
        retry = own.equals(RoutePolicy.Retry.STANDARD) ? RoutePolicy.Retry.STANDARD : own;
        answers = RouteAnswers.of(route.filters());
        answerFilters = RequestFilters.of(route.filters(), List.of()).response();
        unsent = metrics.route(listener, route.name(), "");
        balancer = RouteBalancer.of(route.forward());
        shares = route.forward().upstreams().stream()
                .map(source -> share(listener, source, metrics))
                .toArray(Share[]::new);
    }

    private static long own(Duration limit, Duration standard) {
        return limit.equals(standard) ? 0 : limit.toNanos();
    }

    private Share share(String listener, Forward.WeightedUpstream source, ProxyMetrics metrics) {
        String upstream = source.upstream().map(String::intern).orElse("");
        return new Share(
                upstream,
                RequestFilters.of(route.filters(), source.filters()),
                preflights(source.filters()),
                metrics.route(listener, route.name(), upstream));
    }

    private static @Nullable RouteAnswers preflights(List<Filter> filters) {
        List<Filter> cors =
                filters.stream().filter(Filter.Cors.class::isInstance).toList();
        return cors.isEmpty() ? null : RouteAnswers.of(cors);
    }

    public static RoutePlan of(
            String listener,
            Route route,
            ProxyMetrics metrics,
            AdmissionState admission,
            CompressionState compressors) {
        return new RoutePlan(listener, route, metrics, admission, compressors);
    }

    /** The reply as the route words it. */
    public LocalReply worded(LocalReply plain) {
        for (int i = 0; i < errorBodies.size(); i++) {
            RoutePolicy.ErrorBody own = errorBodies.get(i);
            if (own.status() == plain.status()) {
                return plain.withBody(own.contentType(), own.body().getBytes(StandardCharsets.UTF_8));
            }
        }
        return plain;
    }

    /** By place in the split. */
    public Share share(int place) {
        return shares[place];
    }
}
