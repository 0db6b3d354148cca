package dev.moorgate.operator.compile.ingress;

import dev.moorgate.operator.compile.routepolicy.RuleLayers;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener.Protocol;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One path of one Ingress on its way into a virtual host. Paths are ordered longest first, Exact before Prefix; among equal ones that
 * with more conditions of a RouteFilter, then the one of the oldest Ingress. One that is broken stands behind its equals: what it would
 * have narrowed is not known, and it must not take the requests of others.
 *
 * @param source its Ingress
 * @param order place in its Ingress
 * @param isDefault the spec's defaultBackend: after everything else
 * @param isBroken a RouteFilter of it leads nowhere: it answers 500
 * @param toHttps the clear listener redirects it
 * @param layers the policies over it
 */
record IngressPath(
        ObjectRef ingress,
        String field,
        HostPattern host,
        Route route,
        Ingress source,
        int order,
        boolean isDefault,
        boolean isBroken,
        boolean toHttps,
        RuleLayers layers)
        implements Comparable<IngressPath> {
    private static final Comparator<IngressPath> ORDER = Comparator.comparing(IngressPath::isDefault)
            .thenComparing(Comparator.comparingInt(
                            (IngressPath path) -> path.match().path().value().length())
                    .reversed())
            .thenComparing(path -> path.match().path().kind() != PathMatch.Kind.EXACT)
            .thenComparing(IngressPath::isBroken)
            .thenComparing(Comparator.comparingInt(IngressPath::conditions).reversed())
            .thenComparing(IngressPath::source, Metadata.OLDEST_FIRST)
            .thenComparingInt(IngressPath::order);

    /** Its route leads to the secure listener instead. */
    Route redirected(int port) {
        Route plain = route(Protocol.HTTP);
        return new Route(
                plain.name(),
                plain.source(),
                plain.match(),
                List.of(new Filter.Redirect(
                        Optional.of("https"), Optional.empty(), OptionalInt.of(port), Optional.empty(), 308)),
                Forward.NOWHERE,
                plain.policy());
    }

    /** The route as the clear or the secure listener carries it. */
    Route route(Protocol protocol) {
        return layers.layers().isEmpty() ? route : layers.carry(route, protocol == Protocol.HTTPS);
    }

    RouteMatch match() {
        return route.match();
    }

    private int conditions() {
        RouteMatch match = match();
        return (match.methods().isEmpty() ? 0 : 1)
                + match.headers().size()
                + match.query().size()
                + match.cookies().size();
    }

    @Override
    public int compareTo(IngressPath other) {
        return ORDER.compare(this, other);
    }
}
