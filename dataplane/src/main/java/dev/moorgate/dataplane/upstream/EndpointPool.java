package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.failure.ProxyFailure;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The idle connections of one event loop to one endpoint, the last used first: a list through the connections themselves.
 * That event loop only.
 */
final class EndpointPool {
    /**
     * How long one above the number that is kept may wait for use. Less would close and open connections all the time where requests
     * come in batches larger than that number, as streams of HTTP/2 do.
     */
    private static final long SURPLUS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final UpstreamPool upstream;
    private UpstreamTarget target;
    private @Nullable UpstreamConnection newest;
    private @Nullable UpstreamConnection oldest;
    private int count;
    private boolean retired;

    private final Deadline idleDeadline = new Deadline(this::closeIdle);

    EndpointPool(UpstreamPool upstream, UpstreamTarget target) {
        this.upstream = upstream;
        this.target = target;
    }

    UpstreamPool upstream() {
        return upstream;
    }

    UpstreamTarget target() {
        return target;
    }

    /** The table's newest word on limits. */
    void refresh(UpstreamTarget known) {
        target = known;
    }

    @Nullable
    UpstreamConnection take() {
        while (true) {
            UpstreamConnection connection = newest;
            if (connection == null) {
                return null;
            }
            remove(connection);
            if (connection.lease()) {
                return connection;
            }
        }
    }

    /** A connection is free: a request that waits gets it, else it is kept. */
    void add(UpstreamConnection connection) {
        if (retired || target.upstream().limits().keepAliveIdle().isZero()) {
            connection.discard();
            return;
        }
        connection.idle(upstream.now());
        UpstreamConnection before = newest;
        connection.older = before;
        connection.newer = null;
        newest = connection;
        if (before == null) {
            oldest = connection;
            upstream.arm(idleDeadline, connection.idleSince, upstream.idleNanos());
        } else {
            before.newer = connection;
        }
        count++;
        int most = upstream.mostIdle();
        if (most == 0) {
            closeOldest();
        } else if (count == most + 1) {
            armForOldest();
        }
        upstream.freed();
    }

    void remove(UpstreamConnection connection) {
        UpstreamConnection before = connection.older;
        UpstreamConnection after = connection.newer;
        if (after == null) {
            newest = before;
        } else {
            after.older = before;
        }
        if (before == null) {
            oldest = after;
        } else {
            before.newer = after;
        }
        connection.older = null;
        connection.newer = null;
        count--;
    }

    boolean closeOldest() {
        UpstreamConnection connection = oldest;
        if (connection == null) {
            return false;
        }
        connection.evict();
        return true;
    }

    private void closeIdle() {
        long now = upstream.now();
        for (UpstreamConnection last = oldest; last != null && now - last.idleSince >= allowed(); last = oldest) {
            last.evict();
        }
        armForOldest();
    }

    private void armForOldest() {
        UpstreamConnection last = oldest;
        if (last != null) {
            upstream.arm(idleDeadline, last.idleSince, allowed());
        }
    }

    /** How long the oldest may wait for use. */
    private long allowed() {
        long idle = upstream.idleNanos();
        return count > upstream.mostIdle() ? Math.min(SURPLUS_NANOS, idle) : idle;
    }

    /** The endpoint is gone: idle connections are closed, those on lease when they come back. */
    void retire() {
        retired = true;
        for (UpstreamConnection last = oldest; last != null; last = oldest) {
            last.evict();
        }
    }

    void opened() {
        upstream.opened();
    }

    void closed() {
        upstream.closed();
    }

    void failed(ProxyFailure failure) {
        upstream.failed(failure);
    }
}
