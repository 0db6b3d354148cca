package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.failure.ProxyFailure;
import org.jspecify.annotations.Nullable;

/** A wish for a stream to an endpoint, while it waits; made once for its owner and used again. Its event loop only. */
public abstract class Lease {
    @Nullable
    UpstreamConnection connecting;

    @Nullable
    EndpointPool queuedFor;

    @Nullable
    StreamPool waitsFor;

    long connectNanos;
    boolean tunnels;

    /** The stream is the owner's until it releases or discards it; the owner sets its reader. */
    protected abstract void leased(UpstreamStream stream);

    /** There will be none; nothing has been sent. */
    protected abstract void refused(ProxyFailure failure, String detail);

    /** Whether what is asked for will be a tunnel: then it has to be known whether the endpoint takes one. */
    public final void tunnels(boolean wanted) {
        tunnels = wanted;
    }

    public final boolean isWaiting() {
        return connecting != null || queuedFor != null || waitsFor != null;
    }

    /** Whether it waits for others to give up theirs: none is being opened, and so no time-out of connecting runs. */
    public final boolean isQueued() {
        return queuedFor != null;
    }

    /** The owner wants no connection any more; one that is under way is kept for somebody else. */
    public final void cancel() {
        UpstreamConnection connection = connecting;
        EndpointPool pool = queuedFor;
        if (connection != null) {
            connection.forget(this);
        } else if (pool != null) {
            pool.upstream().dequeue(this);
        } else if (waitsFor != null) {
            waitsFor.dequeue(this);
        }
    }
}
