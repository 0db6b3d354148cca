package dev.moorgate.operator.compile.ingress;

import dev.moorgate.operator.compile.RouteExtensions.Resolution;
import dev.moorgate.operator.compile.route.Surroundings;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The RouteFilters that an Ingress names in its annotation, for all of its paths.
 *
 * @param narrowings any of which must hold beside a path; empty: no request can match
 * @param isBroken one of them is missing or broken: its paths answer 500
 */
record IngressFilters(List<RouteMatch> narrowings, List<Filter> filters, boolean isBroken) {
    static final String ANNOTATION = "moorgate.dev/route-filter";

    private static final int MOST_NARROWINGS = 256;

    static IngressFilters of(Surroundings surroundings, Ingress ingress, ObjectRef object) {
        String names = Metadata.annotations(ingress).getOrDefault(ANNOTATION, "");
        List<RouteMatch> narrowings = List.of(RouteMatch.path(RouteMatch.PathMatch.ALL));
        var filters = new ArrayList<Filter>();
        boolean broken = false;
        for (String name : names.split(",", -1)) {
            if (name.isBlank()) {
                continue;
            }
            switch (surroundings.extension("moorgate.dev", "RouteFilter", name.strip())) {
                case Resolution.Resolved resolved -> {
                    filters.addAll(resolved.filters());
                    if (!resolved.narrowings().isEmpty()) {
                        narrowings = both(narrowings, resolved.narrowings());
                    }
                }
                case Resolution.Unresolved unresolved -> {
                    broken = true;
                    Reason reason = unresolved.reason();
                    surroundings
                            .report()
                            .error(
                                    object,
                                    reason,
                                    "metadata.annotations[" + ANNOTATION + "]",
                                    unresolved.message() + ": the paths of this Ingress answer 500");
                }
            }
        }
        if (narrowings.size() > MOST_NARROWINGS) {
            broken = true;
            surroundings
                    .report()
                    .error(
                            object,
                            Reason.UNSUPPORTED_VALUE,
                            "metadata.annotations[" + ANNOTATION + "]",
                            "the matches of these filters make " + narrowings.size() + " together, at most "
                                    + MOST_NARROWINGS + " are served: the paths of this Ingress answer 500");
        }
        if (broken) {
            narrowings = List.of(RouteMatch.path(RouteMatch.PathMatch.ALL));
        }
        return new IngressFilters(narrowings, broken ? List.of() : List.copyOf(filters), broken);
    }

    /** The path's match with each of the narrowings. */
    List<RouteMatch> narrow(RouteMatch match) {
        return both(List.of(match), narrowings);
    }

    private static List<RouteMatch> both(List<RouteMatch> left, List<RouteMatch> right) {
        var all = new ArrayList<RouteMatch>();
        for (RouteMatch first : left) {
            for (RouteMatch second : right) {
                both(
                        first.methods(),
                        second.methods(),
                        methods -> all.add(new RouteMatch(
                                first.path(),
                                methods,
                                join(first.headers(), second.headers()),
                                join(first.query(), second.query()),
                                join(first.cookies(), second.cookies()),
                                first.grpc())));
            }
        }
        return all.stream().distinct().toList();
    }

    /** The methods that both allow; nothing can match where there are none. */
    private static void both(List<String> first, List<String> second, Consumer<List<String>> then) {
        if (first.isEmpty() || second.isEmpty()) {
            then.accept(first.isEmpty() ? second : first);
            return;
        }
        List<String> shared = first.stream().filter(second::contains).toList();
        if (!shared.isEmpty()) {
            then.accept(shared);
        }
    }

    private static List<FieldMatch> join(List<FieldMatch> left, List<FieldMatch> right) {
        var all = new ArrayList<>(left);
        all.addAll(right);
        return all;
    }
}
