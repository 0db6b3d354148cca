package dev.moorgate.dataplane.upstream;

import io.netty.channel.EventLoop;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The connections that were written to in this turn of an event loop: each is flushed once, when all that was read in the
 * turn has been handled. One event loop only.
 */
public final class FlushQueue implements Runnable {
    private final EventLoop loop;
    private @Nullable Conduit[] written = new Conduit[64];
    private int count;
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

    @Override
    public void run() {
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
