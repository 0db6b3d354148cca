package dev.moorgate.routetable.wire;

import java.util.Optional;

/**
 * The place of a push in the one order of pushes: a later one is greater, and an older one never overwrites a newer.
 * Numbers are local to a replica; replicas are compared by digest.
 *
 * @param incarnation of the operator's process, 16 hexadecimal digits that sort by its start
 * @param table counts the compiled tables of the incarnation
 * @param sequence counts the endpoint changes since that table; 0 for the table itself
 */
public record TableVersion(String incarnation, long table, long sequence) implements Comparable<TableVersion> {
    /** Before every other: of a push whose own version could not be read. */
    public static final TableVersion NONE = new TableVersion("0000000000000000", 0, 0);

    private static final int DIGITS = 16;

    public TableVersion {
        if (!incarnation.matches("[0-9a-f]{16}")) {
            throw new IllegalArgumentException("incarnation must be 16 hexadecimal digits");
        }
        if (table < 0 || sequence < 0) {
            throw new IllegalArgumentException("table and sequence must not be negative");
        }
    }

    /**
     * The first version of a process that starts now: later than {@code installed} even where the clock was set back, so
     * that a restarted operator is never refused by its own data plane.
     */
    public static TableVersion first(Optional<TableVersion> installed, long epochMillis) {
        long least = installed
                .map(version -> Long.parseUnsignedLong(version.incarnation, DIGITS) + 1)
                .orElse(0L);
        return new TableVersion("%016x".formatted(Math.max(least, epochMillis)), 1, 0);
    }

    /** Whether both count from the same table. */
    public boolean isOfTable(TableVersion other) {
        return incarnation.equals(other.incarnation) && table == other.table;
    }

    public TableVersion nextTable() {
        return new TableVersion(incarnation, table + 1, 0);
    }

    public TableVersion nextEndpoints() {
        return new TableVersion(incarnation, table, sequence + 1);
    }

    @Override
    public int compareTo(TableVersion other) {
        int order = incarnation.compareTo(other.incarnation);
        order = order != 0 ? order : Long.compare(table, other.table);
        return order != 0 ? order : Long.compare(sequence, other.sequence);
    }

    /** {@code 0000019a3f0c1d2e.12.3}. */
    @Override
    public String toString() {
        return incarnation + "." + table + "." + sequence;
    }
}
