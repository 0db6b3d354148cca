package dev.moorgate.operator.compile.upstream;

import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.EndpointAddresses;
import dev.moorgate.operator.snapshot.ServiceEndpoints;
import dev.moorgate.operator.snapshot.ServiceImports;
import dev.moorgate.operator.snapshot.ServicesMark;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.Upstream;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints of upstreams from one snapshot to the next: where a Service and its slices are the same objects as before, so are its
 * endpoints, and nothing is looked at again. One look at a time.
 */
public final class EndpointMemo {
    private Map<String, Known> known = Map.of();
    private EndpointAddresses addresses = new EndpointAddresses.Any();
    private ServicesMark services = ServicesMark.NONE;

    /** What an upstream's endpoints were made of. */
    private record Known(Optional<Service> service, List<EndpointSlice> slices, UpstreamEndpoints endpoints) {
        boolean isOf(Optional<Service> now) {
            return isSame(service.orElse(null), now.orElse(null));
        }

        boolean isOf(List<EndpointSlice> now) {
            if (slices.size() != now.size()) {
                return false;
            }
            for (int i = 0; i < slices.size(); i++) {
                if (!isSame(slices.get(i), now.get(i))) {
                    return false;
                }
            }
            return true;
        }

        /** Objects of a watch are never changed, but replaced; two that are equal are not worth finding out. */
        @SuppressWarnings("ReferenceEquality")
        private static boolean isSame(@Nullable Object one, @Nullable Object other) {
            return one == other;
        }
    }

    /** The endpoints of the upstreams that a table has, as a new snapshot knows them: what a scale-up changes. */
    public EndpointTable of(ClusterSnapshot snapshot, EndpointAddresses believed, List<Upstream> upstreams) {
        if (!addresses.equals(believed)) {
            addresses = believed;
            known = Map.of();
        }
        ServicesMark mark = snapshot.servicesMark();
        boolean sameServices = mark.isSame(services);
        services = mark;
        Map<String, Known> now = HashMap.newHashMap(upstreams.size());
        List<UpstreamEndpoints> all = new ArrayList<>(upstreams.size());
        for (Upstream upstream : upstreams) {
            SourceRef source = upstream.source();
            String name = ServiceImports.serviceName(source);
            List<EndpointSlice> slices = snapshot.slices(source.namespace(), name);
            Known before = known.get(upstream.name());
            Known current = before != null
                            && before.isOf(slices)
                            && (sameServices || before.isOf(snapshot.service(source.namespace(), name)))
                    ? before
                    : new Known(
                            snapshot.service(source.namespace(), name),
                            slices,
                            endpoints(snapshot, believed, upstream));
            now.put(upstream.name(), current);
            all.add(current.endpoints());
        }
        known = now;
        return new EndpointTable(all);
    }

    private static UpstreamEndpoints endpoints(
            ClusterSnapshot snapshot, EndpointAddresses believed, Upstream upstream) {
        SourceRef service = upstream.source();
        int port = Integer.parseInt(upstream.name().split("/", -1)[2]);
        List<Endpoint> endpoints = snapshot.endpoints(service.namespace(), ServiceImports.serviceName(service), port)
                        instanceof ServiceEndpoints.Found found
                ? believed.believed(found.endpoints())
                : List.of();
        return new UpstreamEndpoints(upstream.name(), endpoints);
    }
}
