package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Endpoint.State;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import dev.moorgate.routetable.Upstream.OutlierDetection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Upstreams and endpoints in few words. */
final class Pools {
    static final SourceRef SOURCE = SourceRef.of("Service", "shop", "cart");

    private Pools() {}

    static Upstream upstream(String name, Balancing balancing) {
        return upstream(name, balancing, OutlierDetection.STANDARD, Optional.empty());
    }

    static Upstream upstream(String name, Balancing balancing, OutlierDetection outliers, Optional<String> session) {
        return new Upstream(
                name,
                SOURCE,
                Upstream.Protocol.HTTP1,
                balancing,
                session,
                Optional.empty(),
                outliers,
                Upstream.Limits.STANDARD,
                Optional.empty());
    }

    static Endpoint ready(String key) {
        return endpoint(key, State.READY);
    }

    static Endpoint draining(String key) {
        return endpoint(key, State.DRAINING);
    }

    private static Endpoint endpoint(String key, State state) {
        return new Endpoint(
                key, "pod-" + key, Optional.of("10.0.0.1"), Optional.empty(), 8080, Optional.empty(), state);
    }

    static List<Endpoint> ready(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> ready("pod%03d".formatted(i)))
                .toList();
    }

    static Attempts attempts(String... fields) {
        return attempts(Heads.get("h", "/", fields));
    }

    static Attempts attempts(RequestHead head) {
        return new Attempts().begin(head, "192.0.2.1");
    }

    /** One upstream, in force, and the session of whoever goes there. */
    static BalanceState state(
            EndpointRegistry registry, Upstream upstream, List<Endpoint> endpoints, SessionPolicy policy) {
        EndpointSet set = registry.set(upstream, endpoints);
        registry.retain(List.of(set));
        return new BalanceState(
                Map.of(upstream.name(), set), Map.of(policy.session().id(), policy));
    }

    static String key(Candidate candidate) {
        return candidate == null ? "none" : candidate.endpoint().key();
    }
}
