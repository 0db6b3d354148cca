package dev.moorgate.operator.compile;

import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.RouteMatch;
import java.util.List;

/** What a rule takes from a resource of ours that it names: RouteFilter, by HTTPRoute's extensionRef or Ingress's annotation. */
@FunctionalInterface
public interface RouteExtensions {
    /** No kind is known: every reference is unresolved. */
    RouteExtensions NONE = (user, group, kind, name) -> new Resolution.Unresolved(
            Reason.INVALID_KIND, "kind " + kind + " of group \"" + group + "\" is not supported as a filter");

    /**
     * Looks up the object in the user's own namespace, and records that the user uses it.
     *
     * @param user the route or Ingress that names it
     */
    Resolution resolve(ObjectRef user, String group, String kind, String name);

    /** What became of a reference. */
    sealed interface Resolution {
        /**
         * The object is there and valid.
         *
         * @param narrowings what must hold in addition to the rule's own match: any one of them (path and gRPC parts are
         *     ignored); empty: nothing
         * @param filters run at the place of the reference
         */
        record Resolved(List<RouteMatch> narrowings, List<Filter> filters) implements Resolution {
            public Resolved {
                narrowings = List.copyOf(narrowings);
                filters = List.copyOf(filters);
            }
        }

        /** The object is absent or invalid: the rule answers 500 (HTTPRouteFilter: a filter must not be skipped). */
        record Unresolved(Reason reason, String message) implements Resolution {}
    }
}
