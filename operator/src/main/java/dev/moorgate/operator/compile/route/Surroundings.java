package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.RouteExtensions;
import dev.moorgate.operator.compile.StickySessions.RuleSessions;
import dev.moorgate.operator.compile.routepolicy.RoutePolicies;
import dev.moorgate.operator.compile.routepolicy.RuleLayers;
import dev.moorgate.operator.compile.upstream.Backends;
import dev.moorgate.operator.compile.upstream.Traffic;
import dev.moorgate.operator.compile.upstream.Upstreams;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.SourceRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * All that the compile of one route, or Ingress, takes from beside the route. Remembers every question with its answer: a later compile that gets
 * the same answers would make the same of the same route, and may take what was made. Confined to one compile.
 */
public final class Surroundings {
    private final Parts parts;
    private final RoutePolicy policy;
    private final ObjectRef route;
    private final List<Answers.Asked> asked = new ArrayList<>();
    private boolean repeatable = true;

    /** @param policy what the settings say of routes */
    public Surroundings(Parts parts, RoutePolicy policy, ObjectRef route) {
        this.parts = parts;
        this.policy = policy;
        this.route = route;
    }

    /** Whether the route is a GRPCRoute. */
    boolean isGrpc() {
        return route.kind().equals("GRPCRoute");
    }

    /** What is told is told once a compile: it is not remembered. */
    public ReportBuilder report() {
        repeatable = false;
        return parts.report();
    }

    Optional<String> backend(Backends.Reference reference, Field at, Mistakes unresolved) {
        SourceRef source = route.source();
        Optional<String> upstream = parts.backends().find(source, reference, at, unresolved);
        upstream.ifPresentOrElse(
                name -> asked.add(new Answers.Backend(source.kind(), source.namespace(), reference, name)),
                () -> repeatable = false);
        return upstream;
    }

    /** A Service's port for an Ingress: by its number, or else by its name. */
    public Upstreams.Outcome service(String namespace, String service, OptionalInt number, String name) {
        Upstreams.Outcome outcome = find(parts, namespace, service, number, name);
        if (outcome instanceof Upstreams.Outcome.Found found) {
            asked.add(new Answers.ServicePort(namespace, service, number, name, found.upstream()));
        } else {
            repeatable = false;
        }
        return outcome;
    }

    static Upstreams.Outcome find(Parts parts, String namespace, String service, OptionalInt number, String name) {
        return number.isEmpty()
                ? parts.upstreams().find(namespace, service, name)
                : parts.upstreams().find(Traffic.HTTP, namespace, service, number.getAsInt());
    }

    public RouteExtensions.Resolution extension(String group, String kind, String name) {
        RouteExtensions.Resolution answer = parts.extensions().resolve(route, group, kind, name);
        if (answer instanceof RouteExtensions.Resolution.Resolved resolved) {
            asked.add(new Answers.Extension(route, group, kind, name, resolved));
        } else {
            repeatable = false;
        }
        return answer;
    }

    /** The policies over a rule, below those of the listeners that it is bound to. */
    public RuleLayers layers(String rule, RuleLayers.Own own) {
        SourceRef source = route.source();
        RoutePolicies.Over over = parts.routePolicies().ofRule(source, rule);
        asked.add(
                parts.routePolicies().isEmpty()
                        ? new Answers.NoRoutePolicies()
                        : new Answers.Layered(source, rule, over));
        return new RuleLayers(policy, over.layers(), own, over.bucket());
    }

    public Optional<RuleSessions> sessions(String rule) {
        SourceRef source = route.source();
        Optional<RuleSessions> sessions = parts.sessions().ofRule(source, rule);
        asked.add(
                parts.sessions().isEmpty()
                        ? new Answers.NoPolicies()
                        : new Answers.Sessions(source, rule, sessions.isPresent()));
        return sessions.map(found -> forward -> {
            Forward held = found.hold(forward);
            asked.add(new Answers.Held(source, rule, forward, held));
            return held;
        });
    }

    /** What can be asked again; empty where more than these questions made the outcome. */
    public Optional<Answers> answers() {
        return repeatable ? Optional.of(new Answers(policy, List.copyOf(asked))) : Optional.empty();
    }
}
