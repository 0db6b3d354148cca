package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.compile.httproute.Answers;
import dev.moorgate.operator.compile.httproute.HttpRoutes;
import dev.moorgate.operator.compile.httproute.HttpRules;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectStatus;
import dev.moorgate.operator.conditions.PartRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder.RouteDraft;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.RoutePolicy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import java.util.ArrayList;
import java.util.HashMap;
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
    private final RouteMemo memo;
    private final RoutePolicy policy;
    private final HttpRoutes routes;
    private final Map<String, Map<String, RouteMemo.Parent>> parents = new HashMap<>();

    /** @param gateways listeners of our Gateways, by {@code namespace/name} */
    RouteAttachments(Parts parts, Map<String, List<GatewayListener>> gateways, RouteMemo memo) {
        this.parts = parts;
        this.gateways = gateways;
        this.memo = memo;
        this.policy = parts.settings().routePolicy();
        this.routes = new HttpRoutes(parts);
    }

    /** A route none of whose parents is ours is somebody else's: nothing is said of it. */
    void attach(HTTPRoute route) {
        RouteMemo.Attached known = memo.find(route);
        if (known != null && areSame(known.parents()) && memo.answers.areSame(known.answers(), policy, parts)) {
            memo.keep(route, known);
            parts.report().settle(known.object(), known.status());
            known.bindings().forEach(this::bind);
            return;
        }
        List<ParentReference> refs = route.getSpec() == null
                ? List.of()
                : Present.items(route.getSpec().getParentRefs());
        List<Optional<RouteMemo.Parent>> asked =
                refs.stream().map(ref -> parent(ref, route)).toList();
        if (asked.stream()
                .anyMatch(parent -> parent.filter(RouteMemo.Parent::isOurs).isPresent())) {
            attach(route, refs, asked);
        }
    }

    private boolean areSame(List<Optional<RouteMemo.Parent>> before) {
        for (Optional<RouteMemo.Parent> parent : before) {
            if (parent.isPresent() && !isSame(parent.get())) {
                return false;
            }
        }
        return true;
    }

    /** Parents that are equal are one object, so that ten thousand routes compare theirs at a glance. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isSame(RouteMemo.Parent before) {
        return before == parent(before.gateway(), before.user());
    }

    private void attach(HTTPRoute route, List<ParentReference> refs, List<Optional<RouteMemo.Parent>> asked) {
        HttpRoutes.Compiled compiled = routes.compile(route);
        RouteDraft draft = parts.report().route(compiled.object());
        Set<RouteMemo.Place> attached = new LinkedHashSet<>();
        boolean isTaken = true;
        for (int i = 0; i < refs.size(); i++) {
            Optional<RouteMemo.Parent> parent = asked.get(i).filter(RouteMemo.Parent::isOurs);
            if (parent.isPresent()) {
                Conditions conditions =
                        draft.parent(partRef(refs.get(i)), parts.settings().gatewayController());
                List<RouteMemo.View> found = select(
                        refs.get(i),
                        parent.get().listeners().orElseThrow(),
                        compiled,
                        Field.SPEC.of("parentRefs", i),
                        conditions);
                isTaken &= !found.isEmpty();
                compiled.tell(conditions);
                if (compiled.isServed()) {
                    found.forEach(view ->
                            attached.add(new RouteMemo.Place(parent.get().gateway(), view.position())));
                }
            }
        }
        List<RouteMemo.Binding> bindings =
                attached.stream().map(place -> binding(place, compiled)).toList();
        bindings.forEach(this::bind);
        if (compiled.answers().isPresent() && compiled.isSound() && isTaken) {
            ObjectStatus status = draft.build();
            parts.report().settle(compiled.object(), status);
            Answers answers = memo.answers.shared(compiled.answers().get());
            memo.keep(route, new RouteMemo.Attached(answers, asked, compiled.object(), status, bindings));
        }
    }

    /** Empty: the parent is no Gateway. */
    private Optional<RouteMemo.Parent> parent(ParentReference ref, HTTPRoute route) {
        String group = Objects.requireNonNullElse(ref.getGroup(), Grants.GATEWAY_GROUP);
        String kind = Objects.requireNonNullElse(ref.getKind(), "Gateway");
        if (!group.equals(Grants.GATEWAY_GROUP) || !kind.equals("Gateway")) {
            return Optional.empty();
        }
        String user = Metadata.namespace(route);
        return Optional.of(parent(Objects.requireNonNullElse(ref.getNamespace(), user) + "/" + ref.getName(), user));
    }

    private RouteMemo.Parent parent(String gateway, String user) {
        return parents.computeIfAbsent(gateway, absent -> new HashMap<>())
                .computeIfAbsent(
                        user,
                        namespace -> memo.known(new RouteMemo.Parent(
                                gateway,
                                namespace,
                                Optional.ofNullable(gateways.get(gateway))
                                        .map(listeners -> views(listeners, namespace)))));
    }

    private static List<RouteMemo.View> views(List<GatewayListener> listeners, String namespace) {
        List<RouteMemo.View> views = new ArrayList<>(listeners.size());
        for (GatewayListener listener : listeners) {
            views.add(new RouteMemo.View(
                    views.size(),
                    listener.name(),
                    listener.port(),
                    listener.hostname(),
                    listener.allowHttpRoutesOf(namespace)));
        }
        return views;
    }

    /** The listeners that take the route; none, and why, where it is not accepted. */
    private static List<RouteMemo.View> select(
            ParentReference ref,
            List<RouteMemo.View> listeners,
            HttpRoutes.Compiled route,
            Field at,
            Conditions conditions) {
        List<RouteMemo.View> selected = listeners.stream()
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
        List<RouteMemo.View> allowing =
                selected.stream().filter(RouteMemo.View::isAllowed).toList();
        if (allowing.isEmpty()) {
            conditions.refuse(
                    ConditionType.ACCEPTED,
                    Reason.NOT_ALLOWED_BY_LISTENERS,
                    at.toString(),
                    "allowedRoutes of " + names(selected) + " takes no HTTPRoute of namespace "
                            + route.object().namespace());
            return List.of();
        }
        List<RouteMemo.View> matching = allowing.stream()
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

    private RouteMemo.Binding binding(RouteMemo.Place place, HttpRoutes.Compiled route) {
        HostPattern own = listener(place).hostname();
        List<RouteMemo.Bound> bound = new ArrayList<>();
        for (HostPattern written : route.hostnames()) {
            Hostnames.intersect(own, written).ifPresent(pattern -> {
                for (HttpRules.Ranked ranked : route.ranked()) {
                    bound.add(new RouteMemo.Bound(
                            pattern,
                            written.kind() == HostPattern.Kind.ANY
                                    ? ranked
                                    : new HttpRules.Ranked(ranked.place().withHostname(written), ranked.route())));
                }
            });
        }
        return new RouteMemo.Binding(place, bound);
    }

    private void bind(RouteMemo.Binding binding) {
        GatewayListener listener = listener(binding.place());
        listener.attachRoute();
        binding.routes().forEach(bound -> listener.bind(bound.pattern(), bound.ranked()));
    }

    private GatewayListener listener(RouteMemo.Place place) {
        return Objects.requireNonNull(gateways.get(place.gateway())).get(place.listener());
    }

    private static String names(List<RouteMemo.View> listeners) {
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
