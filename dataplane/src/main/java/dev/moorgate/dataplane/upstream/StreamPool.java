package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.failure.ProxyFailure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP/2 connections of one event loop to one endpoint, and who waits for a stream on one. A connection is filled before
 * another is opened, which happens shortly before it is full. That event loop only.
 */
final class StreamPool {
    private final UpstreamPool upstream;
    private final List<StreamConnection> connections = new ArrayList<>();
    private final ArrayDeque<Lease> queue = new ArrayDeque<>();
    private UpstreamTarget target;
    private boolean retired;
    private boolean serving;

    /** Another loop may have given up the place of a connection: nobody tells, so who waits looks again each tick. */
    private final Deadline look = new Deadline(this::look);

    StreamPool(UpstreamPool upstream, UpstreamTarget target) {
        this.upstream = upstream;
        this.target = target;
    }

    UpstreamPool upstream() {
        return upstream;
    }

    UpstreamTarget target() {
        return target;
    }

    void refresh(UpstreamTarget known) {
        target = known;
    }

    /** A stream at once, else null, and {@code lease} hears of it, perhaps before this returns. */
    @Nullable
    UpstreamStream acquire(Lease lease, long connectNanos) {
        lease.connectNanos = connectNanos;
        StreamConnection connection = queue.isEmpty() ? free(lease) : null;
        if (connection != null) {
            if (connection.isNearlyFull() && !isConnecting() && upstream.tryConnection()) {
                connect(connectNanos);
            }
            return connection.newStream(lease.tunnels);
        }
        if (!upstream.tryPending(target)) {
            lease.refused(ProxyFailure.POOL_FULL, "too many requests wait for a connection");
            return null;
        }
        lease.waitsFor = this;
        queue.add(lease);
        grow();
        return null;
    }

    /** A tunnel is asked for where the endpoint's settings are known. */
    private @Nullable StreamConnection free(@Nullable Lease lease) {
        for (int i = 0; lease != null && i < connections.size(); i++) {
            StreamConnection connection = connections.get(i);
            if (connection.freeStreams() > 0 && (!lease.tunnels || connection.isSettled())) {
                return connection;
            }
        }
        return null;
    }

    private boolean isConnecting() {
        for (int i = 0; i < connections.size(); i++) {
            if (connections.get(i).isConnecting()) {
                return true;
            }
        }
        return false;
    }

    private boolean isUnsettled() {
        for (int i = 0; i < connections.size(); i++) {
            if (!connections.get(i).isSettled()) {
                return true;
            }
        }
        return false;
    }

    /** Opens a connection for those who wait, where none is under way. */
    private void grow() {
        Lease first = queue.peek();
        if (first == null || isConnecting() || (first.tunnels && isUnsettled())) {
            return;
        }
        if (upstream.tryConnection()) {
            connect(first.connectNanos);
        } else {
            upstream.pools().timers().arm(look, upstream.now(), 1);
        }
    }

    private void look() {
        serve();
        grow();
    }

    private void connect(long connectNanos) {
        var connection = new StreamConnection(
                this, upstream.pools().flushes(), upstream.pools().timers());
        connections.add(connection);
        upstream.dial(connection, target, detail -> connection.fail(ProxyFailure.CONNECT_REFUSED, detail));
        connection.begin(upstream.pools().timers(), connectNanos);
    }

    void dequeue(Lease lease) {
        queue.remove(lease);
        leave(lease);
    }

    private void leave(Lease lease) {
        lease.waitsFor = null;
        upstream.pendingEnded();
    }

    // ------------------------------------------------------------------ told by connections

    /** Streams may be free: who waits gets them. */
    void serve() {
        if (serving) {
            return;
        }
        serving = true;
        try {
            StreamConnection connection = free(queue.peek());
            while (connection != null) {
                Lease lease = queue.remove();
                leave(lease);
                lease.leased(connection.newStream(lease.tunnels));
                connection = free(queue.peek());
            }
        } finally {
            serving = false;
        }
        grow();
    }

    /** A connection did not come about: whoever waits has to look elsewhere, unless there are others. */
    void failed(StreamConnection connection, ProxyFailure failure, String detail) {
        connections.remove(connection);
        upstream.failed(failure);
        if (!connections.isEmpty()) {
            upstream.pools().timers().arm(look, upstream.now(), 1);
            return;
        }
        refuse(failure, detail);
    }

    /** The endpoint is gone: who waits for it is told. */
    void refuse() {
        refuse(ProxyFailure.CONNECT_REFUSED, UpstreamPool.GONE);
    }

    private void refuse(ProxyFailure failure, String detail) {
        for (int waiting = queue.size(); waiting > 0 && !queue.isEmpty(); waiting--) {
            Lease lease = queue.remove();
            leave(lease);
            lease.refused(failure, detail);
        }
    }

    void closed(StreamConnection connection) {
        connections.remove(connection);
        upstream.closed();
        grow();
    }

    boolean isRetired() {
        return retired;
    }

    // ------------------------------------------------------------------ closing

    /** Makes place for a connection to somebody else. */
    boolean closeIdle() {
        for (int i = 0; i < connections.size(); i++) {
            if (connections.get(i).isIdle()) {
                connections.get(i).retire();
                return true;
            }
        }
        return false;
    }

    /** The endpoint is gone: connections are closed when their last stream is over. */
    void retire() {
        retired = true;
        List.copyOf(connections).forEach(StreamConnection::retire);
    }
}
