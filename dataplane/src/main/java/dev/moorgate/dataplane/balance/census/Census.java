package dev.moorgate.dataplane.balance.census;

import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The samples of all StickySessions of a process. They outlive tables; what is kept of all together is bounded. Any thread. */
public final class Census {
    private static final int MOST_IN_ALL = 32_768;
    private static final int MOST_OF_ONE = 512;
    /** Where limits are kept by the counts. */
    private static final int MOST_COUNTED = 8_192;

    private static final int LEAST_OF_ONE = 32;

    private final ConcurrentHashMap<String, SessionSample> samples = new ConcurrentHashMap<>();

    /**
     * The sample of one StickySession.
     *
     * @param seconds how long a session counts after its last request
     * @param isLimited endpoints take only so many sessions: they are counted with care
     */
    public SessionSample sample(String id, int seconds, boolean isLimited) {
        SessionSample sample = samples.computeIfAbsent(id, absent -> new SessionSample(this::among));
        sample.keep(seconds, isLimited ? MOST_COUNTED : MOST_OF_ONE);
        return sample;
    }

    /** Forgets all others. */
    public void retain(Set<String> ids) {
        samples.keySet().retainAll(ids);
    }

    /** By id. */
    public SortedMap<String, SessionSample> samples() {
        return new TreeMap<>(samples);
    }

    /** How many one sample may hold, of as many as there are. */
    private int among(int wanted) {
        return Math.clamp(MOST_IN_ALL / Math.max(1, samples.size()), LEAST_OF_ONE, wanted);
    }
}
