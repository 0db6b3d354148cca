package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.compile.route.Answers;
import dev.moorgate.operator.compile.route.Precedence;
import dev.moorgate.operator.compile.route.Routes;
import dev.moorgate.operator.compile.route.Rules;
import dev.moorgate.operator.compile.route.WrittenRoute;
import dev.moorgate.operator.compile.routepolicy.Layer;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.ObjectStatus;
import dev.moorgate.operator.conditions.ObjectStatus.RouteKind;
import dev.moorgate.operator.conditions.PartRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder.RouteDraft;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener.Protocol;
import dev.moorgate.routetable.RoutePolicy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Attaches routes to the listeners that their parentRefs select and that allow them, and says what each parent thinks of them. */
final class RouteAttachments {
    private static final int MOST_NAMES = 5;

    private final Parts parts;
    private final Map<String, Parent> gateways;
    private final RouteMemo memo;
    private final RoutePolicy policy;
    private final Routes routes;
    private final Map<RouteKind, Map<String, Map<String, RouteMemo.Parent>>> parents = new HashMap<>();
    private final boolean isMixed;

    /**
     * What routes attach to: a Gateway or ListenerSet.
     *
     * @param gateway itself, or that of the ListenerSet
     * @param shown the certificate that it shows to endpoints, if any
     */
    record Parent(ObjectRef gateway, Optional<String> shown, List<GatewayListener> listeners) {}

    /** @param gateways our Gateways and their ListenerSets, by {@link #key} */
    RouteAttachments(Parts parts, Map<String, Parent> gateways, RouteMemo memo) {
        this.parts = parts;
        this.gateways = gateways;
        this.memo = memo;
        this.policy = parts.settings().routePolicy();
        this.routes = new Routes(parts);
        this.isMixed = !parts.snapshot().grpcRoutes().isEmpty();
    }

    /** The oldest first where routes of several kinds compete for hosts: it keeps them. */
    void attachAll() {
        List<WrittenRoute> all = WrittenRoute.all(parts.snapshot());
        if (isMixed) {
            all.sort(Comparator.comparing(WrittenRoute::source, Metadata.OLDEST_FIRST));
        }
        // they compete with none of the others: their listeners speak another protocol
        parts.snapshot().tlsRoutes().forEach(route -> all.add(WrittenRoute.of(route)));
        all.forEach(this::attach);
    }

    /** A route none of whose parents is ours is somebody else's: nothing is said of it. */
    private void attach(WrittenRoute route) {
        RouteKind kind = kind(route);
        RouteMemo.Attached known = memo.find(route.source());
        if (known != null
                && areSame(known.parents())
                && memo.answers.areSame(known.answers(), policy, parts)
                && areFree(kind, known.bindings())) {
            memo.keep(route.source(), known);
            parts.report().settle(known.object(), known.status());
            known.bindings().forEach(binding -> bind(kind, known.object(), binding));
            use(route, known.bindings());
            return;
        }
        List<ParentReference> refs = route.parentRefs();
        List<Optional<RouteMemo.Parent>> asked =
                refs.stream().map(ref -> parent(ref, route, kind)).toList();
        if (asked.stream()
                .anyMatch(parent -> parent.filter(RouteMemo.Parent::isOurs).isPresent())) {
            attach(route, kind, refs, asked);
        }
    }

    private static RouteKind kind(WrittenRoute route) {
        return switch (route) {
            case WrittenRoute.Http http -> AllowedRoutes.HTTP_ROUTE;
            case WrittenRoute.Grpc grpc -> AllowedRoutes.GRPC_ROUTE;
            case WrittenRoute.Tls tls -> AllowedRoutes.TLS_ROUTE;
        };
    }

    /** Whether no listener has given a host of the route to a route of another kind. */
    private boolean areFree(RouteKind kind, List<RouteMemo.Binding> bindings) {
        return !isMixed
                || bindings.stream()
                        .allMatch(binding -> listener(binding.place())
                                .claims()
                                .holder(kind, binding.hosts())
                                .isEmpty());
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
        return before == parent(before.kind(), before.gateway(), before.user());
    }

    private void attach(
            WrittenRoute route, RouteKind kind, List<ParentReference> refs, List<Optional<RouteMemo.Parent>> asked) {
        Routes.Compiled compiled = routes.compile(route);
        RouteDraft draft = parts.report().route(compiled.object());
        Set<RouteMemo.Place> attached = new LinkedHashSet<>();
        boolean isTaken = true;
        for (int i = 0; i < refs.size(); i++) {
            Optional<RouteMemo.Parent> parent = asked.get(i).filter(RouteMemo.Parent::isOurs);
            if (parent.isPresent()) {
                Conditions conditions =
                        draft.parent(partRef(refs.get(i)), parts.settings().gatewayController());
                Field at = Field.SPEC.of("parentRefs", i);
                List<RouteMemo.View> matching =
                        select(refs.get(i), parent.get().listeners().orElseThrow(), compiled, at, conditions);
                List<RouteMemo.View> found = free(parent.get(), matching, compiled, at, conditions);
                isTaken &= !found.isEmpty() && found.size() == matching.size();
                compiled.tell(conditions);
                if (compiled.isServed()) {
                    found.forEach(view ->
                            attached.add(new RouteMemo.Place(parent.get().gateway(), view.position())));
                }
            }
        }
        List<RouteMemo.Binding> bindings =
                attached.stream().map(place -> binding(place, compiled)).toList();
        bindings.forEach(binding -> bind(kind, compiled.object(), binding));
        use(route, bindings);
        if (compiled.answers().isPresent() && compiled.isSound() && isTaken) {
            ObjectStatus status = draft.build();
            parts.report().settle(compiled.object(), status);
            Answers answers = memo.answers.shared(compiled.answers().get());
            memo.keep(route.source(), new RouteMemo.Attached(answers, asked, compiled.object(), status, bindings));
        }
    }

    /** {@code shop/edge} of a Gateway, {@code ListenerSet shop/edge} of a ListenerSet. */
    static String key(ObjectRef parent) {
        return key(parent.kind(), parent.namespace(), parent.name());
    }

    private static String key(String kind, String namespace, String name) {
        return (kind.equals("Gateway") ? "" : kind + " ") + namespace + "/" + name;
    }

    /** Empty: the parent is neither Gateway nor ListenerSet. */
    private Optional<RouteMemo.Parent> parent(ParentReference ref, WrittenRoute route, RouteKind routeKind) {
        String group = Objects.requireNonNullElse(ref.getGroup(), Grants.GATEWAY_GROUP);
        String kind = Objects.requireNonNullElse(ref.getKind(), "Gateway");
        if (!group.equals(Grants.GATEWAY_GROUP) || !kind.equals("Gateway") && !kind.equals("ListenerSet")) {
            return Optional.empty();
        }
        String user = Metadata.namespace(route.source());
        String key = key(
                kind,
                Objects.requireNonNullElse(ref.getNamespace(), user),
                Objects.requireNonNullElse(ref.getName(), ""));
        return Optional.of(parent(routeKind, key, user));
    }

    private RouteMemo.Parent parent(RouteKind kind, String gateway, String user) {
        return parents.computeIfAbsent(kind, absent -> new HashMap<>())
                .computeIfAbsent(gateway, absent -> new HashMap<>())
                .computeIfAbsent(
                        user,
                        namespace -> memo.known(new RouteMemo.Parent(
                                gateway,
                                kind,
                                namespace,
                                Optional.ofNullable(gateways.get(gateway))
                                        .map(known -> views(gateway, known.listeners(), kind, namespace)))));
    }

    private List<RouteMemo.View> views(
            String gateway, List<GatewayListener> listeners, RouteKind kind, String namespace) {
        List<RouteMemo.View> views = new ArrayList<>(listeners.size());
        for (GatewayListener listener : listeners) {
            views.add(new RouteMemo.View(
                    views.size(),
                    listener.name(),
                    listener.port(),
                    listener.hostname(),
                    listener.allow(kind, namespace),
                    layers(gateway, listener)));
        }
        return views;
    }

    /** The listeners that take the route; none, and why, where it is not accepted. */
    private static List<RouteMemo.View> select(
            ParentReference ref,
            List<RouteMemo.View> listeners,
            Routes.Compiled route,
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
                    listeners.isEmpty()
                            ? "the parent has no listener: look at its status"
                            : "the parent has no such listener: it has " + names(listeners));
            return List.of();
        }
        List<RouteMemo.View> allowing =
                selected.stream().filter(RouteMemo.View::isAllowed).toList();
        if (allowing.isEmpty()) {
            conditions.refuse(
                    ConditionType.ACCEPTED,
                    Reason.NOT_ALLOWED_BY_LISTENERS,
                    at.toString(),
                    "allowedRoutes of " + names(selected) + " takes no "
                            + route.object().kind() + " of namespace "
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

    /** Those of the listeners that have given none of the route's hosts to an older route of another kind. */
    private List<RouteMemo.View> free(
            RouteMemo.Parent parent,
            List<RouteMemo.View> matching,
            Routes.Compiled route,
            Field at,
            Conditions conditions) {
        if (!isMixed) {
            return matching;
        }
        List<RouteMemo.View> free = new ArrayList<>(matching.size());
        Set<String> taken = new LinkedHashSet<>();
        for (RouteMemo.View view : matching) {
            Optional<ObjectRef> holder = listener(new RouteMemo.Place(parent.gateway(), view.position()))
                    .claims()
                    .holder(parent.kind(), hosts(view.hostname(), route));
            holder.ifPresentOrElse(
                    other -> taken.add("listener " + Tokens.shown(view.name()) + " has given its hosts to " + other
                            + ", which is older or first by name"),
                    () -> free.add(view));
        }
        if (!taken.isEmpty()) {
            String message = String.join("; ", taken)
                    + ": a host has routes of one kind only, so choose another, or another listener";
            if (free.isEmpty()) {
                conditions.refuse(ConditionType.ACCEPTED, Reason.HOSTNAME_CONFLICT, at.toString(), message);
            } else {
                parts.report().error(route.object(), Reason.HOSTNAME_CONFLICT, at.toString(), message);
            }
        }
        return free;
    }

    private static List<HostPattern> hosts(HostPattern own, Routes.Compiled route) {
        return route.hostnames().stream()
                .flatMap(written -> Hostnames.intersect(own, written).stream())
                .distinct()
                .toList();
    }

    /** A listener of a ListenerSet has the policies of its Gateway as a whole: the Gateway's policies name its own listeners. */
    private List<Layer> layers(String key, GatewayListener listener) {
        ObjectRef gateway = Objects.requireNonNull(gateways.get(key)).gateway();
        return parts.routePolicies().ofListener(gateway.source(), key.equals(key(gateway)) ? listener.name() : "");
    }

    private RouteMemo.Binding binding(RouteMemo.Place place, Routes.Compiled route) {
        GatewayListener listener = listener(place);
        HostPattern own = listener.hostname();
        List<Layer> layers = layers(place.gateway(), listener);
        boolean isHttps = listener.protocol() == Protocol.HTTPS;
        List<RouteMemo.Bound> bound = new ArrayList<>();
        for (HostPattern written : route.hostnames()) {
            Hostnames.intersect(own, written).ifPresent(pattern -> {
                for (Rules.Ranked ranked : route.ranked()) {
                    Precedence there = written.kind() == HostPattern.Kind.ANY
                            ? ranked.place()
                            : ranked.place().withHostname(written);
                    bound.add(new RouteMemo.Bound(pattern, ranked.on(there, layers, isHttps)));
                }
            });
        }
        return new RouteMemo.Binding(place, hosts(own, route), bound);
    }

    private void bind(RouteKind kind, ObjectRef route, RouteMemo.Binding binding) {
        GatewayListener listener = listener(binding.place());
        listener.attachRoute();
        if (isMixed) {
            listener.claims().claim(kind, route, binding.hosts());
        }
        // after the memo: whether an upstream has TLS is no part of what it compares
        UnaryOperator<String> upstreams = upstreamsOf(binding.place());
        binding.routes()
                .forEach(bound -> listener.bind(bound.pattern(), bound.ranked().to(upstreams)));
    }

    private UnaryOperator<String> upstreamsOf(RouteMemo.Place place) {
        Optional<String> shown =
                Objects.requireNonNull(gateways.get(place.gateway())).shown();
        return shown.<UnaryOperator<String>>map(
                        certificate -> upstream -> parts.upstreams().showing(certificate, upstream))
                .orElse(UnaryOperator.identity());
    }

    /** Tells the policies of Services which Gateways lead to them. */
    private void use(WrittenRoute route, List<RouteMemo.Binding> bindings) {
        if (!parts.backendTls().isEmpty() && !bindings.isEmpty()) {
            Set<ObjectRef> users = new LinkedHashSet<>();
            bindings.forEach(binding -> users.add(
                    Objects.requireNonNull(gateways.get(binding.place().gateway()))
                            .gateway()));
            BackendUse.services(route, parts.grants())
                    .forEach(service -> users.forEach(
                            gateway -> parts.backendTls().use(service.namespace(), service.name(), gateway)));
        }
    }

    private GatewayListener listener(RouteMemo.Place place) {
        return Objects.requireNonNull(gateways.get(place.gateway())).listeners().get(place.listener());
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
