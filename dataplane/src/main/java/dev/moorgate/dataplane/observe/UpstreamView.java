package dev.moorgate.dataplane.observe;

import java.util.List;
import java.util.Optional;

/** An upstream as it is now, for metrics and the admin pages. */
public record UpstreamView(String name, List<EndpointView> endpoints) {
    public UpstreamView {
        endpoints = List.copyOf(endpoints);
    }

    /**
     * One endpoint.
     *
     * @param activeRequests in all loops, about
     * @param connections open to it, idle ones included
     * @param detail why it is in this state; empty: nothing to say
     */
    public record EndpointView(
            String key,
            String address,
            Optional<String> zone,
            Health health,
            long activeRequests,
            long connections,
            String detail) {}

    /** What the balancer thinks of an endpoint. */
    public enum Health {
        READY,
        /** New or back again: gets its share bit by bit. */
        WARMING,
        /** Terminating: keeps its sessions, gets no new ones. */
        DRAINING,
        /** Failed its active checks. */
        UNHEALTHY,
        /** Put aside after failures of requests, for a time. */
        EJECTED
    }
}
