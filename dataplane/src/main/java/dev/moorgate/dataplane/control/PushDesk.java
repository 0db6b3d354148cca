package dev.moorgate.dataplane.control;

import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Ack.Outcome;
import dev.moorgate.routetable.wire.DeltaPush;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.Stamped;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.WireException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes pushes one at a time, in the order of versions: whole, or refused with nothing changed. The last good copy is on disk
 * before a push is answered, unless the disk refuses it. Pushes may block; what is in force is any thread's to ask.
 */
final class PushDesk {
    private static final Logger LOG = LoggerFactory.getLogger(PushDesk.class);

    /** An ack and the status that carries it. */
    record Reply(int status, Ack ack) {}

    /** One kind of document. */
    interface Handling {
        Reply of(byte[] document);
    }

    private final TableSink sink;
    private final Optional<LastGood> lastGood;
    private final ControlMetrics metrics;
    private final Stamped.Memos memos = new Stamped.Memos();
    private volatile @Nullable Stamped current;

    PushDesk(TableSink sink, Optional<LastGood> lastGood, Optional<Push> installed, ControlMetrics metrics) {
        this.sink = sink;
        this.lastGood = lastGood;
        this.metrics = metrics;
        this.current = installed.map(push -> Stamped.of(push, memos)).orElse(null);
    }

    /** The version in force; NONE where there is none. */
    TableVersion version() {
        Stamped now = current;
        return now == null ? TableVersion.NONE : now.push().version();
    }

    /** What is in force. */
    Reply state() {
        Stamped now = current;
        return now == null
                ? refused(TableVersion.NONE, "", "no table is installed")
                : new Reply(200, Ack.applied(now.push().version(), now.table()));
    }

    /** A whole table. */
    synchronized Reply table(byte[] document) {
        Push push;
        try {
            push = TableReader.push(document);
        } catch (WireException e) {
            return refused(TableVersion.NONE, e.path(), e.reason());
        }
        Stamped now = current;
        if (now != null && push.equals(now.push())) {
            return state();
        }
        return late(push.version())
                .orElseGet(() -> apply(Stamped.of(push, memos), () -> sink.install(push), store -> store.save(push)));
    }

    /** What changed since the push in force. */
    synchronized Reply delta(byte[] document) {
        DeltaPush delta;
        try {
            delta = TableReader.deltaPush(document);
        } catch (WireException e) {
            return refused(TableVersion.NONE, e.path(), e.reason());
        }
        TableVersion version = delta.version();
        Stamped now = current;
        if (now == null) {
            return refused(version, "version", "no table is installed");
        }
        Optional<Reply> late = late(version);
        if (late.isPresent()) {
            return late.get();
        }
        if (delta.table().isEmpty() && !version.isOfTable(now.push().version())) {
            return refused(
                    version,
                    "version",
                    "belongs to another table than " + now.push().version());
        }
        Stamped next;
        try {
            next = delta.apply(now, memos);
        } catch (WireException e) {
            return refused(version, e.path(), e.reason());
        }
        return apply(
                next,
                () -> delta.table().isPresent()
                        ? sink.install(next.push())
                        : sink.endpoints(next.push().endpoints(), version),
                store -> store.add(document, next.push()));
    }

    /** Puts what is in force on disk. */
    private interface Saving {
        void to(LastGood store) throws IOException;
    }

    private Reply apply(Stamped next, Supplier<Outcome> installation, Saving saving) {
        TableVersion version = next.push().version();
        Outcome outcome;
        try {
            outcome = installation.get();
        } catch (RuntimeException e) {
            LOG.error("Version {} could not be installed", version, e);
            return refused(version, "", "internal error: " + e.getClass().getSimpleName());
        }
        return switch (outcome) {
            case Outcome.Refused refused -> refused(version, refused.path(), refused.reason());
            case Outcome.Applied applied -> {
                current = next;
                lastGood.ifPresent(store -> save(store, version, saving));
                metrics.applied();
                yield state();
            }
        };
    }

    private void save(LastGood store, TableVersion version, Saving saving) {
        try {
            saving.to(store);
            metrics.saved();
        } catch (IOException e) {
            metrics.notSaved();
            LOG.warn("The last good copy of version {} could not be written: {}", version, e.toString());
        }
    }

    /** A push that is not later than what is in force changes nothing. */
    private Optional<Reply> late(TableVersion version) {
        TableVersion now = version();
        if (version.compareTo(now) > 0) {
            return Optional.empty();
        }
        Reply refused = refused(version, "version", "is not later than the installed " + now);
        return Optional.of(new Reply(409, refused.ack()));
    }

    /** 422 with the digest of what stays in force. */
    Reply refused(TableVersion version, String path, String reason) {
        metrics.refused();
        Stamped now = current;
        return new Reply(422, Ack.refused(version, now == null ? "" : now.table(), path, reason));
    }
}
