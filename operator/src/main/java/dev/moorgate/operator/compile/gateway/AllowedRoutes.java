package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectStatus.RouteKind;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Labels;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteGroupKind;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.RouteNamespaces;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which routes may attach to a listener: by kind and by namespace. Confined to one compile. */
final class AllowedRoutes {
    static final RouteKind HTTP_ROUTE = new RouteKind(Grants.GATEWAY_GROUP, "HTTPRoute");
    static final RouteKind GRPC_ROUTE = new RouteKind(Grants.GATEWAY_GROUP, "GRPCRoute");
    static final RouteKind TLS_ROUTE = new RouteKind(Grants.GATEWAY_GROUP, "TLSRoute");

    private final ClusterSnapshot snapshot;
    private final List<RouteKind> kinds;
    private final String from;
    private final @Nullable LabelSelector selector;
    private final String gatewayNamespace;
    private final Map<String, Boolean> selected = new HashMap<>();

    private AllowedRoutes(
            ClusterSnapshot snapshot,
            List<RouteKind> kinds,
            String from,
            @Nullable LabelSelector selector,
            String gatewayNamespace) {
        this.snapshot = snapshot;
        this.kinds = kinds;
        this.from = from;
        this.selector = selector;
        this.gatewayNamespace = gatewayNamespace;
    }

    static AllowedRoutes compile(
            ClusterSnapshot snapshot, String gatewayNamespace, Listener listener, Field at, Conditions conditions) {
        @Nullable
        RouteNamespaces namespaces = listener.getAllowedRoutes() == null
                ? null
                : listener.getAllowedRoutes().getNamespaces();
        String from = namespaces == null ? "Same" : Objects.requireNonNullElse(namespaces.getFrom(), "Same");
        Field fromAt = at.of("allowedRoutes").of("namespaces").of("from");
        switch (from) {
            case "Same", "All", "None" -> {}
            case "Selector" -> {
                if (namespaces == null || namespaces.getSelector() == null) {
                    conditions.refuse(
                            ConditionType.ACCEPTED,
                            Reason.UNSUPPORTED_VALUE,
                            at.of("allowedRoutes")
                                    .of("namespaces")
                                    .of("selector")
                                    .toString(),
                            "is absent, but from is Selector: add it");
                }
            }
            default ->
                conditions.refuse(
                        ConditionType.ACCEPTED,
                        Reason.UNSUPPORTED_VALUE,
                        fromAt.toString(),
                        "\"" + Tokens.shown(from) + "\" is not supported: use All, Selector, Same or None");
        }
        return new AllowedRoutes(
                snapshot,
                kinds(listener, at, conditions),
                from,
                namespaces == null ? null : namespaces.getSelector(),
                gatewayNamespace);
    }

    private static List<RouteKind> kinds(Listener listener, Field at, Conditions conditions) {
        List<RouteGroupKind> written = listener.getAllowedRoutes() == null
                ? List.of()
                : Objects.requireNonNullElse(listener.getAllowedRoutes().getKinds(), List.of());
        List<RouteKind> supported = supported(listener);
        if (written.isEmpty()) {
            return supported;
        }
        List<RouteKind> kinds = new ArrayList<>();
        for (int i = 0; i < written.size(); i++) {
            RouteGroupKind kind = written.get(i);
            RouteKind asked = new RouteKind(
                    Objects.requireNonNullElse(kind.getGroup(), Grants.GATEWAY_GROUP),
                    Objects.requireNonNullElse(kind.getKind(), ""));
            if (!supported.contains(asked)) {
                conditions.refuse(
                        ConditionType.RESOLVED_REFS,
                        Reason.INVALID_ROUTE_KINDS,
                        at.of("allowedRoutes").of("kinds", i).toString(),
                        "kind " + Tokens.shown(asked.kind()) + " of group \"" + Tokens.shown(asked.group())
                                + "\" cannot attach here: use "
                                + supported.stream().map(RouteKind::kind).collect(Collectors.joining(" or ")));
            } else if (!kinds.contains(asked)) {
                kinds.add(asked);
            }
        }
        return kinds;
    }

    private static List<RouteKind> supported(Listener listener) {
        return "TLS".equals(listener.getProtocol()) ? List.of(TLS_ROUTE) : List.of(HTTP_ROUTE, GRPC_ROUTE);
    }

    List<RouteKind> kinds() {
        return kinds;
    }

    boolean allow(RouteKind kind, String namespace) {
        return kinds.contains(kind)
                && switch (from) {
                    case "All" -> true;
                    case "Same" -> namespace.equals(gatewayNamespace);
                    case "Selector" ->
                        selected.computeIfAbsent(
                                namespace, asked -> Labels.match(selector, snapshot.namespaceLabels(asked)));
                    default -> false;
                };
    }
}
