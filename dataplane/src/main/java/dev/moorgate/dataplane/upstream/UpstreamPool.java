package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.observe.UpstreamObserver;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What one event loop has of an upstream: the pools of its endpoints, and the requests that wait because the process has
 * all the connections that it may have. That event loop only.
 */
final class UpstreamPool {
    static final String GONE = "the endpoint is no longer there";

    private final UpstreamPools pools;
    private final String name;
    private final UpstreamLoad load;
    private final List<EndpointPool> endpoints = new ArrayList<>();
    private final List<StreamPool> streams = new ArrayList<>();
    private final ArrayDeque<Lease> queue = new ArrayDeque<>();
    private UpstreamTarget newest;
    private boolean serving;

    /** A connection may have ended on another loop: nobody tells, so who waits looks again each tick. */
    private final Deadline look = new Deadline(this::look);

    UpstreamPool(UpstreamPools pools, UpstreamTarget target) {
        this.pools = pools;
        this.name = target.upstream().name();
        this.load = target.load();
        this.newest = target;
    }

    private void look() {
        freed();
        if (!queue.isEmpty()) {
            pools.timers().arm(look, now(), 1);
        }
    }

    EndpointPool endpoint(UpstreamTarget target) {
        var pool = new EndpointPool(this, target);
        endpoints.add(pool);
        return pool;
    }

    StreamPool streams(UpstreamTarget target) {
        var pool = new StreamPool(this, target);
        streams.add(pool);
        return pool;
    }

    void drop(StreamPool pool) {
        streams.remove(pool);
        pool.retire();
    }

    void drop(EndpointPool pool) {
        endpoints.remove(pool);
        pool.retire();
    }

    boolean isUnused() {
        return endpoints.isEmpty() && streams.isEmpty() && queue.isEmpty();
    }

    /** Opens a connection for {@code lease}, or lets it wait for one. */
    void open(EndpointPool pool, Lease lease, long connectNanos) {
        newest = pool.target();
        var limits = newest.upstream().limits();
        if (!load.tryPending(limits.pending())) {
            lease.refused(ProxyFailure.POOL_FULL, "too many requests wait for a connection");
            return;
        }
        lease.connectNanos = connectNanos;
        if (tryConnection()) {
            connect(pool, lease);
            return;
        }
        lease.queuedFor = pool;
        queue.add(lease);
        pools.timers().arm(look, now(), 1);
    }

    private boolean closeIdle() {
        for (int i = 0; i < endpoints.size(); i++) {
            if (endpoints.get(i).closeOldest()) {
                return true;
            }
        }
        for (int i = 0; i < streams.size(); i++) {
            if (streams.get(i).closeIdle()) {
                return true;
            }
        }
        return false;
    }

    private void connect(EndpointPool pool, Lease lease) {
        var connection = new UpstreamConnection(pool, lease, pools.flushes());
        dial(connection, pool.target(), detail -> connection.fail(ProxyFailure.CONNECT_REFUSED, detail));
        connection.begin(pools.timers(), lease.connectNanos);
    }

    /** Whether the process may have one more connection; where true, {@link #dial} follows. */
    boolean tryConnection() {
        int most = newest.upstream().limits().connections();
        return load.tryConnection(most) || (closeIdle() && load.tryConnection(most));
    }

    boolean tryPending(UpstreamTarget target) {
        newest = target;
        return load.tryPending(target.upstream().limits().pending());
    }

    /**
     * Opens a connection that has its place, when this turn's events are all handled; {@code refused} hears why there is none. A socket
     * that is opened among them may get the number of one that was just closed, and be taken for it by what its peer did last.
     */
    void dial(EndpointConduit connection, UpstreamTarget target, Consumer<String> refused) {
        pools.loop().execute(() -> {
            if (connection.isGivenUp()) {
                load.connectionEnded();
                freed();
            } else {
                dialNow(connection, target, refused);
            }
        });
    }

    private void dialNow(EndpointConduit connection, UpstreamTarget target, Consumer<String> refused) {
        SocketChannel opened;
        try {
            opened = pools.channels().newChannel();
        } catch (ChannelException none) {
            // No descriptor is left. A Bootstrap that meets it tells so on a thread of its own, and of a channel that
            // never closes.
            load.connectionEnded();
            refused.accept(EndpointTls.explain(none));
            freed();
            return;
        }
        ChannelFuture future = new Bootstrap()
                .group(pools.loop())
                .channelFactory(() -> opened)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                .handler(connection)
                .connect(target.address());
        future.addListener(done -> {
            if (!done.isSuccess()) {
                refused.accept(EndpointTls.explain(done.cause()));
            }
        });
        future.channel().closeFuture().addListener(_ -> {
            load.connectionEnded();
            freed();
        });
    }

    /** Serves requests that wait, while there is something to serve them with. */
    void freed() {
        if (serving) {
            return;
        }
        serving = true;
        try {
            serve();
        } finally {
            serving = false;
        }
    }

    private void serve() {
        while (!queue.isEmpty()) {
            Lease lease = queue.getFirst();
            EndpointPool pool = lease.queuedFor;
            if (pool == null) {
                queue.removeFirst();
                continue;
            }
            UpstreamConnection connection = pool.take();
            if (connection != null) {
                leave(lease);
                lease.leased(connection);
                continue;
            }
            if (!tryConnection()) {
                return;
            }
            queue.removeFirst();
            lease.queuedFor = null;
            connect(pool, lease);
        }
    }

    private void leave(Lease lease) {
        queue.remove(lease);
        lease.queuedFor = null;
        load.pendingEnded();
    }

    /** Its endpoint is gone: who waits for it is told. */
    void refuse(EndpointPool pool) {
        for (Lease lease : List.copyOf(queue)) {
            if (lease.queuedFor == pool) {
                leave(lease);
                lease.refused(ProxyFailure.CONNECT_REFUSED, GONE);
            }
        }
    }

    void dequeue(Lease lease) {
        leave(lease);
    }

    void pendingEnded() {
        load.pendingEnded();
    }

    // ------------------------------------------------------------------ of all endpoints

    int mostIdle() {
        int all = newest.upstream().limits().idleConnections();
        return all == 0 ? 0 : Math.max(1, all / pools.loops());
    }

    long idleNanos() {
        return newest.upstream().limits().keepAliveIdle().toNanos();
    }

    void arm(Deadline idleDeadline, long since, long nanos) {
        pools.timers().arm(idleDeadline, since, nanos);
    }

    long now() {
        return pools.timers().clock().nanoTime();
    }

    UpstreamPools pools() {
        return pools;
    }

    void opened() {
        observer().opened(name);
    }

    void closed() {
        observer().closed(name);
    }

    void failed(ProxyFailure failure) {
        observer().failed(name, failure);
    }

    private UpstreamObserver observer() {
        return pools.observer();
    }

    @Override
    public String toString() {
        return name;
    }
}
