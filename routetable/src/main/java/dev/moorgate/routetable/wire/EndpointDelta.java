package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import java.util.ArrayList;
import java.util.List;

/**
 * The difference of two endpoint tables, by upstream.
 *
 * @param base digest of the table that it changes
 * @param changed upstreams with their new endpoints
 * @param removed upstreams that are gone
 */
public record EndpointDelta(String base, List<UpstreamEndpoints> changed, List<String> removed) {
    public EndpointDelta {
        changed = List.copyOf(changed);
        removed = List.copyOf(removed);
    }

    public static EndpointDelta between(EndpointTable old, EndpointTable next) {
        return between(old, Digest.of(old), next);
    }

    static EndpointDelta between(EndpointTable old, String oldDigest, EndpointTable next) {
        var parts = Parts.between(old.upstreams(), next.upstreams(), UpstreamEndpoints::upstream);
        return new EndpointDelta(oldDigest, parts.changed(), parts.removed());
    }

    /** The table that {@link #between} was given as the next one; refused where {@code old} is another than its base. */
    public EndpointTable apply(EndpointTable old) throws WireException {
        return apply(old, Digest.of(old));
    }

    boolean changesNothing() {
        return changed.isEmpty() && removed.isEmpty();
    }

    EndpointTable apply(EndpointTable old, String oldDigest) throws WireException {
        Parts.requireBase(base, oldDigest);
        return replay(old);
    }

    /** Without a look at digests. */
    EndpointTable replay(EndpointTable old) throws WireException {
        if (changesNothing()) {
            return old;
        }
        var upstreams = new Parts<>(changed, removed).apply("removed", old.upstreams(), UpstreamEndpoints::upstream);
        return new EndpointTable(new ArrayList<>(upstreams));
    }
}
