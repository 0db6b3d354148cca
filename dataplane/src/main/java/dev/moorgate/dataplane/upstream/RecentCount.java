package dev.moorgate.dataplane.upstream;

import java.util.concurrent.atomic.AtomicLongArray;

/** How often something happened in the last ten seconds, by whole seconds. Any thread. */
final class RecentCount {
    private static final long SECOND = 1_000_000_000L;
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
