package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.SourceRef;
import java.util.List;
import java.util.Optional;

/**
 * What one replica runs, as it tells the others: digests and words, never a key.
 *
 * @param replica name of the pod
 * @param version of what is in force; NONE: nothing
 * @param digest of the table in force; empty: none
 * @param refusal what its data plane said to the newest table, where it refused that
 * @param sources sorted by object; where {@code since} is present, only those that differ from what was told then
 * @param since what was told before; absent: {@code sources} is everything
 */
public record ReplicaState(
        String replica,
        TableVersion version,
        String digest,
        Optional<Ack> refusal,
        List<SourceDigest> sources,
        Optional<Since> since) {
    public ReplicaState {
        sources = List.copyOf(sources);
    }

    /**
     * An earlier state.
     *
     * @param etag of the answer that told it
     * @param removed objects that it had and this one has not, sorted
     */
    public record Since(String etag, List<SourceRef> removed) {
        public Since {
            removed = List.copyOf(removed);
        }
    }

    /** The digest of everything that was compiled from an object. */
    public record SourceDigest(SourceRef object, String digest) {}
}
