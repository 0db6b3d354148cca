package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.StickySessions.RuleSessions;
import dev.moorgate.operator.compile.routepolicy.Layer;
import dev.moorgate.operator.compile.routepolicy.RuleLayers;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RoutePolicy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** One rule of a route to one Route a match. */
public final class Rules {
    private final Surroundings surroundings;
    private final ObjectRef route;
    private final String created;
    private final Mistakes unresolved;

    /**
     * @param created time of the route's creation; empty if unknown
     * @param unresolved gets references that lead nowhere
     */
    Rules(Surroundings surroundings, ObjectRef route, String created, Mistakes unresolved) {
        this.surroundings = surroundings;
        this.route = route;
        this.created = created;
        this.unresolved = unresolved;
    }

    /**
     * A route and its place; the place's hostname is set where the route is bound to one.
     *
     * @param layers what the route's policy is made of, where it is not bound to a listener yet
     */
    public record Ranked(Precedence place, Route route, RuleLayers layers) {
        /** The route as it is on a listener under these layers. */
        public Ranked on(Precedence there, List<Layer> wider, boolean isHttps) {
            boolean isBare = wider.isEmpty() && layers.layers().isEmpty();
            if (isBare) {
                return there.equals(place) ? this : new Ranked(there, route, layers);
            }
            RuleLayers all = layers.below(wider);
            return new Ranked(there, all.carry(route, isHttps), all);
        }

        /** With other upstreams; the same object where none of them is another. */
        public Ranked to(UnaryOperator<String> upstreams) {
            return UpstreamNames.of(route).stream()
                            .allMatch(name -> upstreams.apply(name).equals(name))
                    ? this
                    : new Ranked(place, UpstreamNames.map(route, upstreams), layers);
        }
    }

    /** Empty, with mistakes added, where the rule is invalid and must be dropped. */
    List<Ranked> compile(WrittenRoute.Rule written, int position, Mistakes invalid) {
        Field at = Field.SPEC.of("rules", position);
        HTTPRouteRule rule = written.common();
        RuleLayers.Own own = HttpPolicies.compile(rule, at, invalid);
        List<RouteMatch> matches = written.matches().apply(at, invalid);
        warn(rule, at);
        if (!invalid.isEmpty()) {
            return List.of();
        }
        String name = Objects.requireNonNullElse(rule.getName(), "");
        RuleLayers layers = surroundings.layers(name, own);
        Optional<RuleSessions> sessions = surroundings.sessions(name);
        List<Ranked> ranked = new ArrayList<>(matches.size());
        for (int i = 0; i < matches.size(); i++) {
            ranked.addAll(compile(rule, name, position, i, matches.get(i), layers, sessions, invalid));
        }
        return invalid.isEmpty() ? ranked : List.of();
    }

    private List<Ranked> compile(
            HTTPRouteRule rule,
            String name,
            int position,
            int matchPosition,
            RouteMatch match,
            RuleLayers layers,
            Optional<RuleSessions> sessions,
            Mistakes invalid) {
        Field at = Field.SPEC.of("rules", position);
        HttpFilters.Chain chain =
                new HttpFilters(surroundings, invalid, unresolved).compile(rule.getFilters(), match.path(), at);
        if (chain.isAnswering()
                && rule.getBackendRefs() != null
                && !rule.getBackendRefs().isEmpty()
                && rule.getFilters().stream().anyMatch(filter -> filter.getRequestRedirect() != null)) {
            invalid.add(
                    Reason.INCOMPATIBLE_FILTERS,
                    at.of("backendRefs"),
                    "RequestRedirect answers by itself: remove backendRefs, or the filter");
        }
        Forward forward = chain.isAnswering() || chain.isBroken()
                ? Forward.NOWHERE
                : new HttpForwards(surroundings, invalid, unresolved)
                        .compile(rule.getBackendRefs(), match.path(), at, sessions);

        String label = (name.isEmpty() ? "rules[" + position + "]" : name)
                + (matchPosition == 0 ? "" : ".matches[" + matchPosition + "]");
        String source = name.isEmpty() ? "rules[" + position + "].matches[" + matchPosition + "]" : name;
        RoutePolicy policy = layers.policy();
        List<RouteMatch> narrowed = narrow(match, chain.narrowings());
        List<Ranked> ranked = new ArrayList<>(narrowed.size());
        for (int i = 0; i < narrowed.size(); i++) {
            ranked.add(new Ranked(
                    new Precedence(
                            HostPattern.ANY,
                            narrowed.get(i),
                            chain.isBroken(),
                            created,
                            route.namespace() + "/" + route.name(),
                            position,
                            matchPosition,
                            i),
                    new Route(
                            route.kind().toLowerCase(Locale.ROOT) + "/" + route.namespace() + "/" + route.name() + "/"
                                    + label + (i == 0 ? "" : ".narrowings[" + i + "]"),
                            route.source().withRule(source),
                            narrowed.get(i),
                            chain.isBroken() ? List.of() : chain.filters(),
                            forward,
                            policy),
                    layers));
        }
        return ranked;
    }

    /** Every way to choose one alternative of each narrowing, in their order. */
    private static List<RouteMatch> narrow(RouteMatch match, List<List<RouteMatch>> narrowings) {
        List<RouteMatch> all = Collections.singletonList(match);
        for (List<RouteMatch> alternatives : narrowings) {
            List<RouteMatch> next = new ArrayList<>();
            for (RouteMatch wide : all) {
                for (RouteMatch alternative : alternatives) {
                    HttpMatches.narrow(wide, alternative).ifPresent(next::add);
                }
            }
            all = next;
        }
        return all.stream().distinct().toList();
    }

    private void warn(HTTPRouteRule rule, Field at) {
        if (rule.getSessionPersistence() != null) {
            surroundings
                    .report()
                    .warning(
                            route,
                            Reason.UNSUPPORTED_VALUE,
                            at.of("sessionPersistence").toString(),
                            "is not supported, and the rule is served without: use a StickyPolicy of moorgate.dev");
        }
    }
}
