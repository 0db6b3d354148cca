package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.tls.ClientHello;
import dev.moorgate.dataplane.listen.tls.HandshakeFailure;
import dev.moorgate.dataplane.listen.tls.TlsContext;
import dev.moorgate.dataplane.listen.tls.TlsSession;
import dev.moorgate.routetable.Listener;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Waits behind the TLS handshake: starts the connection when it is done; counts and closes when it fails. One connection, its
 * event loop only.
 */
final class HandshakeOutcome extends ChannelInboundHandlerAdapter {
    private static final int ALERT = 21;
    private static final int FATAL = 2;
    private static final int LEGACY_VERSION = 0x0303;

    private final ListenSocket socket;
    private final Intake intake;
    private @Nullable ClientHello hello;
    private @Nullable TlsContext context;
    private boolean over;

    HandshakeOutcome(ListenSocket socket, Intake intake) {
        this.socket = socket;
        this.intake = intake;
    }

    /** The certificate that the engine shows from here on. */
    void chosen(@Nullable ClientHello read, TlsContext shown) {
        hello = read;
        context = shown;
    }

    private void end() {
        if (!over) {
            over = true;
            intake.handshakes().decrementAndGet();
        }
    }

    /** Ends the handshake for {@code reason}, with its alert where it has one. */
    void fail(ChannelHandlerContext ctx, HandshakeFailure reason) {
        if (over) {
            return;
        }
        end();
        intake.observer().handshakeFailed(socket.serving().listener().name(), reason.word());
        if (reason.alert() == 0 || context != null || isSilent(reason)) {
            var _ = ctx.close();
        } else {
            ByteBuf alert = ctx.alloc().buffer(7);
            alert.writeByte(ALERT).writeShort(LEGACY_VERSION).writeShort(2);
            alert.writeByte(FATAL).writeByte(reason.alert());
            ctx.writeAndFlush(alert).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** Gateway API's TLSRoute: a connection for a name that nobody has is closed, and no TLS is spoken on it. */
    private boolean isSilent(HandshakeFailure reason) {
        return reason == HandshakeFailure.UNKNOWN_NAME
                && socket.serving().listener().protocol() == Listener.Protocol.TLS;
    }

    /** There is no handshake of ours: the client speaks TLS with the endpoint. */
    void passThrough(ChannelHandlerContext ctx, @Nullable String serverName) {
        end();
        intake.start().pass(ctx.channel(), socket, Optional.ofNullable(serverName));
        ctx.pipeline().context(this).fireChannelActive();
        ctx.pipeline().remove(this);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        // fired on when the handshake is done: the connection's handlers see one active channel, in clear and under TLS
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        end();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail(ctx, HandshakeFailure.CLOSED);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                start(ctx);
            } else {
                fail(ctx, HandshakeFailure.of(handshake.cause()));
            }
        }
    }

    private void start(ChannelHandlerContext ctx) {
        SSLSession session = Objects.requireNonNull(ctx.pipeline().get(SslHandler.class))
                .engine()
                .getSession();
        TlsContext shown = Objects.requireNonNull(context);
        var settled = new TlsSession(
                Optional.ofNullable(Objects.requireNonNull(hello).serverName()),
                shown.certificate(),
                shown.policy(),
                session.getProtocol(),
                session.getCipherSuite(),
                shown.clientValidation(),
                shown.client(session));
        if (settled.lacksCertificate()) {
            fail(ctx, HandshakeFailure.CLIENT_CERTIFICATE);
            return;
        }
        end();
        intake.start().start(ctx.channel(), socket, Optional.of(settled));
        ctx.fireChannelActive();
        ctx.pipeline().remove(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable root = cause.getCause() == null ? cause : cause.getCause();
        fail(ctx, HandshakeFailure.of(root));
        var _ = ctx.close();
    }
}
