package dev.moorgate.dataplane.balance.census;

import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The samples of all StickySessions of a process. They outlive tables; what is kept of all together is bounded. Any thread. */
public final class Census {
    private static final int MOST_IN_ALL = 32_768;
    private static final int MOST_OF_ONE = 512;
    private static final int LEAST_OF_ONE = 32;

    private final ConcurrentHashMap<String, SessionSample> samples = new ConcurrentHashMap<>();

    /**
     * The sample of one StickySession.
     *
     * @param seconds how long a session counts after its last request
     */
    public SessionSample sample(String id, int seconds) {
        SessionSample sample = samples.computeIfAbsent(id, absent -> new SessionSample(this::most));
        sample.keep(seconds);
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

    private int most() {
        return Math.clamp(MOST_IN_ALL / Math.max(1, samples.size()), LEAST_OF_ONE, MOST_OF_ONE);
    }
}
