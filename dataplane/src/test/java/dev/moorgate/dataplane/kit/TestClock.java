package dev.moorgate.dataplane.kit;

import dev.moorgate.dataplane.upstream.NanoClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * A clock that stands still until a test puts it forward, so that a slow machine meets no limit. Before it moves, all that
 * was sent has been seen. Limits that are due then are met within a tick of 100 ms of the system's time.
 */
public final class TestClock implements NanoClock {
    private final long startNanos = System.nanoTime();
    private final long startMillis = System.currentTimeMillis();
    private final AtomicLong passed = new AtomicLong();
    private final Runnable settled;
    private volatile long runningSince;
    private volatile long jumpMillis;

    TestClock(Runnable settled) {
        this.settled = settled;
    }

    public void advance(Duration by) {
        settled.run();
        passed.addAndGet(by.toNanos());
    }

    /** Puts the clock forward, step by step, until {@code condition} holds. */
    public void advanceUntil(String what, Duration step, BooleanSupplier condition) {
        Await.until(what, () -> {
            if (condition.getAsBoolean()) {
                return true;
            }
            advance(step);
            return false;
        });
    }

    /** From now on the clock runs as the system's does. */
    public void run() {
        runningSince = System.nanoTime();
    }

    @Override
    public long nanoTime() {
        return startNanos + elapsed();
    }

    /** The time of day is set so much later, or earlier; intervals are as they were. */
    public void jump(Duration by) {
        jumpMillis = by.toMillis();
    }

    private long elapsed() {
        long since = runningSince;
        return passed.get() + (since == 0 ? 0 : System.nanoTime() - since);
    }

    @Override
    public long epochMillis() {
        return startMillis + jumpMillis + elapsed() / 1_000_000;
    }
}
