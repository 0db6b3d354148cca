package dev.moorgate.operator.status;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one task on a thread of its own, soon after it is asked for and at most once an interval: whatever is asked for in between counts
 * as one. Safe for any thread.
 */
final class Burst implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Burst.class);

    private final String name;
    private final Duration delay;
    private final Duration interval;
    private final BooleanSupplier task;
    private final ScheduledThreadPoolExecutor thread;
    private @Nullable ScheduledFuture<?> next;
    private long nextAt;
    private long notBefore = System.nanoTime();

    /**
     * Starts idle.
     *
     * @param delay from the first request on, to gather more
     * @param interval between two runs that did something
     * @param task tells whether it did something
     */
    Burst(String name, Duration delay, Duration interval, BooleanSupplier task) {
        this.name = name;
        this.delay = delay;
        this.interval = interval;
        this.task = task;
        this.thread = new ScheduledThreadPoolExecutor(1, run -> {
            Thread own = new Thread(run, name);
            own.setDaemon(true);
            return own;
        });
        this.thread.setRemoveOnCancelPolicy(true);
        this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    void request() {
        request(delay);
    }

    synchronized void request(Duration after) {
        if (thread.isShutdown()) {
            return;
        }
        long now = System.nanoTime();
        long at = Math.max(now + after.toNanos(), notBefore);
        if (next != null && !next.isDone()) {
            if (nextAt - at <= 0) {
                return;
            }
            next.cancel(false);
        }
        nextAt = at;
        next = thread.schedule(this::run, at - now, TimeUnit.NANOSECONDS);
    }

    private void run() {
        synchronized (this) {
            next = null;
        }
        boolean did = true;
        try {
            did = task.getAsBoolean();
        } catch (RuntimeException e) {
            LOG.error("{} failed and is tried again", name, e);
            request(interval.multipliedBy(5));
        }
        if (did) {
            synchronized (this) {
                notBefore = System.nanoTime() + interval.toNanos();
            }
        }
    }

    @Override
    public void close() {
        thread.shutdown();
    }
}
