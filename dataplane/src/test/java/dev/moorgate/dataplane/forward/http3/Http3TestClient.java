package dev.moorgate.dataplane.forward.http3;

import dev.moorgate.dataplane.kit.Await;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.http3.Http3;
import io.netty.handler.codec.http3.Http3ClientConnectionHandler;
import io.netty.handler.codec.http3.Http3GoAwayFrame;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** A client of HTTP/3 by Netty's own codec; every wait has a deadline. */
final class Http3TestClient implements AutoCloseable {
    private static final EventLoopGroup LOOP = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("http3-client", true), NioIoHandler.newFactory());
    private static final QuicSslContext TLS = QuicSslContextBuilder.forClient()
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .applicationProtocols("h3")
            .build();
    private static final long WAIT_SECONDS = 60;
    private static final int WINDOW = 128 << 10;
    /** As much as may be under way, so that a client that is slow loses nothing. */
    private static final int RECEIVE_BUFFER = 2 << 20;

    final Network network = new Network();

    private final Channel socket;
    private final QuicChannel connection;
    final List<Long> goAways = new CopyOnWriteArrayList<>();
    private volatile @Nullable QuicConnectionCloseEvent closed;

    private Http3TestClient(InetSocketAddress address, String serverName) throws Exception {
        socket = new Bootstrap()
                .group(LOOP)
                .channel(NioDatagramChannel.class)
                .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(network, codec(serverName));
                    }
                })
                .bind(new InetSocketAddress(address.getAddress(), 0))
                .sync()
                .channel();
        QuicChannel opened;
        try {
            opened = await(open(address));
        } catch (RuntimeException e) {
            await(socket.close());
            throw e;
        }
        connection = opened;
    }

    private static ChannelHandler codec(String serverName) {
        return Http3.newQuicClientCodecBuilder()
                .sslEngineProvider(channel -> TLS.newEngine(channel.alloc(), serverName, 443))
                .maxIdleTimeout(WAIT_SECONDS, TimeUnit.SECONDS)
                .initialMaxData(8L * WINDOW)
                .initialMaxStreamDataBidirectionalLocal(WINDOW)
                .build();
    }

    private Future<QuicChannel> open(InetSocketAddress address) {
        return QuicChannel.newBootstrap(socket)
                .handler(new ChannelInitializer<QuicChannel>() {
                    @Override
                    protected void initChannel(QuicChannel channel) {
                        channel.pipeline()
                                .addLast(new Http3ClientConnectionHandler(new Control(), null, null, null, true))
                                .addLast(new Closing());
                    }
                })
                .remoteAddress(address)
                .connect();
    }

    static Http3TestClient connect(InetSocketAddress address, String serverName) {
        try {
            return new Http3TestClient(address, serverName);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static <T> T await(Future<T> future) {
        if (!future.awaitUninterruptibly(WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("not within " + WAIT_SECONDS + " s");
        }
        if (!future.isSuccess()) {
            throw new IllegalStateException(future.cause());
        }
        return future.getNow();
    }

    /** The way to the other side and back, which can be cut. */
    static final class Network extends ChannelDuplexHandler {
        private volatile boolean losesSent;
        private volatile boolean losesComing;
        private final AtomicInteger lost = new AtomicInteger();
        private volatile @Nullable BooleanSupplier losesNext;

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (losesSent) {
                lost.incrementAndGet();
                ReferenceCountUtil.release(message);
                var _ = promise.setSuccess();
            } else {
                var _ = ctx.write(message, promise);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            BooleanSupplier next = losesNext;
            if (losesComing) {
                ReferenceCountUtil.release(message);
            } else if (next != null && next.getAsBoolean()) {
                losesNext = null;
                ReferenceCountUtil.release(message);
            } else {
                ctx.fireChannelRead(message);
            }
        }

        void loseComing() {
            losesComing = true;
        }

        /** Loses the one packet that comes first when {@code due}. */
        void loseNextComing(BooleanSupplier due) {
            losesNext = due;
        }

        boolean hasLostNext() {
            return losesNext == null;
        }

        /** Runs {@code action}, and nothing leaves until a packet of it is lost. */
        void loseSent(Runnable action) {
            int before = lost.get();
            losesSent = true;
            action.run();
            Await.until("a packet to be lost", () -> lost.get() > before);
            losesSent = false;
        }

        void loseNothing() {
            losesComing = false;
        }
    }

    private final class Control extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Http3GoAwayFrame goAway) {
                goAways.add(goAway.id());
            }
            ReferenceCountUtil.release(message);
        }
    }

    private final class Closing extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof QuicConnectionCloseEvent close) {
                closed = close;
            }
            ctx.fireUserEventTriggered(event);
        }
    }

    Channel socket() {
        return socket;
    }

    QuicChannel connection() {
        return connection;
    }

    X509Certificate certificate() throws SSLPeerUnverifiedException {
        return (X509Certificate) connection.sslEngine().getSession().getPeerCertificates()[0];
    }

    /** Opens a stream and sends nothing. */
    Http3Call open() {
        var call = new Http3Call();
        call.on(await(Http3.newRequestStream(connection, call)));
        return call;
    }

    /** The same without HTTP/3's checks of what is sent: bytes go out bare. */
    QuicStreamChannel openBare(ChannelInboundHandlerAdapter handler) {
        return await(connection.createStream(QuicStreamType.BIDIRECTIONAL, handler));
    }

    Http3Call get(String path, String... fields) {
        return request("GET", path, true, fields);
    }

    Http3Call request(String method, String path, boolean end, String... fields) {
        return open().send(Http3Call.head(method, path, Http3Gate.SHOP, fields), end);
    }

    /** Sends a request that is reset for what it says, unless the connection is over by then. */
    void tryReset() {
        try {
            request("GET", "/", true, "connection", "close").awaitReset();
        } catch (AssertionError | IllegalStateException e) {
            awaitClosed();
        }
    }

    /** Bytes that no client would send. */
    void datagram(byte[] bytes, InetSocketAddress to) {
        ByteBuf content = Unpooled.wrappedBuffer(bytes);
        var _ = socket.pipeline().firstContext().writeAndFlush(new DatagramPacket(content, to));
    }

    boolean isClosed() {
        return !connection.isOpen();
    }

    void awaitClosed() {
        Await.until("the connection to end", this::isClosed);
    }

    /** With which error the other side has closed; -1: it has not said. */
    int closeError() {
        QuicConnectionCloseEvent event = closed;
        return event == null ? -1 : event.error();
    }

    @Override
    public void close() {
        await(connection.close());
        await(socket.close());
    }
}
