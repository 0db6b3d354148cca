package dev.moorgate.dataplane.balance.census;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;

/**
 * Sessions that were seen within a window, each with its endpoint and its last request: all of them while they are few, else one of
 * two, four, eight …, told by the zero bits at the end of their random numbers. Where one session goes is known for all replicas'
 * samples alike, which is why this is a sample and no sketch. Times are seconds of one clock. Any thread.
 */
public final class SessionSample {
    private static final int FEW = 4;
    /** Counts leave out nobody for longer than this behind the window. */
    private static final long COUNT_SECONDS = 5;

    private final IntUnaryOperator most;
    private final ConcurrentHashMap<Long, Seen> seen = new ConcurrentHashMap<>();
    /** How many of them are at each endpoint. */
    private final ConcurrentHashMap<String, LongAdder> counts = new ConcurrentHashMap<>();

    private final LongAdder overLimit = new LongAdder();
    private volatile int window = Integer.MAX_VALUE;
    private volatile int wanted = Integer.MAX_VALUE;
    /** Sessions with fewer zero bits are not taken. */
    private volatile int halvings;
    /** What the sample is complete for: more than {@link #halvings} for a window after it was made denser. */
    private int complete;

    private long denserAt;
    private volatile long forgottenAt;
    /** The rebalance that moves are counted of. */
    private long rebalance;

    private long rebalanced;

    /** One of the sample. */
    private static final class Seen {
        private volatile String endpoint;
        private volatile long at;

        Seen(String endpoint, long at) {
            this.endpoint = endpoint;
            this.at = at;
        }

        /** Most requests find nothing to write, so that sessions cost the event loops no shared cache line. */
        void again(long when) {
            if (at < when) {
                at = when;
            }
        }
    }

    /**
     * A session as it was seen last.
     *
     * @param endpoint key
     */
    public record Moored(long session, String endpoint, long idleSeconds) {}

    /**
     * The sample at one moment.
     *
     * @param halvings one of {@code 2^halvings} sessions is in it
     * @param sessions sorted by endpoint, then by number
     * @param rebalance the last one that a session moved by; 0: none did
     * @param rebalanced how many did
     */
    public record State(int halvings, List<Moored> sessions, long rebalance, long rebalanced) {}

    /** @param most how many it may hold, of as many as are wanted */
    SessionSample(IntUnaryOperator most) {
        this.most = most;
    }

    void keep(int seconds, int sessions) {
        window = seconds;
        wanted = sessions;
    }

    private int most() {
        return most.applyAsInt(wanted);
    }

    /** A request of a session was sent to its endpoint, or would have been. */
    public void seen(long session, String endpoint, long now) {
        if (Long.numberOfTrailingZeros(session) < halvings) {
            return;
        }
        Seen known = seen.get(session);
        if (known != null && known.endpoint.equals(endpoint)) {
            known.again(now);
        } else {
            put(session, endpoint, now);
        }
    }

    private synchronized void put(long session, String endpoint, long now) {
        Seen known = seen.get(session);
        if (known == null) {
            seen.put(session, new Seen(endpoint, now));
        } else {
            known.again(now);
            count(known.endpoint).decrement();
            known.endpoint = endpoint;
        }
        count(endpoint).increment();
        if (seen.size() > most()) {
            forget(now);
            thin();
        }
    }

    private LongAdder count(String endpoint) {
        return counts.computeIfAbsent(endpoint, absent -> new LongAdder());
    }

    private void forget(long now) {
        remove(entry -> now - entry.getValue().at >= window);
        counts.values().removeIf(count -> count.sum() == 0);
        forgottenAt = now;
    }

    private void remove(Predicate<Map.Entry<Long, Seen>> unwanted) {
        Iterator<Map.Entry<Long, Seen>> all = seen.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<Long, Seen> entry = all.next();
            if (unwanted.test(entry)) {
                all.remove();
                count(entry.getValue().endpoint).decrement();
            }
        }
    }

    /** How many sessions of the window are at an endpoint; an estimate once they are not all in the sample. */
    public long moored(String endpoint, long now) {
        if (now - forgottenAt >= COUNT_SECONDS) {
            synchronized (this) {
                if (now - forgottenAt >= COUNT_SECONDS) {
                    forget(now);
                }
            }
        }
        LongAdder count = counts.get(endpoint);
        return count == null ? 0 : count.sum() << halvings;
    }

    /** A session began at an endpoint that has as many as it may have: all have. */
    public void beganOverLimit() {
        overLimit.increment();
    }

    /** How many did, since the process began. */
    public long overLimit() {
        return overLimit.sum();
    }

    private void thin() {
        while (seen.size() > most()) {
            int sparser = halvings + 1;
            halvings = sparser;
            complete = Math.max(complete, sparser);
            remove(entry -> Long.numberOfTrailingZeros(entry.getKey()) < sparser);
        }
    }

    /** A session moved by the rebalance that began then. */
    public synchronized void rebalanced(long since) {
        rebalanced = since == rebalance ? rebalanced + 1 : 1;
        rebalance = since;
    }

    /** What is there now, without sessions whose last request is a window ago. */
    public synchronized State state(long now) {
        forget(now);
        thin();
        if (complete > halvings && now - denserAt >= window) {
            complete = halvings;
        }
        List<Moored> sessions = new ArrayList<>();
        for (Map.Entry<Long, Seen> entry : seen.entrySet()) {
            if (Long.numberOfTrailingZeros(entry.getKey()) >= complete) {
                Seen one = entry.getValue();
                sessions.add(new Moored(entry.getKey(), one.endpoint, Math.max(0, now - one.at)));
            }
        }
        sessions.sort(Comparator.comparing(Moored::endpoint).thenComparingLong(Moored::session));
        State state = new State(complete, sessions, rebalance, rebalanced);
        if (halvings > 0 && complete == halvings && sessions.size() < most() / FEW) {
            halvings = complete - 1;
            denserAt = now;
        }
        return state;
    }
}
