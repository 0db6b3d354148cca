package dev.moorgate.dataplane.kit;

import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.dataplane.check.HealthChecker;
import dev.moorgate.dataplane.compress.Codings;
import dev.moorgate.dataplane.compress.CompressionState;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.failure.RetryRefusal;
import dev.moorgate.dataplane.forward.body.BufferSpace;
import dev.moorgate.dataplane.forward.client.Forwarder;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.forward.state.UpstreamState;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import dev.moorgate.routetable.RouteTable;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The forwarding part of the proxy on a loopback port, with a table, a clock that tests put forward, and a list of the
 * exchanges that have ended. Runs on native epoll where there is one.
 */
public final class ProxyUnderTest implements AutoCloseable {
    private static final boolean EPOLL = Epoll.isAvailable();
    private static final Path SPILL = Path.of("target", "spill");

    /** A loop reads what a socket has in every round. */
    private static final int ROUNDS_OF_QUIET = 50;

    private static final long MOST_OF_CODERS = 8L << 20;

    private final EventLoopGroup loops;
    private final Channel server;
    private final Forwarder forwarder;
    private final HealthChecker checker;
    private final ByteBufAllocator allocator;
    private final SeenBytes seen = new SeenBytes();
    private final TestClock clock;
    private final States states;
    private final SeenExchanges exchanges = new SeenExchanges();
    private final OpenCounts open = new OpenCounts();
    private final BufferSpace space = new BufferSpace(SPILL, 32L << 20, 28L << 20);
    private final CompressionState compression = new CompressionState(Codings.ofThisProcess(), MOST_OF_CODERS);
    private final AtomicBoolean overloaded = new AtomicBoolean();
    private volatile ProxyState state;
    private volatile int clientSendBuffer;
    private volatile boolean withoutDescriptors;

    /** What was told of one exchange. */
    public record Exchange(
            int status,
            @Nullable ProxyFailure reason,
            String detail,
            String method,
            String path,
            String route,
            String upstream,
            String endpoint,
            int attempts,
            List<ProxyFailure> retries,
            @Nullable RetryRefusal retryRefused,
            long bytesIn,
            long bytesOut,
            String tableVersion,
            @Nullable GrpcStatus grpcStatus,
            String compressed,
            long bytesBefore,
            Duration took) {}

    private ProxyUnderTest(
            RouteTable table,
            EndpointTable endpoints,
            Optional<TlsCertificate> certificate,
            ByteBufAllocator allocator,
            boolean negotiates) {
        Optional<SslContext> tls = certificate.map(
                known -> negotiates ? known.negotiatingContext("h2", "http/1.1") : known.serverContext());
        loops = new MultiThreadIoEventLoopGroup(1, EPOLL ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        clock = new TestClock(() -> seen.await(loops.next()));
        states = new States(clock, compression);
        state = states.build(table, endpoints);
        this.allocator = allocator;
        ChannelFactory<SocketChannel> channels = () -> {
            if (withoutDescriptors) {
                throw new ChannelException("too many open files, as a test has it");
            }
            SocketChannel channel = EPOLL ? new EpollSocketChannel() : new NioSocketChannel();
            channel.config().setAllocator(allocator);
            return channel;
        };
        forwarder = new Forwarder(
                () -> state,
                new Forwarder.Observers(exchanges, open, open.upstreams),
                channels,
                1,
                clock,
                space,
                compression,
                overloaded::get);
        // As chance is in the middle, intervals are exact.
        checker = new HealthChecker(loops.next(), channels, clock, () -> 0.5, states.log(), states::tick);
        checker.adopt(states.checked());
        server = new ServerBootstrap()
                .group(loops)
                .channel(EPOLL ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        if (clientSendBuffer > 0) {
                            channel.config().setSendBufferSize(clientSendBuffer);
                        }
                        InetSocketAddress remote = channel.remoteAddress();
                        tls.ifPresent(context -> channel.pipeline().addLast(context.newHandler(channel.alloc())));
                        seen.count(channel);
                        ClientFacts client = tls.isPresent()
                                ? ClientFacts.secured(remote, channel.localAddress(), "TLSv1.3", ProxyUnderTest::covers)
                                : ClientFacts.inClear(remote, channel.localAddress());
                        if (negotiates) {
                            channel.pipeline()
                                    .addLast(
                                            new Handshaken(opened -> forwarder.accept(opened, Setup.LISTENER, client)));
                        } else {
                            forwarder.accept(channel, Setup.LISTENER, client);
                        }
                    }
                })
                .bind(new InetSocketAddress(RawClient.loopback(), 0))
                .syncUninterruptibly()
                .channel();
    }

    public static ProxyUnderTest start(Setup setup) {
        return new ProxyUnderTest(setup.table(), setup.endpoints(), Optional.empty(), ByteBufAllocator.DEFAULT, false);
    }

    /** With an allocator of its own, so that {@link #bufferBytes} tells of this proxy and of nobody else. */
    public static ProxyUnderTest startMeasured(Setup setup) {
        return new ProxyUnderTest(
                setup.table(), setup.endpoints(), Optional.empty(), new UnpooledByteBufAllocator(true), false);
    }

    /**
     * Clients speak TLS; every host but {@code elsewhere} is taken for covered by the certificate, and {@code bug} is one of
     * the proxy's own.
     */
    public static ProxyUnderTest startSecured(Setup setup, TlsCertificate certificate) {
        return new ProxyUnderTest(
                setup.table(), setup.endpoints(), Optional.of(certificate), ByteBufAllocator.DEFAULT, false);
    }

    /** The same for clients that choose HTTP/2 or HTTP/1.1 in the handshake (ALPN). */
    public static ProxyUnderTest startNegotiating(Setup setup, TlsCertificate certificate) {
        return new ProxyUnderTest(
                setup.table(), setup.endpoints(), Optional.of(certificate), ByteBufAllocator.DEFAULT, true);
    }

    private static boolean covers(String host) {
        if (host.equals("bug")) {
            throw new IllegalStateException("a bug that a test asked for");
        }
        return !host.equals("elsewhere");
    }

    public static ProxyUnderTest start(RouteTable table, EndpointTable endpoints) {
        return new ProxyUnderTest(table, endpoints, Optional.empty(), ByteBufAllocator.DEFAULT, false);
    }

    /** One listener {@code web} that gives everything to these upstreams in turn. */
    public static ProxyUnderTest to(ScriptedUpstream... upstreams) {
        return start(Setup.to(upstreams));
    }

    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    public RawClient connect() {
        return seen.added(RawClient.connect(port()));
    }

    /** A client that speaks TLS and trusts {@code certificate}. */
    public RawClient connectSecured(TlsCertificate certificate) {
        return seen.added(RawClient.connectSecured(port(), certificate));
    }

    /** Bytes of {@code client} that the proxy has taken from the socket, once it takes no more of them. */
    public long taken(RawClient client) {
        long before;
        long now = seen.of(client);
        do {
            before = now;
            settleForGood();
            now = seen.of(client);
        } while (now == 0 || now != before);
        return now;
    }

    /** Stops the loop once it has handled what {@code client} sends next, before it writes anything of it. */
    public HeldLoop holdBehind(RawClient client) {
        return seen.holdBehind(client);
    }

    /** Stops the loop between two of its turns: all that comes meanwhile is read in the next one, in the order in which it came. */
    public HeldLoop hold() {
        settleForGood();
        var held = new HeldLoop();
        loop().execute(held::here);
        held.awaitStill();
        return held;
    }

    public TestClock clock() {
        return clock;
    }

    public EventLoop loop() {
        return loops.next();
    }

    public Forwarder forwarder() {
        return forwarder;
    }

    /** Why connections of HTTP/2 were ended for what their clients did. */
    public List<String> goneAway() {
        return open.goneAway;
    }

    /** Connections of HTTP/2 that were told to end for their age. */
    public int agedConnections() {
        return open.aged.get();
    }

    /** Puts another table in force, as {@code live} does it. */
    public void install(Setup setup) {
        install(setup.table(), setup.endpoints());
    }

    public void install(RouteTable table, EndpointTable endpoints) {
        state = states.build(table, endpoints);
        forwarder.adopted(state);
        checker.adopt(states.checked());
    }

    /** Load and health of an endpoint, as checks and balancing know it. */
    public EndpointState endpoint(String upstream, String key) {
        return states.endpoint(upstream, key);
    }

    /** How many endpoints an upstream has. */
    public int endpoints(String upstream) {
        return states.endpoints(upstream);
    }

    /** What is counted of checks and changes of health. */
    public String healthMetrics() {
        return MetricText.of(states.log());
    }

    /** The version of the table in force, as exchanges tell it. */
    public String version() {
        return state.version();
    }

    /** Connections accepted from now on have a small send buffer, so that a client that does not read is felt soon. */
    public void shrinkClientBuffers() {
        clientSendBuffer = 64 << 10;
    }

    /** Lets the loop end what it is at, so that what a client has seen of it is counted and told. */
    private void settle() {
        EventLoop loop = loop();
        if (!loop.isShuttingDown() && !loop.inEventLoop()) {
            loop.submit(() -> {}).awaitUninterruptibly();
        }
    }

    private void settleForGood() {
        for (int i = 0; i < ROUNDS_OF_QUIET; i++) {
            settle();
        }
    }

    public int openClients() {
        settle();
        return open.clients.get();
    }

    public int openUpstreams() {
        settle();
        return open.endpoints.get();
    }

    /** What is counted as under way: requests, waits for connections, load of endpoints. Zero when all is over. */
    public int underWay() {
        settle();
        int sum = 0;
        for (UpstreamState upstream : state.upstreams().values()) {
            sum += upstream.load().requests() + upstream.load().pending();
        }
        return sum + states.inFlight();
    }

    /** Requests that wait for a connection. */
    public int waiting() {
        return state.upstreams().values().stream()
                .mapToInt(upstream -> upstream.load().pending())
                .sum();
    }

    /** Connections to endpoints as they are bounded by, those under way included. */
    public int boundConnections() {
        return state.upstreams().values().stream()
                .mapToInt(upstream -> upstream.load().connections())
                .sum();
    }

    /** Bytes of all buffers that the proxy's connections hold, to the byte; asked of one that is measured. */
    public long bufferBytes() {
        if (allocator instanceof UnpooledByteBufAllocator measured) {
            return measured.metric().usedDirectMemory() + measured.metric().usedHeapMemory();
        }
        throw new IllegalStateException("not measured");
    }

    /** As when the heap is full, or no longer. */
    public void overload(boolean full) {
        overloaded.set(full);
    }

    /** As when the process has no descriptor left for a connection to an endpoint, or has again. */
    public void withoutDescriptors(boolean none) {
        withoutDescriptors = none;
    }

    /** What is kept of bodies. */
    public BufferSpace space() {
        return space;
    }

    /** What coders of answers have. */
    public CompressionState compression() {
        return compression;
    }

    /** Exchanges that have ended, in order. */
    public List<Exchange> exchanges() {
        settle();
        return exchanges.all();
    }

    /** Waits for the exchange with this number, from 1, to end. */
    public Exchange exchange(int number) {
        return exchanges.await(number);
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        checker.close();
        forwarder.closeAll();
        loops.shutdownGracefully(0, 5, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
    }
}
