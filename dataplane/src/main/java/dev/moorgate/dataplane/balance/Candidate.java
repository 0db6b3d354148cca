package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.routetable.Endpoint;

/**
 * An endpoint of one {@link EndpointSet} with its state.
 *
 * @param place in the set's list of all endpoints: an index for what others keep beside it
 * @param hash of its key, the same in every process
 */
public record Candidate(Endpoint endpoint, EndpointState state, int place, long hash) {

    public boolean isDraining() {
        return endpoint.state() == Endpoint.State.DRAINING;
    }
}
