package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.compile.httproute.HttpRoutes;
import dev.moorgate.operator.compile.httproute.HttpRules;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.PartRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder.RouteDraft;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.HostPattern;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Attaches HTTPRoutes to the listeners that their parentRefs select and that allow them, and says what each parent thinks of them. */
final class RouteAttachments {
    private static final int MOST_NAMES = 5;

    private final Parts parts;
    private final Map<String, List<GatewayListener>> gateways;
    private final HttpRoutes routes;

    /** @param gateways listeners of our Gateways, by {@code namespace/name} */
    RouteAttachments(Parts parts, Map<String, List<GatewayListener>> gateways) {
        this.parts = parts;
        this.gateways = gateways;
        this.routes = new HttpRoutes(parts);
    }

    /** A route none of whose parents is ours is somebody else's: nothing is said of it. */
    void attach(HTTPRoute route) {
        List<ParentReference> refs = route.getSpec() == null
                ? List.of()
                : Present.items(route.getSpec().getParentRefs());
        if (refs.stream().allMatch(ref -> listeners(ref, route).isEmpty())) {
            return;
        }
        HttpRoutes.Compiled compiled = routes.compile(route);
        RouteDraft draft = parts.report().route(compiled.object());
        Set<GatewayListener> attached = new LinkedHashSet<>();
        for (int i = 0; i < refs.size(); i++) {
            ParentReference ref = refs.get(i);
            Optional<List<GatewayListener>> listeners = listeners(ref, route);
            if (listeners.isPresent()) {
                Conditions conditions =
                        draft.parent(partRef(ref), parts.settings().gatewayController());
                List<GatewayListener> found =
                        select(ref, listeners.get(), compiled, Field.SPEC.of("parentRefs", i), conditions);
                compiled.tell(conditions);
                if (compiled.isServed()) {
                    attached.addAll(found);
                }
            }
        }
        attached.forEach(listener -> bind(listener, compiled));
    }

    /** Empty: the parent is no Gateway of ours. */
    private Optional<List<GatewayListener>> listeners(ParentReference ref, HTTPRoute route) {
        String group = Objects.requireNonNullElse(ref.getGroup(), Grants.GATEWAY_GROUP);
        String kind = Objects.requireNonNullElse(ref.getKind(), "Gateway");
        if (!group.equals(Grants.GATEWAY_GROUP) || !kind.equals("Gateway")) {
            return Optional.empty();
        }
        String namespace = Objects.requireNonNullElse(ref.getNamespace(), Metadata.namespace(route));
        return Optional.ofNullable(gateways.get(namespace + "/" + ref.getName()));
    }

    /** The listeners that take the route; none, and why, where it is not accepted. */
    private static List<GatewayListener> select(
            ParentReference ref,
            List<GatewayListener> listeners,
            HttpRoutes.Compiled route,
            Field at,
            Conditions conditions) {
        List<GatewayListener> selected = listeners.stream()
                .filter(listener -> ref.getSectionName() == null
                        || ref.getSectionName().isEmpty()
                        || ref.getSectionName().equals(listener.name()))
                .filter(listener -> ref.getPort() == null || ref.getPort() == listener.port())
                .toList();
        if (selected.isEmpty()) {
            conditions.refuse(
                    ConditionType.ACCEPTED,
                    Reason.NO_MATCHING_PARENT,
                    at.toString(),
                    "the Gateway has no such listener: it has " + names(listeners));
            return List.of();
        }
        List<GatewayListener> allowing = selected.stream()
                .filter(listener -> listener.allowHttpRoutesOf(route.object().namespace()))
                .toList();
        if (allowing.isEmpty()) {
            conditions.refuse(
                    ConditionType.ACCEPTED,
                    Reason.NOT_ALLOWED_BY_LISTENERS,
                    at.toString(),
                    "allowedRoutes of " + names(selected) + " takes no HTTPRoute of namespace "
                            + route.object().namespace());
            return List.of();
        }
        List<GatewayListener> matching = allowing.stream()
                .filter(listener -> route.hostnames().isEmpty()
                        || route.hostnames().stream()
                                .anyMatch(host -> Hostnames.intersect(listener.hostname(), host)
                                        .isPresent()))
                .toList();
        if (matching.isEmpty()) {
            conditions.refuse(
                    ConditionType.ACCEPTED,
                    Reason.NO_MATCHING_LISTENER_HOSTNAME,
                    at.toString(),
                    "none of the route's hostnames is one of " + names(allowing));
        }
        return matching;
    }

    private static void bind(GatewayListener listener, HttpRoutes.Compiled route) {
        listener.attachRoute();
        for (HostPattern written : route.hostnames()) {
            Optional<HostPattern> pattern = Hostnames.intersect(listener.hostname(), written);
            if (pattern.isPresent()) {
                for (HttpRules.Ranked ranked : route.ranked()) {
                    listener.bind(
                            pattern.get(),
                            written.kind() == HostPattern.Kind.ANY
                                    ? ranked
                                    : new HttpRules.Ranked(ranked.place().withHostname(written), ranked.route()));
                }
            }
        }
    }

    private static String names(List<GatewayListener> listeners) {
        String names = listeners.stream()
                .limit(MOST_NAMES)
                .map(listener -> "listener " + Tokens.shown(listener.name()) + " (port " + listener.port()
                        + ", hostname " + listener.hostname() + ")")
                .collect(Collectors.joining(", "));
        return listeners.size() > MOST_NAMES ? names + " and " + (listeners.size() - MOST_NAMES) + " more" : names;
    }

    private static PartRef partRef(ParentReference ref) {
        return new PartRef(
                Optional.ofNullable(ref.getGroup()),
                Optional.ofNullable(ref.getKind()),
                Optional.ofNullable(ref.getNamespace()),
                Objects.requireNonNullElse(ref.getName(), ""),
                Optional.ofNullable(ref.getSectionName()),
                ref.getPort() == null ? OptionalInt.empty() : OptionalInt.of(ref.getPort()));
    }
}
