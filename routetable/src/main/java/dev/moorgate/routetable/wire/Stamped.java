package dev.moorgate.routetable.wire;

/**
 * A push with the digests of its two halves, which are worth computing once.
 *
 * @param table digest of its table
 * @param endpoints digest of its endpoints
 */
public record Stamped(Push push, String table, String endpoints) {

    public static Stamped of(Push push) {
        return of(push, new Memos());
    }

    public static Stamped of(Push push, Memos memos) {
        return new Stamped(
                push, memos.tables().of(push.table()), memos.endpoints().of(push.endpoints()));
    }

    /** What is remembered from push to push; one thread. */
    public record Memos(Digest.Memo tables, Digest.Memo endpoints) {
        public Memos() {
            this(new Digest.Memo(), new Digest.Memo());
        }
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
