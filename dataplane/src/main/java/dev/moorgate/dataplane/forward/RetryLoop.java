package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.failure.RetryRefusal;
import dev.moorgate.dataplane.grpc.GrpcCall;
import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.observe.ExchangeRecord;
import dev.moorgate.dataplane.upstream.UpstreamLoad;
import dev.moorgate.dataplane.upstream.UpstreamStream;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether a failed try is followed by another (RFC 9110 9.2.2): anything where nothing was sent, what is idempotent where
 * nothing was answered, within the route's count and the upstream's budget. Never once a byte has reached the client.
 */
final class RetryLoop {
    /** A pool can be stale as a whole: a restarted endpoint. Each such try takes a fresh connection, so one is enough. */
    private static final int MOST_STALE = 3;

    /** For an upstream that says when to come back, where the route sets no limit on the request. */
    private static final long MOST_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,6}");

    private static final String HEADER_NAME = "x-moorgate-retry";
    private static final byte[] HEADER = "X-Moorgate-Retry".getBytes(StandardCharsets.US_ASCII);

    private final Exchange exchange;
    private final List<ProxyFailure> reasons = new ArrayList<>(4);
    private int retries;
    private int stale;
    private @Nullable UpstreamLoad repeating;
    private @Nullable RetryRefusal refused;

    RetryLoop(Exchange exchange) {
        this.exchange = exchange;
    }

    void begin() {
        reasons.clear();
        retries = 0;
        stale = 0;
        repeating = null;
        refused = null;
    }

    /** Whether the request may be sent again after the upstream may have seen it. */
    boolean mayRepeatSent() {
        RequestHead head = exchange.head;
        return Methods.isIdempotent(head.methodId()) || isListed(head);
    }

    private boolean isListed(RequestHead head) {
        List<String> methods = exchange.plan().retry.methods();
        return !methods.isEmpty() && methods.contains(head.method());
    }

    /**
     * The try has failed before its answer began.
     *
     * @param unsent no byte of it left
     */
    void failed(ProxyFailure failure, String detail, boolean unsent) {
        UpstreamStream used = exchange.attempt.stream();
        boolean wasReused = used != null && used.isReused();
        lost(failure, detail, unsent, wasReused);
    }

    /** The same where the connection is gone already. */
    void lost(ProxyFailure failure, String detail, boolean unsent, boolean wasReused) {
        exchange.attempt.detach(false);
        if (exchange.response.hasBegunAnswer()) {
            exchange.cut(failure, detail);
            return;
        }
        if (exchange.isAtDeadline(failure)) {
            exchange.fail(ProxyFailure.REQUEST_TIMEOUT, "");
            return;
        }
        RetryRefusal unrepeatable = unrepeatable(unsent);
        if (unrepeatable == null && wasReused && failure == ProxyFailure.UPSTREAM_RESET && stale < MOST_STALE) {
            stale++;
            reasons.add(failure);
            exchange.again(true);
            return;
        }
        if (failure.side() == ProxyFailure.Side.UPSTREAM) {
            exchange.attempt.failed();
        }
        boolean wanted = unsent && failure != ProxyFailure.POOL_FULL || failure.isRetryableIfIdempotent();
        RetryRefusal no = !wanted ? RetryRefusal.NOT_RETRYABLE : unrepeatable != null ? unrepeatable : take();
        refused = no;
        if (no == null) {
            follow(failure, 0);
        } else if (no.sparesTheUpstream()) {
            exchange.fail(ProxyFailure.BUDGET_SPENT, failure.word());
        } else {
            exchange.fail(failure, detail);
        }
    }

    /** The endpoint failed behind its answer's head. */
    void cut() {
        refused = RetryRefusal.ANSWER_BEGUN;
    }

    /** Whether the loss of {@code used} may be put down to its age. Of streams one pool has few connections, and never an old one behind another. */
    boolean mayBeStale(UpstreamStream used) {
        return !used.hasFrames() || stale == 0;
    }

    /** Why the request cannot be sent again; null: it can. */
    private @Nullable RetryRefusal unrepeatable(boolean unsent) {
        if (!unsent && !mayRepeatSent()) {
            return RetryRefusal.NOT_IDEMPOTENT;
        }
        return exchange.request.body.isReplayable() ? null : RetryRefusal.BODY_NOT_HELD;
    }

    /**
     * An answer came that the route wants to be tried again; true: it is. Where the upstream says when (Retry-After), no try comes
     * earlier, and none at all where the request has no such time left.
     */
    boolean triesAgain(ResponseHead answer) {
        int status = answer.status();
        RoutePolicy.Retry retry = exchange.plan().retry;
        boolean listed = retry.lists(status);
        boolean call = !listed && isListedCall(answer, retry);
        if (!listed && !call) {
            return false;
        }
        long least = call ? pushback(answer) : retryAfter(answer);
        refused = whyPassedOn(call, least);
        if (refused != null) {
            return false;
        }
        exchange.attempt.answered(call ? exchange.call.asHttp(answer) : status);
        exchange.attempt.avoid();
        exchange.attempt.detach(false);
        follow(ProxyFailure.UPSTREAM_RESET, least);
        return true;
    }

    /** Why an answer that the route lists is passed on; null: another try is taken. */
    private @Nullable RetryRefusal whyPassedOn(boolean call, long least) {
        RetryRefusal unrepeatable = unrepeatable(call);
        if (unrepeatable != null) {
            return unrepeatable;
        }
        if (!exchange.request.body.isWhole()) {
            return RetryRefusal.BODY_NOT_HELD;
        }
        return least < 0 || least > exchange.limits.left(MOST_PATIENCE_NANOS) ? RetryRefusal.TOO_LATE : take();
    }

    /** A call that ended so may be tried again whatever it does: whoever lists the status says that it was not carried out. */
    private boolean isListedCall(ResponseHead answer, RoutePolicy.Retry retry) {
        if (retry.grpc().isEmpty() || answer.status() != 200 || answer.bodyKind() != BodyKind.NONE) {
            return false;
        }
        GrpcStatus ended = exchange.call.of(answer);
        return ended != null && retry.grpc().get().statuses().contains(ended);
    }

    /** Nanoseconds, or below zero: the endpoint wants no other try (gRFC A6). */
    private static long pushback(ResponseHead answer) {
        Long millis = GrpcCall.pushback(answer);
        return millis == null ? 0 : TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /** Nanoseconds; 0 where nothing is said, or a date, which clocks disagree about. */
    private static long retryAfter(ResponseHead answer) {
        int field = answer.indexOf("retry-after", 0);
        String value = field < 0 ? "" : answer.valueString(field);
        return SECONDS.matcher(value).matches() ? TimeUnit.SECONDS.toNanos(Long.parseLong(value)) : 0;
    }

    /** Takes another try; else why there is none. */
    private @Nullable RetryRefusal take() {
        RoutePolicy.Retry retry = exchange.plan().retry;
        if (retries >= retry.attempts()) {
            return retry.attempts() == 0 ? RetryRefusal.SWITCHED_OFF : RetryRefusal.ATTEMPTS_SPENT;
        }
        if (isRetryAlready()) {
            return RetryRefusal.ALREADY_A_RETRY;
        }
        UpstreamLoad load = exchange.attempt.load();
        if (!repeats(load)) {
            return RetryRefusal.TOO_MANY_REPEATING;
        }
        RoutePolicy.RetryBudget budget = retry.budget();
        return load.tryRetry(budget.percent(), budget.floorPerSecond(), exchange.loop.now())
                ? null
                : RetryRefusal.BUDGET_SPENT;
    }

    /** Whether a proxy in front of us is repeating the request: tiers that all repeat would multiply the load of a failure. */
    private boolean isRetryAlready() {
        return exchange.client().listener().forwarded(exchange.listener()).isPeerTrusted()
                && exchange.head.indexOf(HEADER_NAME, 0) >= 0;
    }

    /** Tells the upstream that this is not the first try (docs/decisions/0021). */
    void mark(HeadWriter writer) {
        if (retries > 0) {
            writer.add(HEADER, retries);
        }
    }

    private void follow(ProxyFailure failure, long least) {
        reasons.add(failure);
        retries++;
        RoutePolicy.Retry retry = exchange.plan().retry;
        long base = retry.backoff().toNanos();
        if (base == 0 && least == 0) {
            exchange.again(false);
            return;
        }
        long most = base << Math.min(retries - 1, 20);
        long limit = retry.backoffLimit().toNanos();
        if (limit > 0) {
            most = Math.min(most, limit);
        }
        // Full jitter: clients that failed together do not come back together.
        exchange.limits.backoff(Math.max(least, 1 + ThreadLocalRandom.current().nextLong(Math.max(1, most))));
    }

    /** The wait before another try is over. */
    void again() {
        exchange.again(false);
    }

    void tell(ExchangeRecord record) {
        for (int i = 0; i < reasons.size(); i++) {
            record.retried(reasons.get(i));
        }
        record.retryRefused = refused;
    }

    /** Whether the request counts among those that {@code load} has under way again; it does so with one upstream at a time. */
    private boolean repeats(UpstreamLoad load) {
        if (repeating != load) {
            if (!load.tryRepeating(exchange.attempt.mostRetries())) {
                return false;
            }
            end();
            repeating = load;
        }
        return true;
    }

    void end() {
        UpstreamLoad counted = repeating;
        repeating = null;
        if (counted != null) {
            counted.repeatingEnded();
        }
    }
}
