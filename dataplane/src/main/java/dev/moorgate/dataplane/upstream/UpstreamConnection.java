package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.failure.ProxyFailure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to an endpoint in HTTP/1.1: under way, on lease or idle in its pool. The lease's reader is a field, so that a response
 * costs no look-up and no future. Its event loop only.
 */
public final class UpstreamConnection extends Http1Conduit implements UpstreamStream {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamConnection.class);

    final EndpointPool pool;

    @Nullable
    UpstreamConnection newer;

    @Nullable
    UpstreamConnection older;

    long idleSince;

    private final Deadline connectDeadline =
            new Deadline(() -> fail(ProxyFailure.CONNECT_TIMEOUT, "no connection in time"));
    private @Nullable Lease waiter;
    private @Nullable UpstreamReader reader;
    private @Nullable Throwable cause;
    private int leases;
    private boolean idle;
    private boolean connected;
    private boolean closed;
    private boolean closeNotified;

    UpstreamConnection(EndpointPool pool, Lease waiter, FlushQueue flushes) {
        super(flushes);
        this.pool = pool;
        this.waiter = waiter;
        waiter.connecting = this;
    }

    // ------------------------------------------------------------------ connecting

    void begin(Timers timers, long connectNanos) {
        timers.arm(connectDeadline, timers.clock().nanoTime(), connectNanos);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        super.handlerAdded(ctx);
        prepare(ctx, pool.target());
    }

    /** What every connection to an endpoint has below it. */
    static void prepare(ChannelHandlerContext ctx, UpstreamTarget target) {
        if (ctx.channel() instanceof EpollSocketChannel socket) {
            // A peer that lost its power is noticed within half a minute, idle or not (faults F15).
            socket.config()
                    .setTcpKeepIdle(15)
                    .setTcpKeepIntvl(5)
                    .setTcpKeepCnt(3)
                    .setTcpUserTimeout(30_000);
        }
        EndpointTls tls = target.tls();
        if (tls != null) {
            ctx.pipeline().addFirst(tls.newHandler(ctx.alloc(), target.address()));
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (pool.target().tls() == null) {
            connected();
        }
    }

    private void connected() {
        connected = true;
        connectDeadline.disarm();
        pool.opened();
        Lease lease = waiter;
        waiter = null;
        if (lease == null) {
            pool.add(this);
        } else {
            lease.connecting = null;
            leases++;
            pool.upstream().pendingEnded();
            lease.leased(this);
        }
    }

    /** The connection did not come about. */
    void fail(ProxyFailure failure, String detail) {
        if (connected || closed) {
            return;
        }
        closed = true;
        connectDeadline.disarm();
        Lease lease = waiter;
        waiter = null;
        pool.failed(failure);
        var _ = channel().close();
        if (lease != null) {
            lease.connecting = null;
            pool.upstream().pendingEnded();
            lease.refused(failure, detail);
        }
    }

    void forget(Lease lease) {
        lease.connecting = null;
        waiter = null;
        pool.upstream().pendingEnded();
    }

    private void handshaken(SslHandshakeCompletionEvent event) {
        EndpointTls tls = pool.target().tls();
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

    // ------------------------------------------------------------------ on lease

    public UpstreamTarget target() {
        return pool.target();
    }

    @Override
    public boolean isReused() {
        return leases > 1;
    }

    @Override
    public boolean isUnsent() {
        return !hasFlushed();
    }

    @Override
    public void setReader(UpstreamReader newReader) {
        reader = newReader;
    }

    boolean lease() {
        idle = false;
        leases++;
        countFlushes();
        return isOpen();
    }

    void idle(long now) {
        idle = true;
        idleSince = now;
    }

    /** Nobody has it on lease and nobody shall. */
    void evict() {
        if (idle) {
            idle = false;
            pool.remove(this);
        }
        close();
    }

    @Override
    public void release() {
        reader = null;
        if (isOpen()) {
            setReading(true);
            pool.add(this);
        }
    }

    @Override
    public void discard() {
        reader = null;
        close();
    }

    @Override
    public boolean mayTunnel() {
        return true;
    }

    @Override
    public void beginTunnel() {
        channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }

    @Override
    public void endOutput() {
        closeOutput();
    }

    // ------------------------------------------------------------------ events

    @Override
    protected void received(ByteBuf bytes) {
        UpstreamReader user = reader;
        if (user != null) {
            user.upstreamRead(bytes);
        } else {
            // Nobody has asked: what such an upstream says next would be taken for somebody's answer.
            bytes.release();
            evict();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        UpstreamReader user = reader;
        if (user != null && ctx.channel().isWritable()) {
            user.upstreamWritable();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        switch (event) {
            case SslHandshakeCompletionEvent handshake -> handshaken(handshake);
            case SslCloseCompletionEvent close -> {
                closeNotified |= close.isSuccess();
                if (idle) {
                    evict();
                }
            }
            case ChannelInputShutdownEvent _ -> {
                UpstreamReader user = reader;
                if (user == null) {
                    evict();
                } else {
                    user.upstreamInputEnded();
                }
            }
            default -> {}
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable problem) {
        if (cause == null) {
            cause = problem;
        }
        // what TLS cannot decode is the other side's doing and has its reason word
        if (problem instanceof RuntimeException && !(problem instanceof DecoderException)) {
            LOG.error("An answer failed in the proxy itself", problem);
        }
        if (!connected) {
            fail(
                    pool.target().tls() == null ? ProxyFailure.CONNECT_REFUSED : ProxyFailure.TLS_VERIFY,
                    EndpointTls.explain(problem));
        } else {
            var _ = ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!connected) {
            fail(ProxyFailure.CONNECT_REFUSED, "closed in the handshake");
            return;
        }
        if (closed) {
            return;
        }
        closed = true;
        if (cause == null && pool.target().tls() != null && !closeNotified) {
            cause = new TruncatedException();
        }
        if (idle) {
            idle = false;
            pool.remove(this);
        }
        pool.closed();
        UpstreamReader user = reader;
        reader = null;
        if (user != null) {
            user.upstreamClosed(cause);
        }
    }

    /** The connection ended without the closure alert that TLS ends with: what came may be cut (RFC 9112 9.8). */
    private static final class TruncatedException extends IOException {
        private static final long serialVersionUID = 1;

        TruncatedException() {
            super("closed without close_notify");
        }
    }
}
