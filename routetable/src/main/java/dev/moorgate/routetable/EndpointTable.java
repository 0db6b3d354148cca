package dev.moorgate.routetable;

import java.util.List;

/** The endpoints of every upstream: travels and changes apart from the routes. Sorted by upstream, then key. */
public record EndpointTable(List<UpstreamEndpoints> upstreams) {
    public static final EndpointTable EMPTY = new EndpointTable(List.of());

    public EndpointTable {
        upstreams = Checks.sorted(upstreams, UpstreamEndpoints::upstream, "endpoint table");
    }

    /** The endpoints of one upstream. */
    public record UpstreamEndpoints(String upstream, List<Endpoint> endpoints) {
        public UpstreamEndpoints {
            Checks.notBlank(upstream, "upstream");
            endpoints = Checks.sorted(endpoints, Endpoint::key, "endpoints of " + upstream);
        }
    }
}
