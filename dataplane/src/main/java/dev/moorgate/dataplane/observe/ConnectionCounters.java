package dev.moorgate.dataplane.observe;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Connections of one listener or upstream: how many were opened, are open, failed and why. Any thread. */
final class ConnectionCounters {
    /** Reasons are constants of ours; the bound only says so to the memory. */
    private static final int MOST_REASONS = 64;

    private final LongAdder opened = new LongAdder();
    private final LongAdder closed = new LongAdder();
    private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> refusals = new ConcurrentHashMap<>();

    void open() {
        opened.increment();
    }

    void close() {
        closed.increment();
    }

    void fail(String reason) {
        count(failures, reason);
    }

    void refuse(String reason) {
        count(refusals, reason);
    }

    private static void count(Map<String, LongAdder> reasons, String reason) {
        LongAdder count = reasons.get(reason);
        if (count == null) {
            String word = reasons.size() < MOST_REASONS ? reason : "other";
            count = reasons.computeIfAbsent(word, key -> new LongAdder());
        }
        count.increment();
    }

    long opened() {
        return opened.sum();
    }

    /** Never negative, though the two sums are not of one moment. */
    long live() {
        return Math.max(0, -closed.sum() + opened.sum());
    }

    Map<String, LongAdder> refusals() {
        return refusals;
    }

    Map<String, LongAdder> failures() {
        return failures;
    }
}
