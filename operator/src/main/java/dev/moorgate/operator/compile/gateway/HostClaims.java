package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.ObjectStatus.RouteKind;
import dev.moorgate.routetable.HostPattern;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The hosts of one listener, and routes of which kind have them: those of another kind cannot have them too (Gateway API,
 * GRPCRoute.hostnames). Finds an overlap in as many steps as a host has labels. Confined to one compile.
 */
final class HostClaims {
    private final Map<RouteKind, Claims> byKind = new HashMap<>();

    private static final class Claims {
        private final HostOwners<ObjectRef> covering = new HostOwners<>();
        /** By host, by suffix with its leading dot, or empty: any route with a host below it. */
        private final Map<String, ObjectRef> below = new HashMap<>();
    }

    /** A route of another kind that has one of the hosts, or hosts below it. */
    Optional<ObjectRef> holder(RouteKind kind, Collection<HostPattern> hosts) {
        for (Map.Entry<RouteKind, Claims> other : byKind.entrySet()) {
            if (!other.getKey().equals(kind)) {
                for (HostPattern host : hosts) {
                    Optional<ObjectRef> holder = other.getValue()
                            .covering
                            .find(host)
                            .or(() -> Optional.ofNullable(other.getValue().below.get(host.value())));
                    if (holder.isPresent()) {
                        return holder;
                    }
                }
            }
        }
        return Optional.empty();
    }

    void claim(RouteKind kind, ObjectRef route, Collection<HostPattern> hosts) {
        Claims claims = byKind.computeIfAbsent(kind, absent -> new Claims());
        for (HostPattern host : hosts) {
            claims.covering.putIfAbsent(host, route);
            Hostnames.above(host).forEach(suffix -> claims.below.putIfAbsent(suffix, route));
        }
    }
}
