package dev.moorgate.operator.publish;

import dev.moorgate.routetable.wire.TableVersion;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the pushes of this process: later than whatever was in force when it first asked, each table later than the one
 * before. One thread.
 */
final class PushOrder {
    private final LongSupplier epochMillis;
    private @Nullable TableVersion last;

    PushOrder(LongSupplier epochMillis) {
        this.epochMillis = epochMillis;
    }

    /** Whether a later process than this one pushes to the same data plane. */
    boolean isSuperseded(TableVersion inForce) {
        TableVersion ours = last;
        return ours != null && inForce.incarnation().compareTo(ours.incarnation()) > 0;
    }

    /** {@code inForce} counts for the first one, which chooses the incarnation. */
    TableVersion nextTable(TableVersion inForce) {
        TableVersion ours = last;
        Optional<TableVersion> found = inForce.equals(TableVersion.NONE) ? Optional.empty() : Optional.of(inForce);
        TableVersion next = ours == null ? TableVersion.first(found, epochMillis.getAsLong()) : ours.nextTable();
        last = next;
        return next;
    }

    /** For endpoints of the table that was acknowledged last. */
    TableVersion nextEndpoints(TableVersion acked) {
        TableVersion next = acked.nextEndpoints();
        TableVersion ours = last;
        last = ours == null || next.compareTo(ours) > 0 ? next : ours;
        return next;
    }
}
