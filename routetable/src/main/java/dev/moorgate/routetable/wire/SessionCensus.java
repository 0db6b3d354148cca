package dev.moorgate.routetable.wire;

import java.util.List;

/**
 * What one data plane knows of sticky sessions: it keeps no table of them, so that this is a sample of those it has seen lately.
 * Replicas see the same sessions, by the same numbers: samples can be put together.
 *
 * @param sessions sorted by id
 */
public record SessionCensus(List<Sessions> sessions) {
    public static final SessionCensus NONE = new SessionCensus(List.of());

    public SessionCensus {
        sessions = List.copyOf(sessions);
    }

    /**
     * Of one StickySession of the table.
     *
     * @param halvings how sparse the sample is: of the sessions one in {@code 2^halvings} is told, those whose number ends in as
     *     many zero bits
     * @param outcomes requests of the last minutes by what became of their session, sorted by word
     * @param endpoints where sessions are moored, sorted by key
     * @param rebalance the last rebalance that a session moved by, by its second; 0: none did
     * @param rebalanced how many moved by it
     */
    public record Sessions(
            String id, int halvings, List<Outcome> outcomes, List<Moored> endpoints, long rebalance, long rebalanced) {
        public Sessions {
            if (halvings < 0 || halvings > Long.SIZE) {
                throw new IllegalArgumentException("halvings must be 0 to 64, not " + halvings);
            }
            outcomes = List.copyOf(outcomes);
            endpoints = List.copyOf(endpoints);
        }

        /** Of sessions that no rebalance moved. */
        public Sessions(String id, int halvings, List<Outcome> outcomes, List<Moored> endpoints) {
            this(id, halvings, outcomes, endpoints, 0, 0);
        }
    }

    /** Requests whose session had one outcome. */
    public record Outcome(String word, long requests) {}

    /**
     * The sessions of one endpoint.
     *
     * @param endpoint its key
     * @param drainsSince when this data plane heard that it drains, in seconds since the epoch; 0: it does not
     */
    public record Moored(String endpoint, List<Seen> sessions, long drainsSince) {
        public Moored {
            sessions = List.copyOf(sessions);
        }

        /** At an endpoint that does not drain. */
        public Moored(String endpoint, List<Seen> sessions) {
            this(endpoint, sessions, 0);
        }
    }

    /**
     * A session.
     *
     * @param number random, the same in every replica
     * @param idleSeconds since its last request that this data plane has seen
     */
    public record Seen(long number, int idleSeconds) {}
}
