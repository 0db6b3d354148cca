package dev.moorgate.operator.watch;

import dev.moorgate.operator.publish.PublishTransport;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.Stamped;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.WireException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A data plane that keeps what it is told in memory, and acknowledges it. */
final class MemoryDataPlane implements PublishTransport {
    private final List<Push> installed = new ArrayList<>();
    private @Nullable Stamped current;

    @Override
    public synchronized Answer send(Document kind, byte[] document) throws IOException {
        try {
            Stamped old = current;
            Stamped next = kind == Document.TABLE || old == null
                    ? Stamped.of(TableReader.push(document))
                    : TableReader.deltaPush(document).apply(old, new Stamped.Memos());
            current = next;
            installed.add(next.push());
            notifyAll();
            return new Answer(200, ack());
        } catch (WireException e) {
            throw new IOException(e);
        }
    }

    @Override
    public synchronized Answer installed(TableVersion known, Duration hold) throws InterruptedException {
        long end = System.nanoTime() + hold.toNanos();
        while (ack().version().equals(known) && System.nanoTime() < end) {
            wait(Math.max(1, (end - System.nanoTime()) / 1_000_000));
        }
        return new Answer(200, ack());
    }

    private Ack ack() {
        Stamped now = current;
        return now == null
                ? Ack.applied(TableVersion.NONE, "")
                : Ack.applied(now.push().version(), now.table());
    }

    @Override
    public SessionCensus census() {
        return SessionCensus.NONE;
    }

    synchronized List<Push> installed() {
        return List.copyOf(installed);
    }

    @Override
    public void close() {}
}
