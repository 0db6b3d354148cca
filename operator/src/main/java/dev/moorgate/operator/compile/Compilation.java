package dev.moorgate.operator.compile;

import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import java.time.Duration;
import java.util.List;

/**
 * What a compile makes: the table, the endpoints of its upstreams, and what became of every object. Equal inputs make equal ones.
 *
 * @param routes how many the table has, see {@link RouteTable#routeCount}
 * @param keyWishes of policies that want their session keys changed at a pace of their own, sorted by owner
 */
public record Compilation(
        RouteTable table, EndpointTable endpoints, StatusReport report, int routes, List<KeyWish> keyWishes) {
    public Compilation {
        keyWishes = List.copyOf(keyWishes);
    }

    public Compilation(RouteTable table, EndpointTable endpoints, StatusReport report, List<KeyWish> keyWishes) {
        this(table, endpoints, report, table.routeCount(), keyWishes);
    }

    /** The same with other endpoints. */
    public Compilation with(EndpointTable now) {
        return new Compilation(table, now, report, routes, keyWishes);
    }

    /**
     * How session keys are to change.
     *
     * @param owner of the sessions: a policy's UID, or the id of a group of policies
     * @param interval how long a key signs
     * @param overlap how long one that signs no more verifies
     */
    public record KeyWish(String owner, Duration interval, Duration overlap) {}
}
