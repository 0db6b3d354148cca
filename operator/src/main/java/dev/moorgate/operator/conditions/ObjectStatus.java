package dev.moorgate.operator.conditions;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** What goes into the {@code status} of one object; {@link #render} gives exactly the shape that Kubernetes stores. */
public sealed interface ObjectStatus {
    /** Gateway API v1.7: most parents of a route, and most ancestors of a policy, that a status may list. */
    int MOST_ENTRIES = 32;

    Map<String, Object> render();

    /** A GatewayClass; features sorted by name. */
    record OfGatewayClass(List<Condition> conditions, List<String> supportedFeatures) implements ObjectStatus {
        public OfGatewayClass {
            conditions = List.copyOf(conditions);
            supportedFeatures = supportedFeatures.stream().distinct().sorted().toList();
        }

        @Override
        public Map<String, Object> render() {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("conditions", conditions.stream().map(Condition::render).toList());
            if (!supportedFeatures.isEmpty()) {
                tree.put(
                        "supportedFeatures",
                        supportedFeatures.stream()
                                .map(feature -> Map.of("name", feature))
                                .toList());
            }
            return tree;
        }
    }

    /**
     * A Gateway or ListenerSet; listeners in the order of its spec.
     *
     * @param listenerSets how many a Gateway has; 0 is not rendered
     */
    record OfGateway(
            List<Address> addresses, List<Condition> conditions, List<ListenerStatus> listeners, int listenerSets)
            implements ObjectStatus {
        public OfGateway {
            addresses = List.copyOf(addresses);
            conditions = List.copyOf(conditions);
            listeners = List.copyOf(listeners);
        }

        @Override
        public Map<String, Object> render() {
            Map<String, Object> tree = new LinkedHashMap<>();
            if (!addresses.isEmpty()) {
                tree.put("addresses", addresses.stream().map(Address::render).toList());
            }
            tree.put("conditions", conditions.stream().map(Condition::render).toList());
            tree.put("listeners", listeners.stream().map(ListenerStatus::render).toList());
            if (listenerSets > 0) {
                tree.put("attachedListenerSets", listenerSets);
            }
            return tree;
        }
    }

    /** A listener of a Gateway. */
    record ListenerStatus(String name, List<RouteKind> supportedKinds, int attachedRoutes, List<Condition> conditions) {
        public ListenerStatus {
            supportedKinds = List.copyOf(supportedKinds);
            conditions = List.copyOf(conditions);
        }

        private Map<String, Object> render() {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("name", name);
            tree.put(
                    "supportedKinds",
                    supportedKinds.stream().map(RouteKind::render).toList());
            tree.put("attachedRoutes", attachedRoutes);
            tree.put("conditions", conditions.stream().map(Condition::render).toList());
            return tree;
        }
    }

    /** A kind of route that a listener takes. */
    record RouteKind(String group, String kind) {
        private Map<String, Object> render() {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("group", group);
            tree.put("kind", kind);
            return tree;
        }
    }

    /** A route; one entry for each parentRef, in the order of its spec. */
    record OfRoute(List<Entry> parents) implements ObjectStatus {
        public OfRoute {
            parents = List.copyOf(parents);
        }

        @Override
        public Map<String, Object> render() {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("parents", entries(parents, "parentRef"));
            return tree;
        }
    }

    /**
     * A policy or RouteFilter; one entry for each object that it acts on.
     *
     * @param effective what is in force after defaults, by field; rendered where there is any
     * @param keys that protect the tokens of a StickyPolicy; rendered where there are any
     */
    record OfPolicy(List<Entry> ancestors, SortedMap<String, String> effective, Optional<Keys> keys)
            implements ObjectStatus {
        public OfPolicy {
            ancestors = List.copyOf(ancestors);
        }

        @Override
        public Map<String, Object> render() {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("ancestors", entries(ancestors, "ancestorRef"));
            if (!effective.isEmpty()) {
                tree.put("effective", new LinkedHashMap<>(effective));
            }
            keys.ifPresent(some -> tree.put("keys", some.render()));
            return tree;
        }
    }

    /**
     * Ids of keys, never keys.
     *
     * @param active the one that signs
     * @param verifying the others, newest first
     * @param nextRotation RFC 3339; absent: nobody rotates them but whoever owns their Secret
     */
    record Keys(String active, List<String> verifying, Optional<String> nextRotation) {
        public Keys {
            verifying = List.copyOf(verifying);
        }

        private Map<String, Object> render() {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("active", active);
            if (!verifying.isEmpty()) {
                tree.put("verifying", verifying);
            }
            nextRotation.ifPresent(time -> tree.put("nextRotation", time));
            return tree;
        }
    }

    /** What became of a route or policy with one parent or ancestor. */
    record Entry(PartRef ref, String controllerName, List<Condition> conditions) {
        public Entry {
            conditions = List.copyOf(conditions);
        }

        private Map<String, Object> render(String refName) {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put(refName, ref.render());
            tree.put("controllerName", controllerName);
            tree.put("conditions", conditions.stream().map(Condition::render).toList());
            return tree;
        }
    }

    /** An Ingress: it has no conditions, only addresses. */
    record OfIngress(List<Address> addresses) implements ObjectStatus {
        public OfIngress {
            addresses = List.copyOf(addresses);
        }

        @Override
        public Map<String, Object> render() {
            Map<String, Object> loadBalancer = new LinkedHashMap<>();
            if (!addresses.isEmpty()) {
                loadBalancer.put(
                        "ingress",
                        addresses.stream()
                                .map(address -> Map.of(address.isHostname() ? "hostname" : "ip", address.value()))
                                .toList());
            }
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("loadBalancer", loadBalancer);
            return tree;
        }
    }

    /** Where clients reach a Gateway or Ingress. */
    record Address(boolean isHostname, String value) {
        private Map<String, Object> render() {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("type", isHostname ? "Hostname" : "IPAddress");
            tree.put("value", value);
            return tree;
        }
    }

    private static List<Map<String, Object>> entries(List<Entry> entries, String refName) {
        return entries.stream()
                .limit(MOST_ENTRIES)
                .map(entry -> entry.render(refName))
                .toList();
    }
}
