package dev.moorgate.routetable;

import java.util.List;
import java.util.Optional;

/**
 * Where a route's requests go: one upstream of the split by weight.
 *
 * @param upstreams may be empty where a filter answers, else a request answers 500
 * @param session id of a StickySession that holds a client on its upstream as well as its endpoint (StickToBackend)
 */
public record Forward(List<WeightedUpstream> upstreams, Optional<String> session) {
    public static final Forward NOWHERE = new Forward(List.of(), Optional.empty());

    public Forward {
        upstreams = List.copyOf(upstreams);
    }

    /**
     * One share of the split.
     *
     * @param upstream absent: the reference is invalid and this share answers 500 (Gateway API)
     * @param weight 0 to 1,000,000; 0: no new requests
     * @param filters run after the route's own
     * @param session id of the StickySession that picks the endpoint; absent: the upstream's own, if any
     */
    public record WeightedUpstream(
            Optional<String> upstream, int weight, List<Filter> filters, Optional<String> session) {
        public WeightedUpstream {
            Checks.inRange(weight, 0, 1_000_000, "weight");
            filters = List.copyOf(filters);
        }

        public static WeightedUpstream to(String upstream) {
            return new WeightedUpstream(Optional.of(upstream), 1, List.of(), Optional.empty());
        }
    }
}
