package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.quic.QuicTerms;
import dev.moorgate.dataplane.listen.staple.Responders;
import dev.moorgate.dataplane.listen.staple.Stapling;
import dev.moorgate.dataplane.listen.tls.TlsSession;
import dev.moorgate.dataplane.listen.tls.TlsStore;
import dev.moorgate.dataplane.observe.ConnectionObserver;
import dev.moorgate.routetable.RouteTable;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Listeners whose connections echo what they get; the outcome of handshakes is noted. */
final class ListenFixture implements AutoCloseable {
    private final EventLoopGroup acceptors;
    private final EventLoopGroup loops;
    final Queue<String> handshakeFailures = new ConcurrentLinkedQueue<>();
    final Queue<Optional<TlsSession>> started = new ConcurrentLinkedQueue<>();
    final Listeners listeners;
    final AtomicBoolean overloaded = new AtomicBoolean();
    /** So many sockets of UDP have a descriptor. */
    final AtomicInteger datagramsLeft = new AtomicInteger(Integer.MAX_VALUE);

    private final AtomicLong skipped = new AtomicLong();
    final Stapling stapling = stapling(this::epochMillis);
    final TlsStore store = new TlsStore(this::epochMillis, stapling);

    ListenFixture() {
        this(2, Epoll.isAvailable());
    }

    ListenFixture(int loopCount, boolean nativeTransport) {
        IoHandlerFactory handlers = nativeTransport ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        ChannelFactory<ServerChannel> sockets =
                nativeTransport ? EpollServerSocketChannel::new : NioServerSocketChannel::new;
        acceptors = new MultiThreadIoEventLoopGroup(1, handlers);
        loops = new MultiThreadIoEventLoopGroup(loopCount, handlers);
        listeners = new Listeners(
                acceptors,
                loops,
                sockets,
                () -> {
                    if (datagramsLeft.getAndDecrement() <= 0) {
                        throw new ChannelException("Too many open files");
                    }
                    return nativeTransport ? new EpollDatagramChannel() : new NioDatagramChannel();
                },
                (channel, socket, session) -> {
                    started.add(session);
                    channel.pipeline().addLast(new Echo());
                },
                new ConnectionObserver() {
                    @Override
                    public void opened(String listener) {}

                    @Override
                    public void closed(String listener) {}

                    @Override
                    public void handshakeFailed(String listener, String reason) {
                        handshakeFailures.add(reason);
                    }
                },
                overloaded::get);
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        private boolean active;

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            active = true;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (!active) {
                throw new IllegalStateException("read before active");
            }
            var _ = ctx.writeAndFlush(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            var _ = ctx.close();
        }
    }

    /** Asks responders on this machine, for two seconds at most. */
    static Stapling stapling(LongSupplier epochMillis) {
        return new Stapling(
                epochMillis,
                new Responders(InetAddress::isLoopbackAddress, Duration.ofSeconds(2)),
                task -> Thread.ofVirtual().start(task),
                () -> 0);
    }

    long epochMillis() {
        return System.currentTimeMillis() + skipped.get();
    }

    /** Puts the clock of ticket keys and of OCSP responses forward. */
    void skip(Duration time) {
        skipped.addAndGet(time.toMillis());
    }

    /** Installs the listeners of {@code table} and fails where that does not go. */
    void install(RouteTable table) {
        Preparation prepared = prepare(table);
        if (prepared instanceof BindFailure failure) {
            throw new IllegalStateException(failure.toString());
        }
    }

    /** Installs the listeners of {@code table}; what came of it. */
    Preparation prepare(RouteTable table) {
        TlsStore.Next tls = switch (store.prepare(table)) {
            case TlsStore.Outcome.Ready ready -> ready.next();
            case TlsStore.Outcome.Refused refused -> throw new IllegalStateException(refused.reason());
        };
        List<Serving> servings = table.listeners().stream()
                .map(listener -> new Serving(
                        listener,
                        tls.of(listener.name()),
                        table.settings().limits(),
                        Optional.empty(),
                        listener.tls()
                                .filter(terms -> terms.alpn().contains("h3"))
                                .map(_ -> QuicTerms.of(table.settings()))))
                .toList();
        Preparation prepared = listeners.prepare(servings);
        if (prepared instanceof SocketChange change) {
            change.commit();
            tls.commit();
        }
        return prepared;
    }

    /** Keeps every event loop of connections from doing anything. */
    void block(CountDownLatch until) {
        loops.forEach(loop -> loop.execute(() -> {
            try {
                until.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
    }

    int port(String listener) {
        return listeners.byListener().get(listener).localAddress().getPort();
    }

    Socket connect(String listener) throws IOException {
        return connect(InetAddress.ofLiteral("127.0.0.1"), port(listener));
    }

    static Socket connect(InetAddress address, int port) throws IOException {
        var socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(address, port), 60_000);
        socket.setSoTimeout(60_000);
        return socket;
    }

    /** What comes back for {@code text}. */
    static String echo(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return new String(socket.getInputStream().readNBytes(text.length()), StandardCharsets.US_ASCII);
    }

    /** Waits until {@code condition} holds, a minute at most. */
    static boolean eventually(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        return true;
    }

    @Override
    public void close() {
        listeners.closeSockets();
        listeners.closeConnections();
        store.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
        acceptors.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
