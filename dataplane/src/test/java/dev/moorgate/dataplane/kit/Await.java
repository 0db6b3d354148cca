package dev.moorgate.dataplane.kit;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Waits for a condition, with a deadline that fails the test. */
public final class Await {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration STILL = Duration.ofMillis(300);

    private Await() {}

    public static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + LIMIT.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    /** Waits for {@code sum} to have grown and to stand still. */
    public static void standstill(String what, LongSupplier sum) {
        var last = new AtomicLong(-1);
        var since = new AtomicLong(System.nanoTime());
        until(what, () -> {
            long now = sum.getAsLong();
            if (last.getAndSet(now) != now) {
                since.set(System.nanoTime());
            }
            return now > 0 && System.nanoTime() - since.get() > STILL.toNanos();
        });
    }
}
