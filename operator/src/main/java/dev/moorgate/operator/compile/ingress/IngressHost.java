package dev.moorgate.operator.compile.ingress;

import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener.Protocol;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.VirtualHost;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** The paths of one host, and the virtual hosts that were made of them: the same ones as long as the paths are the same. */
final class IngressHost {
    private final HostPattern host;
    private final List<IngressPath> from;
    private final List<IngressPath> inOrder;
    private final Map<View, VirtualHost> made = new HashMap<>();

    /** @param redirectsTo port of the secure listener, where the clear one leads the paths there that want it */
    private record View(Protocol protocol, OptionalInt redirectsTo) {}

    /**
     * @param from in the order of their coming
     * @param inOrder those of them that are served, in order of precedence
     */
    IngressHost(HostPattern host, List<IngressPath> from, List<IngressPath> inOrder) {
        this.host = host;
        this.from = List.copyOf(from);
        this.inOrder = List.copyOf(inOrder);
    }

    HostPattern host() {
        return host;
    }

    List<IngressPath> paths() {
        return inOrder;
    }

    /** Whether none of the paths took the requests of another. */
    boolean isWithoutConflict() {
        return from.size() == inOrder.size();
    }

    /** Paths that were not compiled again are the same objects. */
    @SuppressWarnings("ReferenceEquality")
    boolean isFrom(List<IngressPath> paths) {
        boolean same = from.size() == paths.size();
        for (int i = 0; same && i < from.size(); i++) {
            same = from.get(i) == paths.get(i);
        }
        return same;
    }

    boolean wantsHttps() {
        return inOrder.stream().anyMatch(IngressPath::toHttps);
    }

    VirtualHost on(Protocol protocol, OptionalInt redirectsTo) {
        return made.computeIfAbsent(
                new View(protocol, redirectsTo),
                view -> new VirtualHost(
                        host,
                        "",
                        inOrder.stream().map(path -> route(path, view)).toList(),
                        VirtualHost.Unmatched.NEXT_HOST));
    }

    private static Route route(IngressPath path, View view) {
        return view.redirectsTo().isPresent() && path.toHttps()
                ? path.redirected(view.redirectsTo().getAsInt())
                : path.route(view.protocol());
    }
}
