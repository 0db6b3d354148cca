package dev.moorgate.dataplane.observe;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Outcomes of sticky sessions within the last ten minutes, or since the process began: totals against those of then. Any thread. */
public final class SessionWindow {
    private static final long SECONDS = 600;
    private static final long APART = 60;

    private final Supplier<SortedMap<String, SortedMap<String, Long>>> totals;
    private final LongSupplier clock;
    private final Deque<Then> past = new ArrayDeque<>();

    private record Then(long second, SortedMap<String, SortedMap<String, Long>> totals) {}

    /**
     * Begins now.
     *
     * @param totals by StickySession and outcome
     * @param clock in seconds
     */
    public SessionWindow(Supplier<SortedMap<String, SortedMap<String, Long>>> totals, LongSupplier clock) {
        this.totals = totals;
        this.clock = clock;
        past.add(new Then(clock.getAsLong(), totals.get()));
    }

    /** By StickySession and outcome. Each call, a minute after the one before, is where later windows may begin. */
    public synchronized SortedMap<String, SortedMap<String, Long>> lately() {
        long now = clock.getAsLong();
        SortedMap<String, SortedMap<String, Long>> counts = totals.get();
        // The last one that is old enough stays: the window may be a minute longer, never emptier.
        while (past.size() > 1 && now - second(past) >= SECONDS) {
            past.removeFirst();
        }
        SortedMap<String, SortedMap<String, Long>> before = past.getFirst().totals();
        if (now - past.getLast().second() >= APART) {
            past.addLast(new Then(now, counts));
        }
        SortedMap<String, SortedMap<String, Long>> lately = new TreeMap<>();
        counts.forEach((policy, outcomes) -> lately.put(policy, difference(outcomes, before.get(policy))));
        return lately;
    }

    /** Of the one after the oldest. */
    private static long second(Deque<Then> past) {
        var all = past.iterator();
        all.next();
        return all.next().second();
    }

    private static SortedMap<String, Long> difference(
            SortedMap<String, Long> now, @Nullable SortedMap<String, Long> before) {
        SortedMap<String, Long> then = before == null ? Collections.emptySortedMap() : before;
        SortedMap<String, Long> counts = new TreeMap<>();
        now.forEach((outcome, count) -> {
            long more = count - then.getOrDefault(outcome, 0L);
            // Less than before: the counters were forgotten and began anew.
            counts.put(outcome, more < 0 ? count : more);
        });
        return counts;
    }
}
