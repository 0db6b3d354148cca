package dev.moorgate.operator.snapshot;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which port of the pods each declared port of our Gateways is bound to. The Gateways' own Services in the release's namespace are
 * the only store: {@code port} is the declared one, {@code targetPort} the bound one. Pure: all replicas read the same from the same
 * Services.
 *
 * @param bound what the Services say
 * @param wanted that, and a free port for each declared port that has none yet: what the Services should say
 */
public record PortAllotment(NavigableMap<GatewayPort, Integer> bound, NavigableMap<GatewayPort, Integer> wanted) {
    /** Label of a Gateway's Service: the Gateway's name (GEP-1762). */
    public static final String GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";

    /** Label of a Gateway's Service: the Gateway's namespace, which is seldom the release's. */
    public static final String GATEWAY_NAMESPACE = "moorgate.dev/gateway-namespace";

    public static final int LOWEST = 10_000;
    public static final int HIGHEST = 29_999;

    /** A declared port of a Gateway: all its listeners on it share one socket. */
    public record GatewayPort(String namespace, String gateway, int port) implements Comparable<GatewayPort> {
        private static final Comparator<GatewayPort> ORDER = Comparator.comparing(GatewayPort::namespace)
                .thenComparing(GatewayPort::gateway)
                .thenComparingInt(GatewayPort::port);

        @Override
        public int compareTo(GatewayPort other) {
            return ORDER.compare(this, other);
        }
    }

    public PortAllotment {
        bound = Collections.unmodifiableNavigableMap(new TreeMap<>(bound));
        wanted = Collections.unmodifiableNavigableMap(new TreeMap<>(wanted));
    }

    /** Of the Gateways whose class has this controllerName. */
    public static PortAllotment of(ClusterSnapshot snapshot, String releaseNamespace, String gatewayController) {
        NavigableMap<GatewayPort, Integer> bound = bound(snapshot, releaseNamespace);
        Set<Integer> taken = new HashSet<>(bound.values());
        Set<String> classes = snapshot.gatewayClasses().stream()
                .filter(ours -> ours.getSpec() != null
                        && gatewayController.equals(ours.getSpec().getControllerName()))
                .map(Metadata::name)
                .collect(Collectors.toSet());
        NavigableMap<GatewayPort, Integer> wanted = new TreeMap<>();
        for (Gateway gateway : oldestFirst(snapshot.gateways())) {
            if (gateway.getSpec() == null || !classes.contains(gateway.getSpec().getGatewayClassName())) {
                continue;
            }
            for (int port : ports(gateway)) {
                GatewayPort key = new GatewayPort(Metadata.namespace(gateway), Metadata.name(gateway), port);
                Integer known = bound.get(key);
                if (known != null) {
                    wanted.put(key, known);
                } else {
                    free(taken, Metadata.uid(gateway), port).ifPresent(chosen -> wanted.put(key, chosen));
                }
            }
        }
        bound.keySet().retainAll(wanted.keySet());
        return new PortAllotment(bound, wanted);
    }

    /** Whether every declared port of our Gateways has its Service. */
    public boolean isBound() {
        return bound.equals(wanted);
    }

    /** Of two Services that claim a port the older one has it. */
    private static NavigableMap<GatewayPort, Integer> bound(ClusterSnapshot snapshot, String releaseNamespace) {
        NavigableMap<GatewayPort, Integer> bound = new TreeMap<>();
        Set<Integer> taken = new HashSet<>();
        for (Service service : oldestFirst(snapshot.services())) {
            String gateway = Metadata.labels(service).get(GATEWAY_NAME);
            String namespace = Metadata.labels(service).get(GATEWAY_NAMESPACE);
            if (gateway == null
                    || namespace == null
                    || service.getSpec() == null
                    || !Metadata.namespace(service).equals(releaseNamespace)) {
                continue;
            }
            for (var port : service.getSpec().getPorts()) {
                Integer target = port.getTargetPort() == null
                        ? null
                        : port.getTargetPort().getIntVal();
                if (target == null || port.getPort() == null || target < LOWEST || target > HIGHEST) {
                    continue;
                }
                GatewayPort key = new GatewayPort(namespace, gateway, port.getPort());
                if (!bound.containsKey(key) && taken.add(target)) {
                    bound.put(key, target);
                }
            }
        }
        return bound;
    }

    private static <T extends HasMetadata> List<T> oldestFirst(List<T> objects) {
        return objects.stream().sorted(Metadata.OLDEST_FIRST).toList();
    }

    private static List<Integer> ports(Gateway gateway) {
        return Objects.requireNonNullElse(gateway.getSpec().getListeners(), List.<Listener>of()).stream()
                .map(listener -> Objects.requireNonNullElse(listener.getPort(), 0))
                .filter(port -> port >= 1 && port <= 65535)
                .distinct()
                .sorted()
                .toList();
    }

    /** The first try is the same on every replica, so that a port seldom changes hands even if its Service is lost. */
    private static Optional<Integer> free(Set<Integer> taken, String uid, int port) {
        int range = HIGHEST - LOWEST + 1;
        int first = Math.floorMod((uid + "/" + port).hashCode() * 0x9E3779B1, range);
        for (int step = 0; step < range; step++) {
            int candidate = LOWEST + (first + step) % range;
            if (taken.add(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }
}
