package dev.moorgate.dataplane.observe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every event loop twice a second for a sign of life: one that owes it for 2 s is logged with its stack and counted,
 * one that owes it for 10 s, or whose thread is gone, fails the liveness check (faults G5, G6). One daemon thread asks;
 * the answers are any thread's to read.
 */
public final class LoopWatch implements MetricSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LoopWatch.class);

    /** When a loop is asked, said to be blocked, and given up. */
    record Limits(Duration every, Duration blocked, Duration dead) {
        static final Limits STANDARD =
                new Limits(Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(10));
    }

    /** One event loop. Written by the watch's thread, {@code thread} and {@code answered} by the loop's. */
    private static final class Loop {
        final String name;
        final Executor executor;
        volatile @Nullable Thread thread;
        /** When the question that is open, or else the last one, was put. */
        volatile long asked;

        volatile boolean open;
        volatile boolean gone;
        volatile long lag;
        final AtomicLong blocked = new AtomicLong();
        boolean told;

        Loop(String name, Executor executor) {
            this.name = name;
            this.executor = executor;
        }

        void answer() {
            thread = Thread.currentThread();
            lag = System.nanoTime() - asked;
            open = false;
        }

        long silentNanos() {
            return open ? System.nanoTime() - asked : 0;
        }
    }

    private final List<Loop> loops = new ArrayList<>();
    private final Limits limits;
    private final Thread watcher;
    private volatile boolean closed;

    LoopWatch(Map<String, Executor> executors, Limits limits) {
        executors.forEach((name, executor) -> loops.add(new Loop(name, executor)));
        this.limits = limits;
        this.watcher = Thread.ofPlatform().daemon().name("moorgate-loop-watch").start(this::run);
    }

    /** Watches these event loops, by name. */
    public static LoopWatch over(Map<String, Executor> executors) {
        return new LoopWatch(executors, Limits.STANDARD);
    }

    private void run() {
        while (!closed) {
            loops.forEach(this::look);
            LockSupport.parkNanos(limits.every.toNanos());
        }
    }

    private void look(Loop loop) {
        if (loop.open) {
            if (!loop.told && loop.silentNanos() > limits.blocked.toNanos()) {
                loop.told = true;
                loop.blocked.incrementAndGet();
                LOG.warn("Event loop {} is blocked since {} ms{}", loop.name, millis(loop.silentNanos()), stack(loop));
            }
            return;
        }
        if (loop.told) {
            loop.told = false;
            LOG.warn("Event loop {} was blocked for {} ms and goes on", loop.name, millis(loop.lag));
        }
        loop.asked = System.nanoTime();
        loop.open = true;
        try {
            loop.executor.execute(loop::answer);
        } catch (RejectedExecutionException e) {
            loop.open = false;
            loop.gone = true;
        }
    }

    private static long millis(long nanos) {
        return Duration.ofNanos(nanos).toMillis();
    }

    private static String stack(Loop loop) {
        Thread thread = loop.thread;
        var text = new StringBuilder();
        if (thread != null) {
            for (StackTraceElement frame : thread.getStackTrace()) {
                text.append("\n    at ").append(frame);
            }
        }
        return text.toString();
    }

    /** What is wrong with the loops, for the liveness check; empty: all live. */
    public Optional<String> trouble() {
        for (Loop loop : loops) {
            Thread thread = loop.thread;
            if (loop.gone || thread != null && !thread.isAlive()) {
                return Optional.of("event loop " + loop.name + " is gone");
            }
            if (loop.silentNanos() > limits.dead.toNanos()) {
                return Optional.of(
                        "event loop " + loop.name + " is blocked since " + millis(loop.silentNanos()) + " ms");
            }
        }
        return Optional.empty();
    }

    @Override
    public void collect(MetricSheet sheet) {
        for (Loop loop : loops) {
            sheet.counter(
                    "moorgate_loop_blocked", "Times an event loop was blocked.", loop.blocked.get(), "loop", loop.name);
            sheet.gauge(
                    "moorgate_loop_lag_seconds",
                    "How long an event loop took, or takes, to answer.",
                    Math.max(loop.lag, loop.silentNanos()) / 1e9,
                    "loop",
                    loop.name);
        }
    }

    /** Before the loops end, else their end looks like a death. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(watcher);
    }
}
