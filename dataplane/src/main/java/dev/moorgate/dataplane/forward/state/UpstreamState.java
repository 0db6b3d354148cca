package dev.moorgate.dataplane.forward.state;

import dev.moorgate.dataplane.balance.Candidate;
import dev.moorgate.dataplane.balance.EndpointSet;
import dev.moorgate.dataplane.upstream.EndpointTls;
import dev.moorgate.dataplane.upstream.UpstreamLoad;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An upstream as one table has it: how its endpoints are connected to. Immutable.
 *
 * @param load outlives tables
 * @param targets by place in the endpoint set
 */
public record UpstreamState(UpstreamLoad load, List<UpstreamTarget> targets) {
    public UpstreamState {
        targets = List.copyOf(targets);
    }

    /** The upstream behind {@code endpoints}, in clear or through {@code tls}. */
    public static UpstreamState of(EndpointSet endpoints, UpstreamLoad load, @Nullable EndpointTls tls) {
        return new UpstreamState(
                load,
                endpoints.all().stream()
                        .map(candidate -> target(endpoints, candidate, load, tls))
                        .toList());
    }

    private static UpstreamTarget target(
            EndpointSet endpoints, Candidate candidate, UpstreamLoad load, @Nullable EndpointTls tls) {
        var endpoint = candidate.endpoint();
        // An IP literal: nothing is resolved here.
        var address = new InetSocketAddress(endpoint.address(), endpoint.port());
        return new UpstreamTarget(endpoints.upstream(), load, endpoint.key(), address, tls);
    }
}
