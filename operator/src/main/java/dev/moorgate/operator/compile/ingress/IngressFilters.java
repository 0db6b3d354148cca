package dev.moorgate.operator.compile.ingress;

import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.RouteExtensions.Resolution;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.util.ArrayList;
import java.util.List;

/**
 * The RouteFilters that an Ingress names in its annotation, for all of its paths.
 *
 * @param narrowings any of which must hold beside a path; empty: nothing more
 * @param isBroken one of them is missing or broken: its paths answer 500
 */
record IngressFilters(List<RouteMatch> narrowings, List<Filter> filters, boolean isBroken) {
    static final String ANNOTATION = "moorgate.dev/route-filter";

    static IngressFilters of(Parts parts, Ingress ingress, ObjectRef object) {
        String names = Metadata.annotations(ingress).getOrDefault(ANNOTATION, "");
        List<RouteMatch> narrowings = List.of();
        var filters = new ArrayList<Filter>();
        boolean broken = false;
        for (String name : names.split(",", -1)) {
            if (name.isBlank()) {
                continue;
            }
            switch (parts.extensions().resolve(object, "moorgate.dev", "RouteFilter", name.strip())) {
                case Resolution.Resolved resolved -> {
                    narrowings = both(narrowings, resolved.narrowings());
                    filters.addAll(resolved.filters());
                }
                case Resolution.Unresolved unresolved -> {
                    broken = true;
                    Reason reason = unresolved.reason();
                    parts.report()
                            .error(
                                    object,
                                    reason,
                                    "metadata.annotations[" + ANNOTATION + "]",
                                    unresolved.message() + ": the paths of this Ingress answer 500");
                }
            }
        }
        return new IngressFilters(narrowings, broken ? List.of() : List.copyOf(filters), broken);
    }

    /** The path's match with each of the narrowings. */
    List<RouteMatch> narrow(RouteMatch match) {
        return both(List.of(match), narrowings);
    }

    private static List<RouteMatch> both(List<RouteMatch> left, List<RouteMatch> right) {
        if (left.isEmpty() || right.isEmpty()) {
            return left.isEmpty() ? right : left;
        }
        var all = new ArrayList<RouteMatch>();
        for (RouteMatch first : left) {
            for (RouteMatch second : right) {
                all.add(new RouteMatch(
                        first.path(),
                        second.methods().isEmpty() ? first.methods() : second.methods(),
                        join(first.headers(), second.headers()),
                        join(first.query(), second.query()),
                        join(first.cookies(), second.cookies()),
                        first.grpc()));
            }
        }
        return List.copyOf(all);
    }

    private static List<FieldMatch> join(List<FieldMatch> left, List<FieldMatch> right) {
        var all = new ArrayList<>(left);
        all.addAll(right);
        return all;
    }
}
