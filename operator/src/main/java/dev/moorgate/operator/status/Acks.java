package dev.moorgate.operator.status;

import dev.moorgate.routetable.SourceRef;
import java.util.Optional;

/** What the replicas run of one compile; immutable or safe for any thread. */
public interface Acks {
    /** Replicas that are ready. */
    int replicas();

    /** Ready replicas that run the whole table of this compile. */
    int acked();

    /** Ready replicas that run the object as it is in this compile. */
    int acked(SourceRef object);

    /** Whether the leader's own data plane runs the object as it is in this compile. */
    boolean isInstalled(SourceRef object);

    /** Of what was compiled from the object, in short form for people. */
    String digest(SourceRef object);

    /** Of the whole table, in short form for people. */
    String digest();

    /** Why the table of this compile was refused by a data plane; empty: it was not. */
    Optional<String> refusal();
}
