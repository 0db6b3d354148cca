package dev.moorgate.dataplane.upstream;

import dev.moorgate.dataplane.failure.ProxyFailure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an endpoint in HTTP/1.1: under way, on lease or idle in its pool. The lease's reader is a field, so that a response
 * costs no look-up and no future. Its event loop only.
 */
public final class UpstreamConnection extends EndpointConduit implements UpstreamStream, Outlet.Bytes {
    final EndpointPool pool;

    @Nullable
    UpstreamConnection newer;

    @Nullable
    UpstreamConnection older;

    long idleSince;

    private @Nullable Lease waiter;
    private @Nullable UpstreamReader reader;
    private int leases;
    private boolean idle;
    private boolean tunnel;
    private boolean closeNotified;

    UpstreamConnection(EndpointPool pool, Lease waiter, FlushQueue flushes) {
        super(flushes);
        this.pool = pool;
        this.waiter = waiter;
        waiter.connecting = this;
    }

    // ------------------------------------------------------------------ connecting

    @Override
    void opened() {
        pool.opened();
        Lease lease = waiter;
        waiter = null;
        if (lease == null) {
            // Whoever gets it finds it as old as any other.
            leases++;
            pool.add(this);
        } else {
            lease.connecting = null;
            leases++;
            pool.upstream().pendingEnded();
            lease.leased(this);
        }
    }

    @Override
    void refused(ProxyFailure failure, String detail) {
        Lease lease = waiter;
        waiter = null;
        pool.failed(failure);
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

    // ------------------------------------------------------------------ on lease

    @Override
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
        return isUsable();
    }

    private boolean isUsable() {
        return isOpen() && !hasLostOutput();
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
        if (isUsable()) {
            setReading(true);
            pool.add(this);
        } else {
            close();
        }
    }

    @Override
    public void discard() {
        reader = null;
        if (tunnel) {
            close();
        } else {
            // A request that is given up before it left must not arrive: it may be sent again, or have been refused.
            closeUnsent();
        }
    }

    @Override
    public boolean mayTunnel() {
        return true;
    }

    @Override
    public void beginTunnel() {
        tunnel = true;
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
                } else if (hasLostOutput()) {
                    close();
                } else {
                    user.upstreamInputEnded();
                }
            }
            default -> {}
        }
    }

    @Override
    void ended() {
        if (idle) {
            idle = false;
            pool.remove(this);
        }
        pool.closed();
        UpstreamReader user = reader;
        reader = null;
        if (user != null) {
            Throwable known = cause();
            boolean cut = known == null && target().tls() != null && !closeNotified;
            user.upstreamClosed(cut ? new TruncatedException() : known);
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
