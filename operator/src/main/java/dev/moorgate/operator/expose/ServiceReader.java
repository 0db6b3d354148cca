package dev.moorgate.operator.expose;

import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.compile.ListenerPorts;
import dev.moorgate.operator.expose.ExposedPorts.Place;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.ListenerSets;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.SourceRef;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the Services of a release say: the ports that Gateways hold, and the addresses that clients use. */
final class ServiceReader {
    private ServiceReader() {}

    static PortAllotment allotment(ClusterSnapshot snapshot, ServiceSettings settings, Claims claims) {
        Set<String> classes = snapshot.gatewayClasses().stream()
                .filter(claims::isOurs)
                .map((GatewayClass one) -> Metadata.name(one))
                .collect(Collectors.toSet());
        ListenerSets sets = snapshot.listenerSetsByGateway();
        List<PortDemand> demands = snapshot.gateways().stream()
                .filter(gateway -> gateway.getSpec() != null
                        && classes.contains(gateway.getSpec().getGatewayClassName()))
                .map(gateway -> demand(gateway, sets))
                .toList();
        List<PortHolding> holdings = snapshot.services().stream()
                .filter(service -> isOfGateway(service, settings))
                .map(ServiceReader::holding)
                .toList();
        return PortAllotment.of(demands, holdings);
    }

    static List<Place> places(ClusterSnapshot snapshot, ServiceSettings settings, String ingressService) {
        List<Place> places = new ArrayList<>();
        for (Service service : snapshot.services()) {
            if (isOfGateway(service, settings)) {
                String[] place = gateway(service).split("/", 2);
                if (place.length == 2) {
                    places.addAll(places(SourceRef.of("Gateway", place[0], place[1]), service));
                }
            }
        }
        snapshot.service(settings.namespace(), ingressService)
                .ifPresent(service -> places.addAll(places(ListenerPorts.INGRESS, service)));
        return List.copyOf(places);
    }

    private static List<Place> places(SourceRef owner, Service service) {
        int port = service.getSpec() == null
                ? 0
                : service.getSpec().getPorts().stream()
                        .map(ServicePort::getPort)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(0);
        return ServiceAddresses.of(service).stream()
                .map(address -> new Place(owner, address, port))
                .toList();
    }

    /** Whether the Service is one that this release made for a Gateway. */
    static boolean isOfGateway(Service service, ServiceSettings settings) {
        return Metadata.namespace(service).equals(settings.namespace())
                && settings.dataPlane().equals(Metadata.labels(service).get(GatewayServiceNames.DATA_PLANE))
                && !gateway(service).isEmpty();
    }

    /** {@code namespace/name} of its Gateway; empty: none. */
    static String gateway(Service service) {
        return Metadata.annotations(service).getOrDefault(GatewayServiceNames.GATEWAY, "");
    }

    static PortDemand demand(Gateway gateway, ListenerSets sets) {
        List<Listener> listeners =
                new ArrayList<>(Objects.requireNonNullElse(gateway.getSpec().getListeners(), List.<Listener>of()));
        sets.of(gateway).stream()
                .filter(set -> sets.isTaken(gateway, set))
                .forEach(set -> listeners.addAll(ListenerSets.listeners(set)));
        List<Integer> ports = new ArrayList<>();
        for (Listener listener : listeners) {
            if (listener != null && listener.getPort() != null) {
                ports.add(listener.getPort());
            }
        }
        return PortDemand.of(Metadata.namespace(gateway) + "/" + Metadata.name(gateway), Metadata.uid(gateway), ports);
    }

    private static PortHolding holding(Service service) {
        Map<Integer, Integer> ports = new TreeMap<>();
        if (service.getSpec() != null) {
            for (ServicePort port : service.getSpec().getPorts()) {
                if (port.getPort() != null
                        && port.getTargetPort() != null
                        && port.getTargetPort().getIntVal() != null) {
                    ports.putIfAbsent(port.getPort(), port.getTargetPort().getIntVal());
                }
            }
        }
        String created = Objects.requireNonNullElse(service.getMetadata().getCreationTimestamp(), "9999");
        return PortHolding.of(gateway(service), created + "/" + Metadata.name(service), ports);
    }
}
