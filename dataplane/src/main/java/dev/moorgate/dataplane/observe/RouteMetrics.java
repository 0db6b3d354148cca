package dev.moorgate.dataplane.observe;

import dev.moorgate.dataplane.failure.ProxyFailure;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counters of one listener, route and upstream, looked up once when a table is built and touched by requests without a
 * map or a label: about three uncontended adds a request. Any thread.
 */
public final class RouteMetrics {
    /** Upper bounds of the duration buckets in nanoseconds; one more bucket takes the rest. */
    static final long[] BOUNDS = {
        1_000_000L,
        2_500_000L,
        5_000_000L,
        10_000_000L,
        25_000_000L,
        50_000_000L,
        100_000_000L,
        250_000_000L,
        500_000_000L,
        1_000_000_000L,
        2_500_000_000L,
        10_000_000_000L
    };

    private static final double[] SECONDS = Arrays.copyOf(
            Arrays.stream(BOUNDS).mapToDouble(nanos -> nanos / 1e9).toArray(), BOUNDS.length + 1);

    static {
        SECONDS[BOUNDS.length] = Double.POSITIVE_INFINITY;
    }

    /** Pairs of status and reason that are told apart; an upstream that invents statuses fills no memory (faults G9). */
    private static final int MOST_RESULTS = 48;

    /** Requests that ended with this status and reason; status 0 stands for all that came after the most. */
    record Result(int status, @Nullable ProxyFailure reason, LongAdder count) {}

    /** Made with the first request: most routes of a large table see none. */
    private static final class Durations {
        final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];
        final LongAdder nanos = new LongAdder();

        Durations() {
            Arrays.setAll(buckets, i -> new LongAdder());
        }
    }

    private final String listener;
    private final String route;
    private final String upstream;
    private final LongAdder bytesIn = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();
    private volatile Result[] results = {};
    private volatile @Nullable Durations durations;

    /** Empty names: no route matched, or it named no upstream. Use {@link ProxyMetrics#route} to have it scraped. */
    public RouteMetrics(String listener, String route, String upstream) {
        this.listener = listener;
        this.route = route;
        this.upstream = upstream;
    }

    public String listener() {
        return listener;
    }

    public String route() {
        return route;
    }

    public String upstream() {
        return upstream;
    }

    void finished(ExchangeRecord exchange) {
        result(exchange.status, exchange.reason).increment();
        Durations seen = durations;
        if (seen == null) {
            seen = startDurations();
        }
        seen.buckets[bucket(exchange.totalNanos)].increment();
        seen.nanos.add(exchange.totalNanos);
        if (exchange.bytesIn != 0) {
            bytesIn.add(exchange.bytesIn);
        }
        if (exchange.bytesOut != 0) {
            bytesOut.add(exchange.bytesOut);
        }
    }

    private synchronized Durations startDurations() {
        Durations seen = durations;
        if (seen == null) {
            seen = new Durations();
            durations = seen;
        }
        return seen;
    }

    private static int bucket(long nanos) {
        int i = 0;
        while (i < BOUNDS.length && nanos > BOUNDS[i]) {
            i++;
        }
        return i;
    }

    private LongAdder result(int status, @Nullable ProxyFailure reason) {
        Result[] known = results;
        for (Result result : known) {
            if (result.status == status && result.reason == reason) {
                return result.count;
            }
        }
        return known.length > MOST_RESULTS ? known[MOST_RESULTS].count : addResult(status, reason);
    }

    private synchronized LongAdder addResult(int status, @Nullable ProxyFailure reason) {
        Result[] known = results;
        int kept = known.length < MOST_RESULTS ? status : 0;
        ProxyFailure keptReason = kept == 0 ? null : reason;
        for (Result result : known) {
            if (result.status == kept && result.reason == keptReason) {
                return result.count;
            }
        }
        var grown = Arrays.copyOf(known, known.length + 1);
        var result = new Result(kept, keptReason, new LongAdder());
        grown[known.length] = result;
        results = grown;
        return result.count;
    }

    /** Nothing for a route that saw no request: a large table makes no large page. */
    void collect(MetricSheet sheet) {
        Durations seen = durations;
        if (seen == null) {
            return;
        }
        String[] labels = {"listener", listener, "route", route, "upstream", upstream};
        for (Result result : results) {
            sheet.counter(
                    "moorgate_requests",
                    "Requests by result; code other: statuses beyond the first " + MOST_RESULTS + ".",
                    result.count.sum(),
                    "listener",
                    listener,
                    "route",
                    route,
                    "upstream",
                    upstream,
                    "code",
                    result.status == 0 ? "other" : Integer.toString(result.status),
                    "reason",
                    result.reason == null ? "" : result.reason.word());
        }
        var counts = new long[seen.buckets.length];
        Arrays.setAll(counts, i -> seen.buckets[i].sum());
        sheet.histogram(
                "moorgate_request_duration_seconds",
                "From a request's first byte to its response's last.",
                SECONDS,
                counts,
                seen.nanos.sum() / 1e9,
                labels);
        sheet.counter("moorgate_request_bytes", "Bytes of request bodies.", bytesIn.sum(), labels);
        sheet.counter("moorgate_response_bytes", "Bytes of response bodies.", bytesOut.sum(), labels);
    }
}
