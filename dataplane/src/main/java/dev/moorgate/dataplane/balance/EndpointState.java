package dev.moorgate.dataplane.balance;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Load and health of one endpoint of one upstream as this process sees it; outlives tables and address changes. Any
 * thread. Times are nanoseconds of the registry's clock.
 */
public final class EndpointState {
    private static final int MOST_GROWTH = 10;

    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger failuresInRow = new AtomicInteger();
    private final LongAdder requests = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private volatile boolean checkFailed;
    private volatile boolean ejected;
    private volatile long ejectedUntil;
    private volatile int growth;

    /** A request is sent to it; {@link #end} has to follow. */
    public void begin() {
        inFlight.getAndIncrement();
        requests.increment();
    }

    /** A request that was begun is over, however. */
    public void end() {
        inFlight.getAndDecrement();
    }

    /** Requests under way. */
    public int inFlight() {
        return inFlight.get();
    }

    /** Requests ever sent. */
    public long requests() {
        return requests.sum();
    }

    /** Requests that failed as outlier detection counts. */
    public long failures() {
        return failures.sum();
    }

    /** An active check says that it does not serve: its sessions move. */
    public void checkFailed() {
        checkFailed = true;
    }

    /** An active check says that it serves. */
    public void checkPassed() {
        checkFailed = false;
    }

    public boolean hasFailedCheck() {
        return checkFailed;
    }

    /** Whether it ever was: spares the good ones a look at the clock. */
    boolean wasEjected() {
        return ejected;
    }

    /** Whether it is out for its failures. */
    public boolean isEjected(long now) {
        return ejected && now - ejectedUntil < 0;
    }

    void succeeded() {
        if (failuresInRow.get() != 0) {
            failuresInRow.set(0);
        }
    }

    /** Answers the failures in a row, this one included. */
    int failed() {
        failures.increment();
        return failuresInRow.incrementAndGet();
    }

    /** Takes it out for {@code base}, longer each time; every {@code base} of good service since takes one step back. */
    void eject(long now, Duration base) {
        long nanos = base.toNanos();
        long served = ejected && nanos > 0 ? Math.max(0, now - ejectedUntil) / nanos : 0;
        int steps = (int) Math.max(0, growth - served);
        growth = Math.min(MOST_GROWTH, steps + 1);
        ejectedUntil = now + nanos * growth;
        ejected = true;
        failuresInRow.set(0);
    }
}
