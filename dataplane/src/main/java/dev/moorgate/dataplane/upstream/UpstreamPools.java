package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.observe.UpstreamObserver;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** All upstream connections of one event loop. They outlive tables; that event loop only. */
public final class UpstreamPools {
    private final EventLoop loop;
    private final int loops;
    private final ChannelFactory<? extends SocketChannel> channels;
    private final Timers timers;
    private final FlushQueue flushes;
    private final UpstreamObserver observer;
    private final Map<String, UpstreamPool> upstreams = new HashMap<>();
    private final Map<UpstreamTarget, EndpointPool> endpoints = new HashMap<>();
    private final Map<UpstreamTarget, StreamPool> streams = new HashMap<>();

    /** @param loops of the process: caps on idle connections are divided by it */
    public UpstreamPools(
            EventLoop loop,
            int loops,
            ChannelFactory<? extends SocketChannel> channels,
            Timers timers,
            FlushQueue flushes,
            UpstreamObserver observer) {
        this.loop = loop;
        this.loops = loops;
        this.channels = channels;
        this.timers = timers;
        this.flushes = flushes;
        this.observer = observer;
    }

    /**
     * A stream to {@code target}: on an idle connection at once, else null, and {@code lease} hears of it, perhaps before this
     * returns.
     *
     * @param fresh no idle one will do: the request has met a stale connection already
     */
    public @Nullable UpstreamStream acquire(UpstreamTarget target, Lease lease, boolean fresh, long connectNanos) {
        if (target.isHttp2()) {
            return streams(target).acquire(lease, connectNanos);
        }
        EndpointPool pool = endpoints.get(target);
        if (pool == null) {
            pool = upstreams
                    .computeIfAbsent(target.upstream().name(), _ -> new UpstreamPool(this, target))
                    .endpoint(target);
            endpoints.put(target, pool);
        } else {
            pool.refresh(target);
        }
        if (!fresh) {
            UpstreamConnection idle = pool.take();
            if (idle != null) {
                return idle;
            }
        }
        pool.upstream().open(pool, lease, connectNanos);
        return null;
    }

    private StreamPool streams(UpstreamTarget target) {
        StreamPool pool = streams.get(target);
        if (pool == null) {
            pool = upstreams
                    .computeIfAbsent(target.upstream().name(), _ -> new UpstreamPool(this, target))
                    .streams(target);
            streams.put(target, pool);
        } else {
            pool.refresh(target);
        }
        return pool;
    }

    /** A new table: what it does not name is closed as soon as it is idle, and who waits for it has to look elsewhere. */
    public void retain(Predicate<UpstreamTarget> isNamed) {
        List<EndpointPool> gone = unnamed(endpoints, isNamed);
        List<StreamPool> goneStreams = unnamed(streams, isNamed);
        // Whoever is refused may ask for another pool at once.
        gone.forEach(pool -> pool.upstream().refuse(pool));
        goneStreams.forEach(StreamPool::refuse);
        drop(gone, goneStreams);
    }

    /** Closes what is idle; what is on lease is closed when it comes back. */
    public void close() {
        drop(unnamed(endpoints, target -> false), unnamed(streams, target -> false));
    }

    /** Takes them out of the map. */
    private static <P> List<P> unnamed(Map<UpstreamTarget, P> pools, Predicate<UpstreamTarget> isNamed) {
        List<P> gone = new ArrayList<>();
        pools.entrySet().removeIf(entry -> !isNamed.test(entry.getKey()) && gone.add(entry.getValue()));
        return gone;
    }

    private void drop(List<EndpointPool> gone, List<StreamPool> goneStreams) {
        gone.forEach(pool -> pool.upstream().drop(pool));
        goneStreams.forEach(pool -> pool.upstream().drop(pool));
        upstreams.values().removeIf(UpstreamPool::isUnused);
    }

    EventLoop loop() {
        return loop;
    }

    int loops() {
        return loops;
    }

    ChannelFactory<? extends SocketChannel> channels() {
        return channels;
    }

    Timers timers() {
        return timers;
    }

    FlushQueue flushes() {
        return flushes;
    }

    UpstreamObserver observer() {
        return observer;
    }
}
