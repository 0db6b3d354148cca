package dev.moorgate.operator.publish;

import dev.moorgate.operator.publish.Rollout.Refusal;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.wire.SourceDigests;
import dev.moorgate.routetable.wire.TableVersion;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What is known of our own data plane, as a {@link Rollout} that changes. Any thread. */
final class DataPlaneView {
    private final SourceDigests digests = new SourceDigests();
    private String digested = "";
    private Map<SourceRef, String> sources = Map.of();
    private boolean connected;
    private Optional<TableVersion> version = Optional.empty();
    private String digest = "";
    private Optional<Refusal> refusal = Optional.empty();
    private volatile Rollout rollout = Rollout.NONE;

    Rollout rollout() {
        return rollout;
    }

    /** It does not answer; what it has in force stays what it was. */
    synchronized boolean lost() {
        connected = false;
        return changed();
    }

    /** It told what is in force, and we have its content. */
    synchronized boolean inForce(TableVersion now, String itsDigest, RouteTable table) {
        if (!digested.equals(itsDigest)) {
            sources = digests.of(table);
            digested = itsDigest;
        }
        refusal = Optional.empty();
        return is(now, itsDigest);
    }

    /** It told what is in force, which is not of our making, or nothing ({@code TableVersion.NONE}). */
    synchronized boolean strange(TableVersion now, String itsDigest) {
        if (!version.equals(Optional.of(now)) || !digest.equals(itsDigest)) {
            digested = "";
            sources = Map.of();
        }
        return is(now, itsDigest);
    }

    /** It answers; nothing else is new. */
    synchronized boolean heard() {
        connected = true;
        return changed();
    }

    synchronized boolean refused(Refusal reason) {
        connected = true;
        refusal = Optional.of(reason);
        return changed();
    }

    private boolean is(TableVersion now, String itsDigest) {
        connected = true;
        version = now.equals(TableVersion.NONE) ? Optional.empty() : Optional.of(now);
        digest = itsDigest;
        return changed();
    }

    private boolean changed() {
        var next = new Rollout(connected, version, digest, refusal, sources, List.of());
        boolean different = !next.equals(rollout);
        rollout = next;
        return different;
    }
}
