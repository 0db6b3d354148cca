package dev.moorgate.dataplane.upstream;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

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
    private final RecentCount begun = new RecentCount();
    private final RecentCount repeated = new RecentCount();
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
    public boolean tryRequest(int most, long nowNanos) {
        if (requests.incrementAndGet() <= most || most == 0) {
            begun.add(nowNanos);
            return true;
        }
        requests.decrementAndGet();
        return false;
    }

    public void requestEnded() {
        requests.getAndDecrement();
    }

    /** One more request that is being repeated, unless there are {@code most} (0: unbounded); where true, {@link #repeatingEnded} has to follow. */
    public boolean tryRepeating(int most) {
        if (retries.incrementAndGet() <= most || most == 0) {
            return true;
        }
        retries.decrementAndGet();
        return false;
    }

    public void repeatingEnded() {
        retries.decrementAndGet();
    }

    /** Takes one retry out of the budget: the share of the requests of the last ten seconds, or the floor a second (GEP-3388). */
    public boolean tryRetry(int percent, int floorPerSecond, long nowNanos) {
        boolean granted = (repeated.sum(nowNanos) + 1) * 100 <= begun.sum(nowNanos) * percent
                || useFloor(floorPerSecond, nowNanos);
        if (granted) {
            repeated.add(nowNanos);
        }
        return granted;
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

    /** How often something happened in the last ten seconds, by whole seconds. Any thread. */
    private static final class RecentCount {
        private static final int SECONDS = 10;
        /** More than the seconds that are looked at, so that a slot is never both the newest and one of the oldest. */
        private static final int SLOTS = 16;

        /** Each the second that it counts, in the upper half, and its count. */
        private final AtomicLongArray slots = new AtomicLongArray(SLOTS);

        RecentCount() {
            // no second of any clock
            for (int i = 0; i < SLOTS; i++) {
                slots.set(i, (i + 1L) << 32);
            }
        }

        void add(long nowNanos) {
            int second = second(nowNanos);
            int slot = second & (SLOTS - 1);
            long known = slots.get(slot);
            while (!slots.compareAndSet(slot, known, isOf(known, second) ? known + 1 : first(second))) {
                known = slots.get(slot);
            }
        }

        long sum(long nowNanos) {
            int now = second(nowNanos);
            long sum = 0;
            for (int second = now - SECONDS + 1; second != now + 1; second++) {
                long known = slots.get(second & (SLOTS - 1));
                sum += isOf(known, second) ? known & 0xffff_ffffL : 0;
            }
            return sum;
        }

        private static int second(long nanos) {
            return (int) Math.floorDiv(nanos, SECOND);
        }

        private static boolean isOf(long slot, int second) {
            return (int) (slot >>> 32) == second;
        }

        private static long first(int second) {
            return (long) second << 32 | 1;
        }
    }
}
