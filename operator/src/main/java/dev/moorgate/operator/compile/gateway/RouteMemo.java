package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.route.Answers;
import dev.moorgate.operator.compile.route.Rules;
import dev.moorgate.operator.compile.routepolicy.Layer;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.ObjectStatus;
import dev.moorgate.operator.conditions.ObjectStatus.RouteKind;
import dev.moorgate.routetable.HostPattern;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What became of the routes of the last compile that nothing was wrong with, by the very object of a route: objects of a snapshot never
 * change. It holds as long as the route's parents look the same and everything that it asked for is answered alike; a compile that uses
 * it equals one that does not. One compile at a time.
 */
final class RouteMemo {
    final Answers.Memo answers = new Answers.Memo();

    private IdentityHashMap<HasMetadata, Attached> last = new IdentityHashMap<>();
    private IdentityHashMap<HasMetadata, Attached> next = new IdentityHashMap<>();
    private Map<Parent, Parent> lastParents = new HashMap<>();
    private Map<Parent, Parent> nextParents = new HashMap<>();

    /** A listener as a route of one namespace sees it; its place in the Gateway's list. */
    record View(int position, String name, int port, HostPattern hostname, boolean isAllowed, List<Layer> layers) {}

    /** A Gateway or ListenerSet by its key, as routes of one kind and namespace see it; without listeners where it is not ours. */
    record Parent(String gateway, RouteKind kind, String user, Optional<List<View>> listeners) {
        boolean isOurs() {
            return listeners.isPresent();
        }
    }

    /** A listener by its Gateway's or ListenerSet's key, and its place there. */
    record Place(String gateway, int listener) {}

    /** A route of the virtual host {@code pattern}. */
    record Bound(HostPattern pattern, Rules.Ranked ranked) {}

    /** What a route brings to a listener that took it, and the hosts that it has there. */
    record Binding(Place place, List<HostPattern> hosts, List<Bound> routes) {}

    /**
     * A route that was compiled and attached.
     *
     * @param answers what it was compiled from beside the route
     * @param parents by parentRef; empty: no Gateway at all
     */
    record Attached(
            Answers answers,
            List<Optional<Parent>> parents,
            ObjectRef object,
            ObjectStatus status,
            List<Binding> bindings) {}

    @Nullable
    Attached find(HasMetadata route) {
        return last.get(route);
    }

    void keep(HasMetadata route, Attached attached) {
        next.put(route, attached);
    }

    /** An equal parent of the last compile, so that ten thousand routes compare it at a glance; else the same. */
    Parent known(Parent parent) {
        Parent known = lastParents.getOrDefault(parent, parent);
        nextParents.put(known, known);
        return known;
    }

    /** A compile is over: what it did not keep is forgotten. */
    void turn() {
        last = next;
        next = new IdentityHashMap<>(last.size());
        answers.turn();
        lastParents = nextParents;
        nextParents = new HashMap<>();
    }
}
