package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.tls.HandshakeFailure;
import dev.moorgate.dataplane.listen.tls.QuicTls;
import dev.moorgate.dataplane.listen.tls.TlsContext;
import dev.moorgate.routetable.ProxySettings.DownstreamLimits;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicTransportError;
import io.netty.handler.ssl.SniCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
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
    private final Http3Port port;
    private final Intake intake;

    QuicOpening(Http3Port port, Intake intake) {
        this.port = port;
        this.intake = intake;
    }

    @Override
    protected void initChannel(QuicChannel channel) {
        ListenSocket socket = port.socket();
        Serving serving = socket.serving();
        DownstreamLimits limits = serving.limits();
        port.enter();
        channel.closeFuture().addListener(closed -> port.leave());
        InetAddress client = ((InetSocketAddress) channel.remoteSocketAddress()).getAddress();
        if (!port.isAccepting()) {
            refuse(channel, "closing");
        } else if (intake.overloaded().getAsBoolean()) {
            refuse(channel, "memory");
        } else if (socket.connections() >= limits.connections()) {
            refuse(channel, "limit");
        } else if (limits.connectionsPerClient() > 0
                && !socket.clients().enter(client, limits.connectionsPerClient())) {
            refuse(channel, "client_limit");
        } else {
            if (limits.connectionsPerClient() > 0) {
                channel.closeFuture().addListener(closed -> socket.clients().leave(client));
            }
            admit(channel, socket, limits);
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

    private void refuse(QuicChannel channel, String reason) {
        intake.observer().refused(port.socket().serving().listener().name(), reason);
        close(channel);
    }

    /** Once the first packet was read: before, the client could not be told in a way that it believes. */
    private static void close(QuicChannel channel) {
        channel.eventLoop().execute(() -> {
            var _ = channel.close(false, (int) QuicTransportError.CONNECTION_REFUSED.code(), Unpooled.EMPTY_BUFFER);
        });
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
