package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.failure.ProxyFailure;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to an endpoint, whatever it speaks: from the dial through the handshake to its end, which is told once. Its event
 * loop only.
 */
abstract class EndpointConduit extends Conduit {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointConduit.class);

    private final Deadline connectDeadline =
            new Deadline(() -> fail(ProxyFailure.CONNECT_TIMEOUT, "no connection in time"));
    private @Nullable Timers timers;
    private @Nullable Throwable cause;
    private boolean connected;
    private boolean closed;

    EndpointConduit(FlushQueue flushes) {
        super(flushes);
    }

    /** Whose connection it is, and how it is spoken to. */
    abstract UpstreamTarget target();

    /** It is there, and so is TLS. */
    abstract void opened();

    /** It did not come about. */
    abstract void refused(ProxyFailure failure, String detail);

    /** It was there and is closed. */
    abstract void ended();

    // ------------------------------------------------------------------ connecting

    final void begin(Timers by, long connectNanos) {
        by.arm(connectDeadline, by.clock().nanoTime(), connectNanos);
        timers = by;
    }

    private void forgetDeadline() {
        Timers known = timers;
        if (known != null) {
            known.forget(connectDeadline);
        }
    }

    @Override
    public final void handlerAdded(ChannelHandlerContext ctx) {
        super.handlerAdded(ctx);
        outliveWrites();
        if (ctx.channel() instanceof EpollSocketChannel socket) {
            // A peer that lost its power is noticed within half a minute, idle or not (faults F15).
            socket.config()
                    .setTcpKeepIdle(15)
                    .setTcpKeepIntvl(5)
                    .setTcpKeepCnt(3)
                    .setTcpUserTimeout(30_000);
        }
        EndpointTls tls = target().tls();
        if (tls != null) {
            ctx.pipeline().addFirst(tls.newHandler(ctx.alloc(), target().address()));
        }
    }

    @Override
    public final void channelActive(ChannelHandlerContext ctx) {
        if (target().tls() == null) {
            connected();
        }
    }

    /** The handshake of TLS is over. */
    final void handshaken(SslHandshakeCompletionEvent event) {
        EndpointTls tls = target().tls();
        if (tls == null || connected || closed) {
            return;
        }
        String refusal = event.isSuccess() ? tls.refusal(context().pipeline()) : EndpointTls.explain(event.cause());
        if (refusal == null) {
            connected();
        } else {
            fail(ProxyFailure.TLS_VERIFY, refusal);
        }
    }

    private void connected() {
        connected = true;
        forgetDeadline();
        opened();
    }

    /** Gives up a connection that is not there yet. */
    final void fail(ProxyFailure failure, String detail) {
        if (connected || closed) {
            return;
        }
        closed = true;
        forgetDeadline();
        if (isAdded()) {
            var _ = channel().close();
        }
        refused(failure, detail);
    }

    /** Whether nobody waits for it any more. */
    final boolean isGivenUp() {
        return closed;
    }

    final boolean isConnecting() {
        return !connected && !closed;
    }

    /** Whether it is there. */
    final boolean isConnected() {
        return connected && !closed;
    }

    // ------------------------------------------------------------------ the end

    /** What went wrong first; null: nothing did. */
    final @Nullable Throwable cause() {
        return cause;
    }

    @Override
    public final void exceptionCaught(ChannelHandlerContext ctx, Throwable problem) {
        boolean losesOutput = losesOutput(problem);
        if (cause == null) {
            cause = losesOutput && problem.getCause() != null ? problem.getCause() : problem;
        }
        if (losesOutput) {
            return;
        }
        // what TLS cannot decode is the other side's doing and has its reason word
        if (problem instanceof RuntimeException && !(problem instanceof DecoderException)) {
            LOG.error("An answer failed in the proxy itself", problem);
        }
        if (connected) {
            var _ = ctx.close();
        } else {
            fail(
                    target().tls() == null ? ProxyFailure.CONNECT_REFUSED : ProxyFailure.TLS_VERIFY,
                    EndpointTls.explain(problem));
        }
    }

    @Override
    public final void channelInactive(ChannelHandlerContext ctx) {
        if (!connected) {
            fail(ProxyFailure.CONNECT_REFUSED, "closed in the handshake");
        } else if (!closed) {
            closed = true;
            ended();
        }
    }
}
