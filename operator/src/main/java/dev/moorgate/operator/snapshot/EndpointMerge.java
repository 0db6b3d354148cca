package dev.moorgate.operator.snapshot;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Endpoint.State;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.ForZone;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes one endpoint of each pod out of all slices of a Service: a pod of a dual-stack Service stands in a slice for each family, and
 * may stand in two slices of one family while it moves between them. Confined to one look-up.
 */
final class EndpointMerge {
    private final String namespace;
    private final String service;
    private final Map<String, Endpoint> byKey = new TreeMap<>();
    private final List<String> unusable = new ArrayList<>();

    EndpointMerge(String namespace, String service) {
        this.namespace = namespace;
        this.service = service;
    }

    /** Adds a slice's endpoints for the Service port of this name; empty for a port without one. */
    void add(EndpointSlice slice, String portName) {
        String family = Objects.requireNonNullElse(slice.getAddressType(), "");
        if (!family.equals("IPv4") && !family.equals("IPv6")) {
            unusable.add(at(slice) + "addressType " + family + " is not served: use IPv4 or IPv6");
            return;
        }
        for (EndpointPort port : orNone(slice.getPorts())) {
            boolean named = Objects.requireNonNullElse(port.getName(), "").equals(portName);
            boolean tcp = port.getProtocol() == null || port.getProtocol().equals("TCP");
            if (named && tcp && port.getPort() != null) {
                addPort(slice, family.equals("IPv6"), port.getPort());
            }
        }
    }

    private void addPort(EndpointSlice slice, boolean v6, int port) {
        if (port < 1 || port > 65535) {
            unusable.add(at(slice) + "port " + port + " is not between 1 and 65535");
            return;
        }
        for (var endpoint : orNone(slice.getEndpoints())) {
            Optional<State> state = state(endpoint.getConditions());
            if (state.isEmpty() || endpoint.getAddresses().isEmpty()) {
                continue;
            }
            // Only the first address has a meaning: discovery/v1 Endpoint.addresses.
            String address = endpoint.getAddresses().getFirst();
            if (!isLiteral(address, v6)) {
                unusable.add(at(slice) + "\"" + address + "\" is no " + (v6 ? "IPv6" : "IPv4") + " address");
                continue;
            }
            ObjectReference pod = endpoint.getTargetRef();
            Endpoint one = new Endpoint(
                    key(pod, address, port),
                    pod == null ? "" : Objects.requireNonNullElse(pod.getName(), ""),
                    v6 ? Optional.empty() : Optional.of(address),
                    v6 ? Optional.of(address) : Optional.empty(),
                    port,
                    Optional.ofNullable(endpoint.getZone()),
                    forZones(endpoint),
                    state.get());
            byKey.merge(one.key(), one, EndpointMerge::merge);
        }
    }

    /** A slice whose pods are all gone says null for a list. */
    private static <T> List<T> orNone(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    /** Hints of topology-aware routing (discovery/v1 EndpointHints). */
    private static List<String> forZones(io.fabric8.kubernetes.api.model.discovery.v1.Endpoint endpoint) {
        return endpoint.getHints() == null
                ? List.of()
                : orNone(endpoint.getHints().getForZones()).stream()
                        .map(ForZone::getName)
                        .filter(Objects::nonNull)
                        .sorted()
                        .distinct()
                        .toList();
    }

    /** By key. */
    List<Endpoint> endpoints() {
        return List.copyOf(byKey.values());
    }

    List<String> unusable() {
        return unusable;
    }

    private String key(@Nullable ObjectReference pod, String address, int port) {
        if (pod != null && pod.getUid() != null && !pod.getUid().isEmpty()) {
            return pod.getUid() + ":" + port;
        }
        String literal = address.indexOf(':') < 0 ? address : "[" + address + "]";
        return namespace + "/" + service + "/" + literal + ":" + port;
    }

    /** Conditions that are not given mean ready, serving and not terminating (discovery/v1 EndpointConditions). */
    private static Optional<State> state(@Nullable EndpointConditions conditions) {
        if (conditions == null || conditions.getReady() == null || conditions.getReady()) {
            return Optional.of(State.READY);
        }
        boolean terminating = Boolean.TRUE.equals(conditions.getTerminating());
        boolean serving = Boolean.TRUE.equals(conditions.getServing());
        return terminating && serving ? Optional.of(State.DRAINING) : Optional.empty();
    }

    private static Endpoint merge(Endpoint old, Endpoint fresh) {
        boolean freshWins = old.state() == State.DRAINING && fresh.state() == State.READY;
        Endpoint first = freshWins ? fresh : old;
        Endpoint second = freshWins ? old : fresh;
        return new Endpoint(
                first.key(),
                first.podName(),
                first.ipv4().or(second::ipv4),
                first.ipv6().or(second::ipv6),
                first.port(),
                first.zone().or(second::zone),
                first.forZones().isEmpty() ? second.forZones() : first.forZones(),
                first.state());
    }

    private static boolean isLiteral(String address, boolean v6) {
        try {
            // The JDK also takes short forms such as 10.1, which Kubernetes does not.
            return v6
                    ? Inet6Address.ofLiteral(address) != null && address.indexOf('%') < 0
                    : Inet4Address.ofLiteral(address).getHostAddress().equals(address);
        } catch (IllegalArgumentException noLiteral) {
            return false;
        }
    }

    private static String at(EndpointSlice slice) {
        return slice.getKind() + " " + Metadata.namespace(slice) + "/" + Metadata.name(slice) + ": ";
    }
}
