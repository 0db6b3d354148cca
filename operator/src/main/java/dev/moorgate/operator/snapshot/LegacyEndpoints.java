package dev.moorgate.operator.snapshot;

import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.ArrayList;
import java.util.List;

/** Reads the older Endpoints kind as slices, one for each subset and family; it knows no zones and no draining. */
final class LegacyEndpoints {
    private LegacyEndpoints() {}

    static List<EndpointSlice> slices(Endpoints endpoints) {
        List<EndpointSlice> slices = new ArrayList<>();
        for (EndpointSubset subset : endpoints.getSubsets()) {
            List<EndpointPort> ports = subset.getPorts().stream()
                    .map(port -> new EndpointPortBuilder()
                            .withName(port.getName())
                            .withPort(port.getPort())
                            .withProtocol(port.getProtocol())
                            .build())
                    .toList();
            for (String family : List.of("IPv4", "IPv6")) {
                slices.add(slice(endpoints, subset, ports, family));
            }
        }
        return slices;
    }

    private static EndpointSlice slice(
            Endpoints endpoints, EndpointSubset subset, List<EndpointPort> ports, String family) {
        EndpointSliceBuilder slice = new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace(Metadata.namespace(endpoints))
                .withName(Metadata.name(endpoints))
                .endMetadata()
                .withAddressType(family)
                .withPorts(ports);
        for (EndpointAddress address : subset.getAddresses()) {
            String ip = address.getIp();
            if (ip != null && (ip.indexOf(':') >= 0) == family.equals("IPv6")) {
                slice.addToEndpoints(new EndpointBuilder()
                        .withAddresses(ip)
                        .withTargetRef(address.getTargetRef())
                        .build());
            }
        }
        return slice.build();
    }
}
