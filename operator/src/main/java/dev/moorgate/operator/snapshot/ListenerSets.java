package dev.moorgate.operator.snapshot;

import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ListenerNamespaces;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The ListenerSets of a snapshot by the Gateway that they name, and which of them it takes (GEP-1713). Immutable. */
public final class ListenerSets {
    private static final String GROUP = "gateway.networking.k8s.io";

    private final ClusterSnapshot snapshot;
    private final Map<ObjectName, List<ListenerSet>> byGateway = new HashMap<>();

    ListenerSets(ClusterSnapshot snapshot) {
        this.snapshot = snapshot;
        snapshot.listenerSets().stream()
                .sorted(Metadata.OLDEST_FIRST)
                .forEach(set -> gateway(set)
                        .ifPresent(gateway -> byGateway
                                .computeIfAbsent(gateway, absent -> new ArrayList<>())
                                .add(set)));
    }

    /** The Gateway that a ListenerSet names; empty: it names none. */
    public static Optional<ObjectName> gateway(ListenerSet set) {
        ListenerSet.ParentRef ref = set.getSpec() == null ? null : set.getSpec().parentRef();
        if (ref == null
                || !Objects.requireNonNullElse(ref.group(), GROUP).equals(GROUP)
                || !Objects.requireNonNullElse(ref.kind(), "Gateway").equals("Gateway")) {
            return Optional.empty();
        }
        String namespace = Objects.requireNonNullElse(ref.namespace(), "");
        return Optional.of(new ObjectName(
                namespace.isEmpty() ? Metadata.namespace(set) : namespace, Objects.requireNonNullElse(ref.name(), "")));
    }

    /** Those that name the Gateway, taken or not, in their order of precedence: the oldest first. */
    public List<ListenerSet> of(Gateway gateway) {
        return byGateway.getOrDefault(new ObjectName(Metadata.namespace(gateway), Metadata.name(gateway)), List.of());
    }

    /** Whether the Gateway takes listeners from the ListenerSet's namespace; unless it says so, from none. */
    public boolean isTaken(Gateway gateway, ListenerSet set) {
        ListenerNamespaces namespaces =
                gateway.getSpec() == null || gateway.getSpec().getAllowedListeners() == null
                        ? null
                        : gateway.getSpec().getAllowedListeners().getNamespaces();
        if (namespaces == null) {
            return false;
        }
        String namespace = Metadata.namespace(set);
        return switch (Objects.requireNonNullElse(namespaces.getFrom(), "None")) {
            case "All" -> true;
            case "Same" -> namespace.equals(Metadata.namespace(gateway));
            case "Selector" -> Labels.match(namespaces.getSelector(), snapshot.namespaceLabels(namespace));
            default -> false;
        };
    }

    /** The listeners as written. */
    public static List<Listener> listeners(ListenerSet set) {
        return set.getSpec() == null
                ? List.of()
                : Objects.requireNonNullElse(set.getSpec().listeners(), List.<Listener>of()).stream()
                        .filter(Objects::nonNull)
                        .toList();
    }
}
