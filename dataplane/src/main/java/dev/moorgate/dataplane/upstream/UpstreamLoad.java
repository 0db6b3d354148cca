package dev.moorgate.dataplane.upstream;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a process has open towards one upstream, over all event loops: bounds are per process. Outlives tables; one per
 * upstream name. Any thread.
 */
public final class UpstreamLoad {
    private static final long SECOND = 1_000_000_000L;

    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger retries = new AtomicInteger();
    private final AtomicLong floorSecond = new AtomicLong(Long.MIN_VALUE);
    private final AtomicInteger floorUsed = new AtomicInteger();

    /** Connections, those under way included. */
    public int connections() {
        return connections.get();
    }

    /** Requests that wait for a connection. */
    public int pending() {
        return pending.get();
    }

    /** Requests under way. */
    public int requests() {
        return requests.get();
    }

    /** One more request, unless there are {@code most} (0: unbounded); where true, {@link #requestEnded} has to follow. */
    public boolean tryRequest(int most) {
        if (requests.incrementAndGet() <= most || most == 0) {
            return true;
        }
        requests.decrementAndGet();
        return false;
    }

    public void requestEnded() {
        requests.getAndDecrement();
    }

    /**
     * Takes one retry out of the budget: the share of live requests, with a floor a second, and never more than {@code most}
     * at a time (0: unbounded). Where true, {@link #retryEnded} has to follow.
     */
    public boolean tryRetry(int percent, int floorPerSecond, int most, long nowNanos) {
        int running = retries.incrementAndGet();
        boolean isFull = most > 0 && running > most;
        if (!isFull && (running * 100L <= (long) requests.get() * percent || useFloor(floorPerSecond, nowNanos))) {
            return true;
        }
        retries.decrementAndGet();
        return false;
    }

    public void retryEnded() {
        retries.decrementAndGet();
    }

    private boolean useFloor(int floorPerSecond, long nowNanos) {
        long second = Math.floorDiv(nowNanos, SECOND);
        long known = floorSecond.get();
        if (known != second && floorSecond.compareAndSet(known, second)) {
            floorUsed.set(0);
        }
        return floorUsed.incrementAndGet() <= floorPerSecond;
    }

    boolean tryConnection(int most) {
        if (connections.incrementAndGet() <= most) {
            return true;
        }
        connections.decrementAndGet();
        return false;
    }

    void connectionEnded() {
        connections.decrementAndGet();
    }

    boolean tryPending(int most) {
        if (pending.incrementAndGet() <= most) {
            return true;
        }
        pending.decrementAndGet();
        return false;
    }

    void pendingEnded() {
        pending.decrementAndGet();
    }
}
