package dev.moorgate.operator.compile.upstream;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.EndpointAddresses;
import dev.moorgate.operator.snapshot.ServiceEndpoints;
import dev.moorgate.operator.snapshot.ServiceImports;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Endpoints of upstreams from one snapshot to the next: where a Service and its slices are the same objects as before, so are its
 * endpoints, and nothing is looked at again. One look at a time.
 */
public final class EndpointMemo {
    private Map<String, Known> known = Map.of();

    /** What an upstream's endpoints were made of. */
    private record Known(
            Optional<Service> service,
            List<EndpointSlice> slices,
            EndpointAddresses addresses,
            UpstreamEndpoints endpoints) {
        boolean isOf(Optional<Service> now, List<EndpointSlice> slicesNow, EndpointAddresses addressesNow) {
            return isSame(service.orElse(null), now.orElse(null))
                    && addresses.equals(addressesNow)
                    && slices.size() == slicesNow.size()
                    && IntStream.range(0, slices.size()).allMatch(i -> isSame(slices.get(i), slicesNow.get(i)));
        }

        /** Objects of a watch are never changed, but replaced; two that are equal are not worth finding out. */
        @SuppressWarnings("ReferenceEquality")
        private static boolean isSame(@Nullable Object one, @Nullable Object other) {
            return one == other;
        }
    }

    /** The endpoints of the upstreams that a table has, as a new snapshot knows them: what a scale-up changes. */
    public EndpointTable of(ClusterSnapshot snapshot, CompileSettings settings, List<Upstream> upstreams) {
        Map<String, Known> now = HashMap.newHashMap(upstreams.size());
        List<UpstreamEndpoints> all = new ArrayList<>(upstreams.size());
        for (Upstream upstream : upstreams) {
            SourceRef source = upstream.source();
            String name = ServiceImports.serviceName(source);
            Optional<Service> service = snapshot.service(source.namespace(), name);
            List<EndpointSlice> slices = snapshot.slices(source.namespace(), name);
            Known before = known.get(upstream.name());
            if (before == null || !before.isOf(service, slices, settings.endpointAddresses())) {
                before = new Known(
                        service, slices, settings.endpointAddresses(), endpoints(snapshot, settings, upstream));
            }
            now.put(upstream.name(), before);
            all.add(before.endpoints());
        }
        known = now;
        return new EndpointTable(all);
    }

    private static UpstreamEndpoints endpoints(ClusterSnapshot snapshot, CompileSettings settings, Upstream upstream) {
        SourceRef service = upstream.source();
        int port = Integer.parseInt(upstream.name().split("/", -1)[2]);
        List<Endpoint> endpoints = snapshot.endpoints(service.namespace(), ServiceImports.serviceName(service), port)
                        instanceof ServiceEndpoints.Found found
                ? settings.endpointAddresses().believed(found.endpoints())
                : List.of();
        return new UpstreamEndpoints(upstream.name(), endpoints);
    }
}
