package dev.moorgate.dataplane.upstream;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The connections that were written to in this turn of an event loop: each is flushed once, when all that was read in the
 * turn has been handled. Those with more to send than a record of TLS leave as soon as the connection that it came from is read,
 * while it is in the processor's cache: a turn may read megabytes. One event loop only.
 */
public final class FlushQueue implements Runnable {
    private final EventLoop loop;
    private @Nullable Conduit[] written = new Conduit[64];
    private int count;
    private final List<Conduit> large = new ArrayList<>();
    private boolean scheduled;

    public FlushQueue(EventLoop loop) {
        this.loop = loop;
    }

    void add(Conduit conduit) {
        if (count == written.length) {
            written = Arrays.copyOf(written, count * 2);
        }
        written[count++] = conduit;
        if (!scheduled) {
            scheduled = true;
            loop.execute(this);
        }
    }

    /** It has been added; it is flushed with the next {@link #flushLarge}. */
    void addLarge(Conduit conduit) {
        large.add(conduit);
    }

    void flushLarge() {
        // A flush may make room somewhere and so cause further writes.
        for (int i = 0; i < large.size(); i++) {
            large.get(i).flushNow();
        }
        large.clear();
    }

    @Override
    public void run() {
        flushLarge();
        // A flush may make room somewhere and so cause further writes: they are flushed in the same run.
        for (int i = 0; i < count; i++) {
            Conduit conduit = written[i];
            written[i] = null;
            if (conduit != null) {
                conduit.flushNow();
            }
        }
        count = 0;
        scheduled = false;
    }
}
