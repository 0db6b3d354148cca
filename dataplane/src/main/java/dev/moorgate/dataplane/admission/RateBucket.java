package dev.moorgate.dataplane.admission;

import java.util.concurrent.atomic.AtomicLong;

/** A token bucket as the time at which it will be full again (GCRA): one word, no lock. Any thread. */
final class RateBucket {
    /** Never used, and so full. */
    private static final long UNUSED = Long.MIN_VALUE;

    private final long interval;
    private final long most;
    private final AtomicLong fullAt = new AtomicLong(UNUSED);

    /**
     * A full bucket.
     *
     * @param interval nanoseconds for a token to come back
     * @param burst most tokens
     */
    RateBucket(long interval, int burst) {
        this.interval = interval;
        this.most = interval * burst;
    }

    /** Takes a token: 0, or the nanoseconds until there is one. */
    long take(long now) {
        while (true) {
            long before = fullAt.get();
            long next = (before == UNUSED ? 0 : Math.max(before - now, 0)) + interval;
            if (next > most) {
                return next - most;
            }
            if (fullAt.compareAndSet(before, now + next)) {
                return 0;
            }
        }
    }

    /** A full bucket is as good as none. */
    boolean isFull(long now) {
        long at = fullAt.get();
        return at == UNUSED || at - now <= 0;
    }
}
