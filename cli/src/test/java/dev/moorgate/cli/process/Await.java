package dev.moorgate.cli.process;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a condition, with a deadline that fails the test. Processes start slowly on a busy machine, so it is a generous one. */
final class Await {
    static final Duration LIMIT = Duration.ofMinutes(3);

    private Await() {}

    static void until(String what, Callable<Boolean> condition) throws Exception {
        until(() -> what, condition);
    }

    static void until(Supplier<String> what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + LIMIT.toSeconds() + " s: " + what.get());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }
}
