package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.EndpointTable;
import java.util.Optional;

/**
 * What changed since the push that is in force: one push is one state, so no request sees half of it.
 *
 * @param table absent: its routes stay, and so does the table number of {@code version}
 */
public record DeltaPush(TableVersion version, Optional<TableDelta> table, EndpointDelta endpoints) {

    /** {@code next} carries its version. */
    public static DeltaPush between(Stamped old, Stamped next) {
        Optional<TableDelta> table = old.table().equals(next.table())
                ? Optional.empty()
                : Optional.of(TableDelta.between(
                        old.push().table(), old.table(), next.push().table(), next.table()));
        return new DeltaPush(
                next.push().version(),
                table,
                EndpointDelta.between(
                        old.push().endpoints(), old.endpoints(), next.push().endpoints()));
    }

    /** The push that {@link #between} was given as the next one; refused where {@code old} is another than its base. */
    public Stamped apply(Stamped old, Stamped.Memos memos) throws WireException {
        var nextTable = old.push().table();
        String tableDigest = old.table();
        if (table.isPresent()) {
            TableDelta delta = table.get();
            nextTable = part("table", () -> delta.apply(old.push().table(), old.table(), memos.tables()));
            tableDigest = delta.result();
        }
        EndpointTable nextEndpoints =
                part("endpoints", () -> endpoints.apply(old.push().endpoints(), old.endpoints()));
        String endpointsDigest =
                endpoints.changesNothing() ? old.endpoints() : memos.endpoints().of(nextEndpoints);
        return new Stamped(new Push(version, nextTable, nextEndpoints), tableDigest, endpointsDigest);
    }

    /**
     * The push that comes out where this one was applied to {@code old} before, and was kept with a checksum of its own: no digest of a
     * table is computed.
     */
    public Push replay(Push old) throws WireException {
        var nextTable = old.table();
        if (table.isPresent()) {
            TableDelta delta = table.get();
            nextTable = part("table", () -> delta.replay(old.table()));
        }
        return new Push(version, nextTable, part("endpoints", () -> endpoints.replay(old.endpoints())));
    }

    private interface Step<T> {
        T take() throws WireException;
    }

    /** What is refused is told by its path from the top. */
    private static <T> T part(String field, Step<T> step) throws WireException {
        try {
            return step.take();
        } catch (WireException e) {
            throw e.in(field);
        }
    }
}
