package dev.moorgate.e2e;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for what a cluster takes its time for. */
final class Await {
    private static final long LOOK_NANOS = Duration.ofMillis(100).toNanos();

    private Await() {}

    /** Something to look at again until it no longer throws an AssertionError. */
    @FunctionalInterface
    interface Look {
        void at() throws Exception;
    }

    /** Looks until it passes; the last failure is the test's when the time is up. */
    static void until(Duration most, Look look) throws Exception {
        long end = System.nanoTime() + most.toNanos();
        while (true) {
            try {
                look.at();
                return;
            } catch (AssertionError | java.io.IOException e) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("not within " + most + ": " + e.getMessage(), e);
                }
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** Looks for a while, and wants every look to pass. */
    static void throughout(Duration time, Look look) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            look.at();
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
