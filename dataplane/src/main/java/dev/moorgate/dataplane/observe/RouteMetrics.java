package dev.moorgate.dataplane.observe;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Counters of one listener, route and upstream, looked up once when a table is built and touched by requests without a
 * map or a label: about four adds a request, to one array that is made with the first. Of ten thousand routes the
 * counters are never in the processor's caches, so that what a request touches of them is kept to two lines. Any thread.
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

    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
    private static final ProxyFailure[] REASONS = ProxyFailure.values();
    private static final GrpcStatus[] STATUSES = GrpcStatus.values();

    // Where what stands in the array; what nearly every request touches stands at its beginning.
    private static final int FIRST_RESULT = 0;
    private static final int NANOS = 2;
    private static final int BYTES_OUT = 3;
    private static final int BUCKETS = 4;
    private static final int BYTES_IN = BUCKETS + BOUNDS.length + 1;
    private static final int SECOND_RESULT = BYTES_IN + 1;
    private static final int NEAR_RESULTS = 4;
    private static final int LENGTH = SECOND_RESULT + 2 * (NEAR_RESULTS - 1);
    /** Results beyond the near ones, and at the end the count of all that came after the most. */
    private static final int FAR_LENGTH = 2 * (MOST_RESULTS - NEAR_RESULTS) + 1;

    private final String listener;
    private final String route;
    private final String upstream;
    /** Made with the first request: most routes of a large table see none. */
    private volatile long @Nullable [] cells;

    private volatile long @Nullable [] far;
    /** Calls of gRPC by how they ended; made with the first. */
    private volatile long @Nullable [] calls;
    /** Made with the first line of the access log: copied at once, where three strings are read character by character. */
    private volatile byte @Nullable [] logNames;

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

    boolean isOf(String listener, String route, String upstream) {
        return route.equals(this.route) && upstream.equals(this.upstream) && listener.equals(this.listener);
    }

    /** The three names as they stand in a line of JSON. */
    byte[] logNames() {
        byte[] known = logNames;
        if (known == null) {
            known = LogForm.names(listener, route, upstream);
            logNames = known;
        }
        return known;
    }

    void finished(ExchangeRecord exchange) {
        long[] known = cells;
        long[] counts = known == null ? start() : known;
        count(counts, exchange.status, exchange.reason);
        GrpcStatus call = exchange.grpcStatus;
        if (call != null) {
            long[] ended = calls;
            add(ended == null ? startCalls() : ended, call.code(), 1);
        }
        add(counts, NANOS, exchange.totalNanos);
        if (exchange.bytesOut != 0) {
            add(counts, BYTES_OUT, exchange.bytesOut);
        }
        add(counts, BUCKETS + bucket(exchange.totalNanos), 1);
        if (exchange.bytesIn != 0) {
            add(counts, BYTES_IN, exchange.bytesIn);
        }
    }

    private synchronized long[] start() {
        long[] known = cells;
        if (known == null) {
            known = new long[LENGTH];
            cells = known;
        }
        return known;
    }

    private synchronized long[] startFar() {
        long[] known = far;
        if (known == null) {
            known = new long[FAR_LENGTH];
            far = known;
        }
        return known;
    }

    private synchronized long[] startCalls() {
        long[] known = calls;
        if (known == null) {
            known = new long[STATUSES.length];
            calls = known;
        }
        return known;
    }

    private static void add(long[] counts, int cell, long value) {
        long _ = (long) CELL.getAndAdd(counts, cell, value);
    }

    private static int bucket(long nanos) {
        int i = 0;
        while (i < BOUNDS.length && nanos > BOUNDS[i]) {
            i++;
        }
        return i;
    }

    /** A key stands before its count and is written once. */
    @SuppressWarnings("EnumOrdinal") // lives as long as the process, and is never written anywhere
    private void count(long[] counts, int status, @Nullable ProxyFailure reason) {
        long key = (status + 1L) << 32 | (reason == null ? 0 : reason.ordinal() + 1);
        for (int i = FIRST_RESULT; i < LENGTH; i = i == FIRST_RESULT ? SECOND_RESULT : i + 2) {
            if (isOf(counts, i, key)) {
                add(counts, i + 1, 1);
                return;
            }
        }
        long[] known = far;
        long[] others = known == null ? startFar() : known;
        for (int i = 0; i < FAR_LENGTH - 1; i += 2) {
            if (isOf(others, i, key)) {
                add(others, i + 1, 1);
                return;
            }
        }
        add(others, FAR_LENGTH - 1, 1);
    }

    /** Whether the cell holds the key, or was free and holds it now. */
    private static boolean isOf(long[] counts, int cell, long key) {
        long held = (long) CELL.getVolatile(counts, cell);
        return held == key
                || held == 0
                        && (CELL.compareAndSet(counts, cell, 0L, key) || (long) CELL.getVolatile(counts, cell) == key);
    }

    // A page is made of one family after the other. A route that saw no request is in none: a large table makes no
    // large page.

    void requests(MetricSheet sheet) {
        long[] counts = cells;
        if (counts == null) {
            return;
        }
        for (int i = FIRST_RESULT; i < LENGTH; i = i == FIRST_RESULT ? SECOND_RESULT : i + 2) {
            result(sheet, get(counts, i), get(counts, i + 1));
        }
        long[] others = far;
        if (others != null) {
            for (int i = 0; i < FAR_LENGTH - 1; i += 2) {
                result(sheet, get(others, i), get(others, i + 1));
            }
            long rest = get(others, FAR_LENGTH - 1);
            if (rest > 0) {
                result(sheet, "other", "", rest);
            }
        }
    }

    void calls(MetricSheet sheet) {
        long[] ended = calls;
        if (ended == null) {
            return;
        }
        for (GrpcStatus status : STATUSES) {
            long count = get(ended, status.code());
            if (count > 0) {
                sheet.counter(
                        "moorgate_grpc_calls",
                        "Calls of gRPC by the status that they ended with.",
                        count,
                        "listener",
                        listener,
                        "route",
                        route,
                        "upstream",
                        upstream,
                        "status",
                        status.name());
            }
        }
    }

    void durations(MetricSheet sheet) {
        long[] counts = cells;
        if (counts != null) {
            var durations = new long[BOUNDS.length + 1];
            Arrays.setAll(durations, i -> get(counts, BUCKETS + i));
            sheet.histogram(
                    "moorgate_request_duration_seconds",
                    "From a request's first byte to its response's last.",
                    SECONDS,
                    durations,
                    get(counts, NANOS) / 1e9,
                    labels());
        }
    }

    void requestBytes(MetricSheet sheet) {
        bytes(sheet, "moorgate_request_bytes", "Bytes of request bodies.", BYTES_IN);
    }

    void responseBytes(MetricSheet sheet) {
        bytes(sheet, "moorgate_response_bytes", "Bytes of response bodies.", BYTES_OUT);
    }

    private void bytes(MetricSheet sheet, String name, String help, int cell) {
        long[] counts = cells;
        if (counts != null) {
            sheet.counter(name, help, get(counts, cell), labels());
        }
    }

    private String[] labels() {
        return new String[] {"listener", listener, "route", route, "upstream", upstream};
    }

    private static long get(long[] counts, int cell) {
        return (long) CELL.getVolatile(counts, cell);
    }

    private void result(MetricSheet sheet, long key, long count) {
        if (key != 0) {
            int reason = (int) key;
            result(sheet, Long.toString((key >>> 32) - 1), reason == 0 ? "" : REASONS[reason - 1].word(), count);
        }
    }

    private void result(MetricSheet sheet, String code, String reason, long count) {
        sheet.counter(
                "moorgate_requests",
                "Requests by result; code other: statuses beyond the first " + MOST_RESULTS + ".",
                count,
                "listener",
                listener,
                "route",
                route,
                "upstream",
                upstream,
                "code",
                code,
                "reason",
                reason);
    }
}
