package dev.moorgate.dataplane.route;

import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one listener, compiled. Immutable and shared by all event loops; a decision makes no object but the strings
 * that a rule looks at, and costs the same with ten routes and with ten thousand.
 *
 * @param <P> what the owner attaches to each route
 */
public final class Router<P> {
    private final Map<HostPattern, HostRoutes<P>> byPattern;
    private final HostIndex<HostRoutes<P>> hosts;
    private final RouteDecision<P> noHost = new RouteDecision.NoHost<>();
    private final RouteDecision<P> noRoute = new RouteDecision.NoRoute<>();

    private Router(Map<HostPattern, HostRoutes<P>> byPattern) {
        this.byPattern = byPattern;
        this.hosts = HostIndex.of(byPattern);
    }

    /**
     * Compiles a listener's virtual hosts; those that are equal to the previous router's keep their index and their plans,
     * and in the others a route that is equal to the one of its name keeps its plan. A plan must therefore depend on nothing
     * but its route: else use {@link #replan}.
     *
     * @throws IllegalArgumentException for a regular expression that RE2 refuses; names the route
     */
    public static <P> Router<P> of(Listener listener, Function<Route, P> plan, @Nullable Router<P> previous) {
        return compile(listener, plan, previous, true);
    }

    /** As {@link #of}, but every plan is made anew; only the indexes of equal virtual hosts are kept. */
    public static <P> Router<P> replan(Listener listener, Function<Route, P> plan, @Nullable Router<P> previous) {
        return compile(listener, plan, previous, false);
    }

    private static <P> Router<P> compile(
            Listener listener, Function<Route, P> plan, @Nullable Router<P> previous, boolean keepPlans) {
        Map<HostPattern, HostRoutes<P>> byPattern =
                HashMap.newHashMap(listener.virtualHosts().size());
        for (VirtualHost host : listener.virtualHosts()) {
            HostRoutes<P> before = previous == null ? null : previous.byPattern.get(host.host());
            byPattern.put(host.host(), HostRoutes.of(host, plan, before, keepPlans));
        }
        return new Router<>(byPattern);
    }

    /** The first route in order that matches, in the most specific virtual host that has one. */
    public RouteDecision<P> decide(RequestHead head) {
        HostIndex.Node<HostRoutes<P>> node = hosts.first(head.host());
        if (node == null) {
            return noHost;
        }
        String path = head.path();
        while (node != null) {
            HostRoutes<P> here = node.value();
            int place = here.index().find(path, head);
            if (place >= 0) {
                return here.found().get(place);
            }
            node = here.host().unmatched() == VirtualHost.Unmatched.NOT_FOUND ? null : node.next();
        }
        return noRoute;
    }

    /** The first route for a TLS server name, whatever it would match in requests; an empty name: the client said none. */
    public RouteDecision<P> decide(String serverName) {
        HostIndex.Node<HostRoutes<P>> node = hosts.first(serverName);
        if (node == null) {
            return noHost;
        }
        while (node != null) {
            HostRoutes<P> here = node.value();
            if (!here.found().isEmpty()) {
                return here.found().getFirst();
            }
            node = here.host().unmatched() == VirtualHost.Unmatched.NOT_FOUND ? null : node.next();
        }
        return noRoute;
    }

    /** Why {@link #decide} says what it says: for people, not for the hot path. */
    public RouteExplanation explain(RequestHead head) {
        List<RouteExplanation.Candidate> candidates = new ArrayList<>();
        List<HostPattern> tried = new ArrayList<>();
        HostIndex.Node<HostRoutes<P>> node = hosts.first(head.host());
        boolean open = true;
        while (node != null) {
            HostRoutes<P> here = node.value();
            if (open) {
                tried.add(here.host().host());
            }
            open = RouteExplanation.add(candidates, here, head, open);
            node = node.next();
        }
        return RouteExplanation.of(tried, candidates);
    }

    /** One virtual host with its index; {@code found} has the place of each route in its order. */
    record HostRoutes<P>(VirtualHost host, PathIndex index, List<RouteDecision.Found<P>> found) {

        static <P> HostRoutes<P> of(
                VirtualHost host, Function<Route, P> plan, @Nullable HostRoutes<P> before, boolean keepPlans) {
            HostRoutes<P> same = before != null && before.host.equals(host) ? before : null;
            if (same != null && keepPlans) {
                return same;
            }
            PathIndex known = before == null ? null : before.index;
            PathIndex index = same != null ? same.index : PathIndex.of(host.routes(), known);
            Map<String, RouteDecision.Found<P>> plans = keepPlans && before != null ? before.byName() : Map.of();
            List<RouteDecision.Found<P>> found = new ArrayList<>(host.routes().size());
            for (Route route : host.routes()) {
                RouteDecision.Found<P> old = plans.get(route.name());
                P made = old != null && old.route().equals(route) ? old.plan() : plan.apply(route);
                found.add(new RouteDecision.Found<>(route, made, host));
            }
            return new HostRoutes<>(host, index, List.copyOf(found));
        }

        private Map<String, RouteDecision.Found<P>> byName() {
            Map<String, RouteDecision.Found<P>> named = HashMap.newHashMap(found.size());
            found.forEach(each -> named.put(each.route().name(), each));
            return named;
        }
    }
}
