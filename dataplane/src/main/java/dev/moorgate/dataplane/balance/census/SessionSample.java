package dev.moorgate.dataplane.balance.census;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;

/**
 * Sessions that were seen within a window, each with its endpoint and its last request: all of them while they are few, else one of
 * two, four, eight …, told by the zero bits at the end of their random numbers. Where one session goes is known for all replicas'
 * samples alike, which is why this is a sample and no sketch. Times are seconds of one clock. Any thread.
 */
public final class SessionSample {
    private static final int FEW = 4;

    private final IntSupplier most;
    private final ConcurrentHashMap<Long, Seen> seen = new ConcurrentHashMap<>();
    private volatile int window = Integer.MAX_VALUE;
    /** Sessions with fewer zero bits are not taken. */
    private volatile int halvings;
    /** What the sample is complete for: more than {@link #halvings} for a window after it was made denser. */
    private int complete;

    private long denserAt;

    /** One of the sample. */
    private static final class Seen {
        private volatile String endpoint;
        private volatile long at;

        Seen(String endpoint, long at) {
            this.endpoint = endpoint;
            this.at = at;
        }

        /** Most requests find nothing to write, so that sessions cost the event loops no shared cache line. */
        void again(String where, long when) {
            if (at < when) {
                at = when;
            }
            if (!endpoint.equals(where)) {
                endpoint = where;
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
     */
    public record State(int halvings, List<Moored> sessions) {}

    SessionSample(IntSupplier most) {
        this.most = most;
    }

    void keep(int seconds) {
        window = seconds;
    }

    /** A request of a session was sent to its endpoint, or would have been. */
    public void seen(long session, String endpoint, long now) {
        if (Long.numberOfTrailingZeros(session) < halvings) {
            return;
        }
        Seen known = seen.get(session);
        if (known != null) {
            known.again(endpoint, now);
        } else {
            add(session, endpoint, now);
        }
    }

    private synchronized void add(long session, String endpoint, long now) {
        seen.put(session, new Seen(endpoint, now));
        if (seen.size() > most.getAsInt()) {
            forget(now);
            thin();
        }
    }

    private void forget(long now) {
        seen.values().removeIf(session -> now - session.at >= window);
    }

    private void thin() {
        while (seen.size() > most.getAsInt()) {
            int sparser = halvings + 1;
            halvings = sparser;
            complete = Math.max(complete, sparser);
            seen.keySet().removeIf(number -> Long.numberOfTrailingZeros(number) < sparser);
        }
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
        State state = new State(complete, sessions);
        if (halvings > 0 && complete == halvings && sessions.size() < most.getAsInt() / FEW) {
            halvings = complete - 1;
            denserAt = now;
        }
        return state;
    }
}
