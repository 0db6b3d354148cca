package dev.moorgate.dataplane.balance;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Endpoints and session policies of one table version. Immutable; a request keeps to one. */
public record BalanceState(Map<String, EndpointSet> endpoints, Map<String, SessionPolicy> sessions) {
    public static final BalanceState EMPTY = new BalanceState(Map.of(), Map.of());

    public BalanceState {
        endpoints = Map.copyOf(endpoints);
        sessions = Map.copyOf(sessions);
    }

    /** By upstream. */
    public @Nullable EndpointSet set(String upstream) {
        return endpoints.get(upstream);
    }

    /** By id. */
    public @Nullable SessionPolicy session(String id) {
        return sessions.get(id);
    }
}
