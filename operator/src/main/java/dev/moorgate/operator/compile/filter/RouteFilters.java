package dev.moorgate.operator.compile.filter;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.RouteExtensions;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.PartRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.RouteFilter;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Metadata;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Every RouteFilter that a route or Ingress names, compiled once; each that names it is an ancestor in its status. Confined to one compile. */
public final class RouteFilters implements RouteExtensions {
    private static final String KIND = "RouteFilter";

    private final ClusterSnapshot snapshot;
    private final CompileSettings settings;
    private final ReportBuilder report;
    private final Map<ObjectRef, Compiled> compiled = new HashMap<>();

    public RouteFilters(ClusterSnapshot snapshot, CompileSettings settings, ReportBuilder report) {
        this.snapshot = snapshot;
        this.settings = settings;
        this.report = report;
    }

    private record Compiled(Resolution resolution, Mistakes mistakes) {}

    @Override
    public Resolution resolve(ObjectRef user, String group, String kind, String name) {
        if (!group.equals(Crds.GROUP) || !kind.equals(KIND)) {
            return new Resolution.Unresolved(
                    Reason.INVALID_KIND,
                    "kind " + Tokens.shown(kind) + " of group \"" + Tokens.shown(group)
                            + "\" is not supported as a filter: use a RouteFilter of " + Crds.GROUP);
        }
        Optional<RouteFilter> found = snapshot.routeFilter(user.namespace(), name);
        if (found.isEmpty()) {
            return new Resolution.Unresolved(
                    Reason.FILTER_NOT_FOUND,
                    "RouteFilter " + Tokens.shown(user.namespace() + "/" + name) + " does not exist");
        }
        ObjectRef filter = reference(found.get());
        Compiled result = compiled.computeIfAbsent(filter, absent -> compile(filter, found.get()));
        Conditions conditions = report.policy(filter)
                .ancestor(PartRef.of(user.group(), user.kind(), user.namespace(), user.name()), controller(user))
                .expect(ConditionType.RESOLVED_REFS);
        result.mistakes().refuse(conditions, ConditionType.ACCEPTED);
        return result.resolution();
    }

    /** Tells of broken filters that nobody names; after all routes are compiled. */
    public void report() {
        for (RouteFilter filter : snapshot.routeFilters()) {
            ObjectRef object = reference(filter);
            if (!compiled.containsKey(object)) {
                compile(object, filter)
                        .mistakes()
                        .all()
                        .forEach(mistake -> report.error(object, mistake.reason(), mistake.field(), mistake.message()));
            }
        }
    }

    private static Compiled compile(ObjectRef object, RouteFilter filter) {
        Mistakes mistakes = new Mistakes();
        Optional<Resolution.Resolved> resolved = Optional.empty();
        try {
            resolved = FilterSpecs.compile(filter, mistakes);
        } catch (RuntimeException e) {
            // Our mistake: it costs the filter that it was met on.
            mistakes.add(
                    Reason.FILTER_INVALID,
                    Field.SPEC,
                    "cannot be read (" + e.getClass().getSimpleName() + "): check it");
        }
        if (resolved.isPresent()) {
            return new Compiled(resolved.get(), mistakes);
        }
        Mistakes.Mistake first = mistakes.all().getFirst();
        return new Compiled(
                new Resolution.Unresolved(Reason.FILTER_INVALID, object + " is invalid: " + first), mistakes);
    }

    private String controller(ObjectRef user) {
        return user.kind().equals("Ingress") ? settings.ingressController() : settings.gatewayController();
    }

    private static ObjectRef reference(RouteFilter filter) {
        return new ObjectRef(
                Crds.API_VERSION, KIND, Metadata.namespace(filter), Metadata.name(filter), Metadata.generation(filter));
    }
}
