package dev.moorgate.dataplane.observe;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.failure.RetryRefusal;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request when it has ended: a struct with open fields, one an event loop, filled and reset for each
 * exchange so that telling about a request allocates nothing. Names that were configured are strings, what the client
 * sent is {@link LogText}. Times are nanoseconds of {@link System#nanoTime}'s clock unless they say epoch. Secrets and
 * cookies have no field here, so no observer can leak them.
 */
public final class ExchangeRecord {
    /** Retries of one exchange that are told apart by reason; further ones are only counted. */
    private static final int MOST_REASONS = 8;

    /** Counters of listener, route and upstream, resolved when the table was built; null: nothing was routed. */
    public @Nullable RouteMetrics metrics;

    public String listener = "";
    public String route = "";
    public String upstream = "";
    /** Address and port of the endpoint that served the last attempt. */
    public String endpoint = "";
    /** Of the table that the exchange lives on, as its {@code toString} says it. */
    public String tableVersion = "";

    public String method = "";
    public final LogText host = new LogText();
    /** As the client sent it, without query. */
    public final LogText path = new LogText();
    /** Without the question mark. */
    public final LogText query = new LogText();
    /** {@code HTTP/1.1}. */
    public String protocol = "";
    /** Of the response as the client saw it; 499 where it saw none. */
    public int status;
    /** How a call of gRPC ended; null: the request was none. */
    public @Nullable GrpcStatus grpcStatus;
    /** Why the request was not served as asked; null: it was. */
    public @Nullable ProxyFailure reason;
    /** More about the reason in our own words; never text of a peer. */
    public String detail = "";

    /** Of the request's body. */
    public long bytesIn;
    /** Of the response's body. */
    public long bytesOut;
    /** How the response's body was coded here; empty: it was passed on. */
    public String compressed = "";
    /** Of a body that was coded here, before it was. */
    public long bytesBefore;
    /** When the request's first byte came. */
    public long startEpochMillis;
    /** From the request's first byte to the response's last. */
    public long totalNanos;
    /** From the request's first byte to the response's first; 0: there was none. */
    public long firstByteNanos;

    /** Endpoints that were tried, the successful one included. */
    public int attempts;

    /** Why the last try that failed was followed by none; null: none failed. */
    public @Nullable RetryRefusal retryRefused;

    /** Id of the StickySession that was asked; empty: none. */
    public String session = "";
    /** What became of it, a constant word; empty: none was asked. */
    public String sessionOutcome = "";

    /** As trusted hops give it, else the peer's. */
    public final LogText clientAddress = new LogText();

    public final LogText requestId = new LogText();
    /** {@code TLSv1.3}; empty: in clear. */
    public String tlsVersion = "";

    public final LogText userAgent = new LogText();
    public final LogText referer = new LogText();

    private final ProxyFailure[] retries = new ProxyFailure[MOST_REASONS];
    private int retryCount;

    /** The line that an access log builds; here because a record belongs to one event loop. */
    final LogLine line = new LogLine();

    /** One attempt failed with {@code failure} and another followed. */
    public void retried(ProxyFailure failure) {
        if (retryCount < MOST_REASONS) {
            retries[retryCount] = failure;
        }
        retryCount++;
    }

    /** Attempts that another one followed. */
    public int retryCount() {
        return retryCount;
    }

    /** Reasons of the first retries, in order. */
    public ProxyFailure retryReason(int index) {
        return retries[index];
    }

    int retryReasons() {
        return Math.min(retryCount, MOST_REASONS);
    }

    /** Back to nothing known; before each exchange's end is written. */
    public void reset() {
        metrics = null;
        listener = "";
        route = "";
        upstream = "";
        endpoint = "";
        tableVersion = "";
        method = "";
        host.clear();
        path.clear();
        query.clear();
        protocol = "";
        status = 0;
        grpcStatus = null;
        reason = null;
        detail = "";
        bytesIn = 0;
        bytesOut = 0;
        compressed = "";
        bytesBefore = 0;
        startEpochMillis = 0;
        totalNanos = 0;
        firstByteNanos = 0;
        attempts = 0;
        retryRefused = null;
        session = "";
        sessionOutcome = "";
        clientAddress.clear();
        requestId.clear();
        tlsVersion = "";
        userAgent.clear();
        referer.clear();
        retryCount = 0;
    }
}
