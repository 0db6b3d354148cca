package dev.moorgate.dataplane;

import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells when the heap may be collected for memory's sake alone: enough has survived the young collections and may be garbage, and for
 * a while the process had so little to do that hardly a request waits for the collection. To be asked now and then by one thread.
 */
final class IdleHeap {
    private static final long ENOUGH = 4 << 20;
    private static final Duration WHILE = Duration.ofSeconds(5);
    /** Little is a hundredth of one processor. */
    private static final int LITTLE = 100;

    /**
     * One look at the process.
     *
     * @param nanos when, by any clock that runs
     * @param cpuNanos processor time of all threads so far
     * @param grown octets that survived since the last collection of the whole heap
     */
    record Reading(long nanos, long cpuNanos, long grown) {}

    private final Supplier<Reading> process;
    private @Nullable Reading last;
    private long idleSince;

    IdleHeap(Supplier<Reading> process) {
        this.process = process;
    }

    /** Whether to collect now. Once a collection was due, the next one is after another while. */
    boolean isDue() {
        Reading now = process.get();
        Reading before = last;
        last = now;
        if (before == null || now.cpuNanos - before.cpuNanos > (now.nanos - before.nanos) / LITTLE) {
            idleSince = now.nanos;
            return false;
        }
        if (now.grown < ENOUGH || now.nanos - idleSince < WHILE.toNanos()) {
            return false;
        }
        idleSince = now.nanos;
        return true;
    }
}
