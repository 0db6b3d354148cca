package dev.moorgate.routetable.wire;

/**
 * A push with the digests of its two halves, which are worth computing once.
 *
 * @param table digest of its table
 * @param endpoints digest of its endpoints
 */
public record Stamped(Push push, String table, String endpoints) {

    public static Stamped of(Push push) {
        return new Stamped(push, Digest.of(push.table()), Digest.of(push.endpoints()));
    }

    /** The same content under another version. */
    public Stamped as(TableVersion version) {
        return new Stamped(new Push(version, push.table(), push.endpoints()), table, endpoints);
    }

    /** Whether both put the same in force, whatever their versions. */
    public boolean saysTheSame(Stamped other) {
        return table.equals(other.table) && endpoints.equals(other.endpoints);
    }
}
