package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.quic.QuicPort;
import dev.moorgate.dataplane.observe.ConnectionObserver;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open server sockets. A change of tables opens what is new, keeps what stays (whatever became of its hosts and
 * certificates) and closes what is gone, all of it or nothing. One change at a time, on a thread that may block.
 */
public final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    private static final int BACKLOG = 4096;
    private static final long BIND_SECONDS = 10;
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final EventLoopGroup acceptors;
    private final ChannelFactory<? extends ServerChannel> sockets;
    private final Intake intake;
    private final Http3Ports http3;
    private final Set<ListenSocket> closing = ConcurrentHashMap.newKeySet();
    private volatile Map<SocketKey, ListenSocket> open = Map.of();

    /**
     * @param acceptors one event loop, of the same transport as {@code loops}
     * @param datagrams UDP sockets of that transport
     * @param overloaded no further connection is to be accepted for now
     */
    public Listeners(
            EventLoopGroup acceptors,
            EventLoopGroup loops,
            ChannelFactory<? extends ServerChannel> sockets,
            ChannelFactory<? extends DatagramChannel> datagrams,
            ConnectionStart start,
            ConnectionObserver observer,
            BooleanSupplier overloaded) {
        this.acceptors = acceptors;
        this.sockets = sockets;
        this.intake = new Intake(
                new LoopLoad(loops), new SpareDescriptors(), start, observer, overloaded, new AtomicInteger());
        this.http3 = new Http3Ports(new QuicPort.Opener(loops, datagrams), intake);
    }

    /** Opens what {@code next} has and we do not; nothing is accepted and nothing closed before the change is committed. */
    public Preparation prepare(List<Serving> next) {
        Map<SocketKey, Serving> wanted = new LinkedHashMap<>();
        for (Serving serving : next) {
            Serving twin = wanted.put(serving.socket(), serving);
            if (twin != null) {
                return new BindFailure(
                        serving.listener(),
                        serving.socket(),
                        "listener " + twin.listener().name() + " opens it too");
            }
        }
        List<ListenSocket> gone = open.values().stream()
                .filter(socket -> !wanted.containsKey(socket.key()))
                .toList();
        var change = new SocketChange(this, wanted, gone);
        BindFailure failure;
        try {
            failure = open(wanted.values(), change);
        } catch (RuntimeException e) {
            change.abort();
            throw e;
        }
        if (failure != null) {
            change.abort();
            return failure;
        }
        return change;
    }

    private @Nullable BindFailure open(Collection<Serving> wanted, SocketChange change) {
        for (Serving serving : wanted) {
            ListenSocket known = open.get(serving.socket());
            BindFailure failure = known == null ? open(serving, change) : openHttp3(serving, known, change);
            if (failure != null) {
                return failure;
            }
        }
        return null;
    }

    private @Nullable BindFailure open(Serving serving, SocketChange change) {
        SocketKey key = serving.socket();
        var socket = new ListenSocket(key, serving);
        Throwable error = bind(socket);
        if (error != null && BindFailure.isInUse(error) && change.closeColliding(key)) {
            error = bind(socket);
        }
        if (error != null) {
            return BindFailure.of(serving.listener(), key, error);
        }
        change.opened(socket);
        return openHttp3(serving, socket, change);
    }

    private @Nullable BindFailure openHttp3(Serving serving, ListenSocket socket, SocketChange change) {
        if (serving.http3().isEmpty()) {
            return null;
        }
        Http3Port known = http3.hold(serving.socket());
        if (known != null) {
            change.held(known);
            return null;
        }
        try {
            change.opened(http3.open(socket, serving.http3().get()));
            return null;
        } catch (BindException | ChannelException e) {
            return BindFailure.of(serving.listener(), serving.socket(), e);
        }
    }

    /** Opens the socket without accepting; what went wrong, or null. */
    @Nullable
    Throwable bind(ListenSocket socket) {
        Throwable error = null;
        for (InetSocketAddress address : socket.key().candidates()) {
            ChannelFuture bound = bootstrap(socket).bind(address);
            if (!bound.awaitUninterruptibly(BIND_SECONDS, TimeUnit.SECONDS)) {
                var _ = bound.channel().close();
                return new BindException("no answer within " + BIND_SECONDS + " s");
            }
            error = bound.cause();
            if (error == null) {
                socket.bound(bound.channel());
                return null;
            }
            if (BindFailure.isInUse(error)) {
                return error;
            }
        }
        return error;
    }

    private Bootstrap bootstrap(ListenSocket socket) {
        return new Bootstrap()
                .group(acceptors)
                .channelFactory((ChannelFactory<Channel>) sockets::newChannel)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new Acceptor(socket, intake));
    }

    void swap(
            Map<SocketKey, Serving> wanted,
            List<ListenSocket> opened,
            Map<SocketKey, Http3Port> openedHttp3,
            List<ListenSocket> gone) {
        Map<SocketKey, ListenSocket> next = new LinkedHashMap<>();
        Map<SocketKey, ListenSocket> before = open;
        opened.forEach(socket -> next.put(socket.key(), socket));
        wanted.forEach((key, serving) -> {
            ListenSocket kept = before.get(key);
            if (kept != null) {
                boolean protocolChanged = kept.serving().listener().protocol()
                        != serving.listener().protocol();
                kept.serve(serving);
                next.put(key, kept);
                if (protocolChanged) {
                    // what was said in one protocol must not be read in another
                    kept.closeConnections();
                }
            }
        });
        open = Map.copyOf(next);
        http3.swap(open, openedHttp3);
        closing.removeIf(socket -> socket.connections() == 0);
        closing.addAll(gone);
        for (ListenSocket socket : opened) {
            socket.accept();
            LOG.info(
                    "listener opened: listener={} socket={}",
                    socket.serving().listener().name(),
                    socket.localAddress());
        }
        for (ListenSocket socket : gone) {
            if (!socket.isClosed()) {
                socket.close();
            }
            LOG.info(
                    "listener closed: listener={} socket={}",
                    socket.serving().listener().name(),
                    socket.key());
        }
    }

    /** The open sockets, by the name of the listener that they serve. */
    public Map<String, ListenSocket> byListener() {
        Map<String, ListenSocket> named = new LinkedHashMap<>();
        open.values().forEach(socket -> named.put(socket.serving().listener().name(), socket));
        return named;
    }

    /** Addresses of UDP as bound, by the name of the listener that offers HTTP/3 there. */
    public Map<String, InetSocketAddress> http3ByListener() {
        return http3.byListener();
    }

    /** Open connections of each event loop. */
    public List<Integer> loopCounts() {
        return intake.loops().counts();
    }

    /** Open connections, those of closed sockets too. */
    public int connections() {
        int sum = 0;
        for (ListenSocket socket : open.values()) {
            sum += socket.connections();
        }
        for (ListenSocket socket : closing) {
            sum += socket.connections();
        }
        return sum;
    }

    /** Closes the server sockets: nobody comes any more, and who is there stays. Waits a second for them at most. */
    public void closeSockets() {
        List<ListenSocket> all = List.copyOf(open.values());
        closing.addAll(all);
        open = Map.of();
        List<ChannelFuture> closed = all.stream().map(ListenSocket::closeLater).toList();
        long deadline = System.nanoTime() + CLOSE_NANOS;
        closed.forEach(each -> each.awaitUninterruptibly(deadline - System.nanoTime(), TimeUnit.NANOSECONDS));
    }

    /** Closes the connections that are left, and the ports of HTTP/3. */
    public void closeConnections() {
        closing.forEach(ListenSocket::closeConnections);
        http3.close();
        intake.spares().release();
    }
}
