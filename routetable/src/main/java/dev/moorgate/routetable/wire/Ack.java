package dev.moorgate.routetable.wire;

/**
 * What became of a push.
 *
 * @param version of the push that is answered
 * @param digest of the table that is in force after it; empty where there is none
 */
public record Ack(TableVersion version, String digest, Outcome outcome) {
    /** In force, or refused as a whole with nothing changed. */
    public sealed interface Outcome {
        /** It is in force, and its last good copy was written unless the disk refused it. */
        record Applied() implements Outcome {}

        /**
         * Nothing changed.
         *
         * @param path in the document; empty for the whole
         * @param reason one sentence for people
         */
        record Refused(String path, String reason) implements Outcome {}
    }

    public static Ack applied(TableVersion version, String digest) {
        return new Ack(version, digest, new Outcome.Applied());
    }

    public static Ack refused(TableVersion version, String digest, String path, String reason) {
        return new Ack(version, digest, new Outcome.Refused(path, reason));
    }

    public boolean isApplied() {
        return outcome instanceof Outcome.Applied;
    }
}
