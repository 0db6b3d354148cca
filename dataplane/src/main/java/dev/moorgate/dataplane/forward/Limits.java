package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.state.RoutePlan;
import dev.moorgate.dataplane.upstream.Deadline;
import java.util.concurrent.TimeUnit;

/**
 * The time limits of one exchange as one deadline: of the request, of the try, and of what is waited for at the moment. Its
 * event loop only.
 */
final class Limits {
    private static final long NEVER = Long.MAX_VALUE;
    /** For a connection of a full upstream, where the route sets no limit on the answer. */
    private static final long QUEUE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Shorter waits end to the millisecond. */
    private static final long FINE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private enum Phase {
        NONE,
        /** For a connection. */
        CONNECTION,
        /** For the client's next byte. */
        UPLOAD,
        /** For the upstream to take bytes or to answer. */
        ANSWER,
        /** For the next byte of the answer, or for the client to take it. */
        STREAM,
        TUNNEL,
        BACKOFF
    }

    private final Exchange exchange;
    private final LoopState loop;
    private Phase phase = Phase.NONE;
    private long origin;
    private long requestAt = NEVER;
    private long tryAt = NEVER;
    /** Of a try that has begun, until its first wait reads the clock. */
    private long tryNanos;

    private long phaseAt = NEVER;
    private long streamNanos;

    private final Deadline deadline = new Deadline(this::timedOut);

    Limits(Exchange exchange) {
        this.exchange = exchange;
        this.loop = exchange.loop;
    }

    /** The request is under way. */
    void begin(RoutePlan plan) {
        origin = exchange.outcome.began();
        requestAt = Math.min(plan.requestNanos == 0 ? NEVER : plan.requestNanos, exchange.call.timeout());
        tryEnds();
        phaseAt = NEVER;
        phase = Phase.NONE;
    }

    /** A try begins. */
    void tryBegins() {
        tryAt = NEVER;
        tryNanos = exchange.plan().perTryNanos;
    }

    private void tryEnds() {
        tryAt = NEVER;
        tryNanos = 0;
    }

    /** No connection is there yet. */
    void waiting() {
        long nanos = exchange.plan().responseHeadNanos;
        enter(Phase.CONNECTION, nanos == 0 ? QUEUE_NANOS : nanos);
    }

    /** Bytes of the request went on. */
    void sent(boolean room) {
        if (exchange.response.hasBegunAnswer()) {
            return;
        }
        RoutePlan plan = exchange.plan();
        boolean call = exchange.call.isOn();
        if (exchange.request.isComplete() || !room || exchange.request.isHeldByExpect()) {
            enter(Phase.ANSWER, call ? plan.callHeadNanos : plan.responseHeadNanos);
        } else {
            enter(Phase.UPLOAD, call ? plan.callBodyNanos : plan.bodyIdleNanos);
        }
    }

    /** The answer's head has come; {@code events}: it may stand still for as long as it likes. */
    void answered(boolean events) {
        tryEnds();
        RoutePlan plan = exchange.plan();
        streamNanos = events ? plan.eventIdleNanos : plan.streamIdleNanos;
    }

    /** Bytes of the answer went on and more are to come; {@code full}: once the client has taken some. That has a limit for events too. */
    void streaming(boolean full) {
        enter(Phase.STREAM, full && streamNanos == 0 ? exchange.plan().streamIdleNanos : streamNanos);
    }

    /** Nanoseconds that the request has left; without a limit {@code otherwise}. */
    long left(long otherwise) {
        return requestAt == NEVER ? otherwise : requestAt - (loop.now() - origin);
    }

    void tunnel() {
        tryEnds();
        requestAt = NEVER;
        tunnelMoved();
    }

    void tunnelMoved() {
        enter(Phase.TUNNEL, exchange.plan().tunnelIdleNanos);
    }

    void backoff(long nanos) {
        tryEnds();
        enter(Phase.BACKOFF, nanos);
        // On the wheel alone all retries of a tick would come at once, and late.
        if (nanos < FINE_NANOS) {
            var _ = loop.loop.schedule(this::mayBeBackedOff, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void mayBeBackedOff() {
        if (phase == Phase.BACKOFF && loop.now() - origin >= phaseAt) {
            timedOut();
        }
    }

    void end() {
        phase = Phase.NONE;
        deadline.disarm();
    }

    /** The exchange is not used again: on the wheel its deadline would hold it, with its buffers, for up to a minute. */
    void forget() {
        loop.timers.forget(deadline);
    }

    private void enter(Phase next, long nanos) {
        phase = next;
        if (nanos == 0 && requestAt == NEVER && tryAt == NEVER && tryNanos == 0) {
            phaseAt = NEVER;
            deadline.disarm();
            return;
        }
        long now = loop.now() - origin;
        phaseAt = nanos == 0 ? NEVER : now + nanos;
        if (tryNanos != 0) {
            tryAt = now + tryNanos;
            tryNanos = 0;
        }
        arm(now);
    }

    private void arm(long now) {
        long at = Math.min(phaseAt, Math.min(requestAt, tryAt));
        if (at == NEVER) {
            deadline.disarm();
        } else {
            loop.timers.arm(deadline, now + origin, Math.max(1, at - now));
        }
    }

    private void timedOut() {
        if (!exchange.isOpen()) {
            return;
        }
        long now = loop.now() - origin;
        if (now >= requestAt) {
            exchange.fail(ProxyFailure.REQUEST_TIMEOUT, "");
        } else if (now >= tryAt) {
            tryAt = NEVER;
            exchange.retries.failed(ProxyFailure.TRY_TIMEOUT, "", false);
        } else if (now >= phaseAt) {
            phaseAt = NEVER;
            phaseTimedOut();
        } else {
            arm(now);
        }
    }

    private void phaseTimedOut() {
        switch (phase) {
            case CONNECTION -> exchange.fail(ProxyFailure.POOL_FULL, "no connection became free");
            case UPLOAD -> exchange.fail(ProxyFailure.BODY_TIMEOUT, "");
            case ANSWER -> exchange.retries.failed(ProxyFailure.RESPONSE_TIMEOUT, "", false);
            case STREAM -> {
                if (exchange.response.hasClientMoved()) {
                    streaming(true);
                } else if (exchange.response.awaitsClient()) {
                    exchange.cut(ProxyFailure.CLIENT_GONE, "the client stopped reading");
                } else {
                    exchange.cut(ProxyFailure.STREAM_IDLE, "");
                }
            }
            case TUNNEL -> exchange.tunnelIdle();
            case BACKOFF -> exchange.retries.again();
            case NONE -> {}
        }
    }
}
