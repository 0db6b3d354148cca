package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.tls.HandshakeFailure;
import dev.moorgate.dataplane.listen.tls.QuicTls;
import dev.moorgate.dataplane.listen.tls.TlsContext;
import dev.moorgate.routetable.ProxySettings.DownstreamLimits;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicTransportError;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A new QUIC connection's first moment on its event loop, behind the validation of its client's address: let in by the same limits as
 * one of TCP, then to its handshake.
 */
final class QuicOpening extends ChannelInitializer<QuicChannel> {
    /** Of connections that are let in. */
    private static final AttributeKey<ListenSocket> SOCKET = AttributeKey.valueOf(QuicOpening.class, "socket");

    private final Http3Port port;
    private final Intake intake;

    QuicOpening(Http3Port port, Intake intake) {
        this.port = port;
        this.intake = intake;
    }

    /** The engine of a new connection, asked for before all else: who is not let in gets one that costs next to nothing. */
    QuicSslEngine engine(QuicChannel channel) {
        ListenSocket socket = port.socket();
        port.enter();
        channel.closeFuture().addListener(closed -> port.leave());
        String refusal = refusal(channel, socket);
        if (refusal == null) {
            channel.attr(SOCKET).set(socket);
            return port.tls().engine(channel.alloc());
        }
        intake.observer().refused(socket.serving().listener().name(), refusal);
        return QuicTls.refusing(channel.alloc());
    }

    private @Nullable String refusal(QuicChannel channel, ListenSocket socket) {
        DownstreamLimits limits = socket.serving().limits();
        if (!port.isAccepting()) {
            return "closing";
        }
        if (intake.overloaded().getAsBoolean()) {
            return "memory";
        }
        if (socket.connections() >= limits.connections()) {
            return "limit";
        }
        int most = limits.connectionsPerClient();
        if (most > 0) {
            InetAddress client = ((InetSocketAddress) channel.remoteSocketAddress()).getAddress();
            if (!socket.clients().enter(client, most)) {
                return "client_limit";
            }
            channel.closeFuture().addListener(closed -> socket.clients().leave(client));
        }
        return null;
    }

    @Override
    protected void initChannel(QuicChannel channel) {
        ListenSocket socket = channel.attr(SOCKET).get();
        if (socket == null) {
            channel.pipeline().addLast("refused", Refused.INSTANCE);
            close(channel);
        } else {
            admit(channel, socket, socket.serving().limits());
        }
    }

    private void admit(QuicChannel channel, ListenSocket socket, DownstreamLimits limits) {
        socket.add(channel);
        AtomicInteger load = intake.loops().enter(channel.eventLoop());
        channel.closeFuture().addListener(closed -> {
            socket.remove(channel);
            load.decrementAndGet();
        });
        if (intake.handshakes().incrementAndGet() > limits.handshakes()) {
            intake.handshakes().decrementAndGet();
            intake.observer().handshakeFailed(socket.serving().listener().name(), HandshakeFailure.TOO_MANY.word());
            close(channel);
        } else {
            channel.pipeline().addLast("handshake", new Handshake(channel, socket, limits));
        }
    }

    /** Once the first packet was read: before, the client could not be told in a way that it believes. */
    private static void close(QuicChannel channel) {
        channel.eventLoop().execute(() -> {
            var _ = channel.close(false, (int) QuicTransportError.CONNECTION_REFUSED.code(), Unpooled.EMPTY_BUFFER);
        });
    }

    /** Hears how the handshake of one that is not let in fails, which is nothing to tell of. */
    @Sharable
    private static final class Refused extends ChannelInboundHandlerAdapter {
        private static final Refused INSTANCE = new Refused();

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // counted already
        }
    }

    /** Waits for the handshake: starts the connection when it is done; counts and closes when it fails. */
    private final class Handshake extends ChannelInboundHandlerAdapter {
        private final QuicChannel channel;
        private final ListenSocket socket;
        private final ScheduledFuture<?> timeout;
        private @Nullable String serverName;
        private @Nullable TlsContext shown;
        private boolean over;

        Handshake(QuicChannel channel, ListenSocket socket, DownstreamLimits limits) {
            this.channel = channel;
            this.socket = socket;
            timeout = channel.eventLoop()
                    .schedule(this::timedOut, limits.handshake().toNanos(), TimeUnit.NANOSECONDS);
        }

        private boolean end() {
            boolean first = !over;
            over = true;
            timeout.cancel(false);
            if (first) {
                intake.handshakes().decrementAndGet();
            }
            return first;
        }

        private void fail(HandshakeFailure reason) {
            if (end()) {
                intake.observer().handshakeFailed(socket.serving().listener().name(), reason.word());
            }
        }

        private void timedOut() {
            fail(HandshakeFailure.TIMEOUT);
            var _ = channel.close();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SniCompletionEvent sni) {
                serverName = sni.hostname();
                shown = port.tls().lastShown();
            } else if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
                start(ctx);
            } else if (event instanceof SslHandshakeCompletionEvent done) {
                fail(port.tls().lastRefusal(done.cause()));
            }
            ctx.fireUserEventTriggered(event);
        }

        private void start(ChannelHandlerContext ctx) {
            TlsContext context = shown;
            if (context == null || !end()) {
                fail(HandshakeFailure.OTHER);
                var _ = channel.close();
                return;
            }
            var session =
                    QuicTls.session(serverName, context, channel.sslEngine().getSession());
            intake.start().quic(channel, socket, session);
            ctx.pipeline().remove(this);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            fail(HandshakeFailure.CLOSED);
            ctx.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            fail(port.tls().lastRefusal(cause));
            var _ = channel.close();
        }
    }
}
