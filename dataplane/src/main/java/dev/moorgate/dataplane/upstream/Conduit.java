package dev.moorgate.dataplane.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;

/**
 * One connection as the forwarder sees it, on either side: the last handler of its pipeline. What is written leaves with
 * one flush at the end of the loop's turn. Its event loop only.
 */
public abstract class Conduit extends ChannelInboundHandlerAdapter {
    /** Most plain text of one record of TLS (RFC 8446 5.1). More than that leaves before the turn ends, see {@link FlushQueue}. */
    private static final int RECORD = 16 * 1024;

    /** So much leaves at once. The channel says so itself, but does not know of what waits to be encrypted. */
    private static final int FULL = 64 * 1024;

    private final FlushQueue flushes;
    private @Nullable ChannelHandlerContext context;
    private boolean written;
    private int unflushed;
    private boolean flushed;
    private boolean outputLost;

    protected Conduit(FlushQueue flushes) {
        this.flushes = flushes;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    protected final ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not in a pipeline yet");
        }
        return ctx;
    }

    /** Whether it has its channel. */
    protected final boolean isAdded() {
        return context != null;
    }

    public final Channel channel() {
        return context().channel();
    }

    /** A buffer of the loop's allocator, for what is written here. */
    public final ByteBuf buffer(int size) {
        return context().alloc().directBuffer(size);
    }

    /** Takes over {@code bytes}; they leave with the turn's flush. */
    public final void write(ByteBuf bytes) {
        ChannelHandlerContext ctx = context();
        boolean wasLarge = unflushed > RECORD;
        unflushed += bytes.readableBytes();
        var _ = ctx.write(bytes, ctx.voidPromise());
        written();
        if (!wasLarge && unflushed > RECORD) {
            flushes.addLarge(this);
        }
    }

    private void written() {
        if (!written) {
            written = true;
            flushes.add(this);
        }
    }

    /** There is something to write when the turn ends: {@link #turnEnds} is called then. */
    protected final void flushLater() {
        written();
    }

    /** The turn ends: the last moment to write something for it. */
    protected void turnEnds() {}

    public final void flushNow() {
        if (written) {
            turnEnds();
            written = false;
            flushed = true;
            int size = unflushed;
            unflushed = 0;
            if (size <= RECORD) {
                context().flush();
            } else {
                flushLarge(context());
            }
        }
    }

    /** Small pieces are worth a copy to fill a record of TLS with; of large ones the copies would be all that is gained. */
    private static void flushLarge(ChannelHandlerContext ctx) {
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        if (tls == null) {
            ctx.flush();
            return;
        }
        tls.setWrapDataSize(0);
        ctx.flush();
        tls.setWrapDataSize(RECORD);
    }

    /**
     * Whether more may be written. Where enough waits it is offered to the socket first, so that a peer that keeps up is never
     * paused.
     */
    public final boolean hasRoom() {
        Channel channel = context().channel();
        if (channel.isWritable() && unflushed < FULL) {
            return true;
        }
        flushNow();
        return channel.isWritable();
    }

    /** Bytes that were written and wait for the socket. */
    public final long pendingBytes() {
        ChannelOutboundBuffer queue = context().channel().unsafe().outboundBuffer();
        return queue == null ? 0 : queue.totalPendingWriteBytes();
    }

    /** Whether anything was handed to the socket since the last {@link #countFlushes}. */
    public final boolean hasFlushed() {
        return flushed;
    }

    protected final void countFlushes() {
        flushed = false;
    }

    /** Whether the socket is read; that begins only where it {@link #takesMore}. */
    public final void setReading(boolean on) {
        Channel channel = context().channel();
        // A closed channel tells of its end a moment later; to read it until then would fail, and cut off what it said
        // before.
        if (channel.config().isAutoRead() != on && channel.isOpen() && (!on || takesMore())) {
            channel.config().setAutoRead(on);
        }
    }

    /**
     * From now on a write that fails does not close: what the peer said before it went, a refusal or a last frame, is still read, and
     * then its end.
     */
    protected final void outliveWrites() {
        channel().config().setOption(ChannelOption.AUTO_CLOSE, false);
    }

    /** Whether {@code problem} says no more than that what is written cannot leave, where {@link #outliveWrites} holds. */
    protected final boolean losesOutput(Throwable problem) {
        // The second is of what is written later, the third of the attempt to end our direction of what the peer has
        // reset.
        boolean loses = !channel().config().isAutoClose()
                && (problem instanceof ChannelOutputShutdownException
                        || problem instanceof ClosedChannelException
                        || problem instanceof NotYetConnectedException);
        outputLost |= loses;
        return loses;
    }

    /** Whether nothing that is written can leave: once what came is read, the connection is over. */
    protected final boolean hasLostOutput() {
        return outputLost;
    }

    /** Whether reading may begin, whoever asks for it. */
    protected boolean takesMore() {
        return true;
    }

    public final boolean isOpen() {
        return context().channel().isActive();
    }

    /** Closes at once; what was written in this turn is offered to the socket before. */
    public final void close() {
        ChannelHandlerContext ctx = context();
        flushNow();
        var _ = ctx.close(ctx.newPromise());
    }

    /** Closes at once; what was written in this turn and has not left never does. */
    protected final void closeUnsent() {
        ChannelHandlerContext ctx = context();
        written = false;
        unflushed = 0;
        var _ = ctx.close(ctx.newPromise());
    }

    /** Sends what is written and closes when it has left. */
    public final void closeWhenSent() {
        ChannelHandlerContext ctx = context();
        written = false;
        unflushed = 0;
        var _ = ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Cuts the connection so that the peer cannot take it for a proper end: a reset, and no closure alert of TLS. */
    public final void cut() {
        Channel channel = context().channel();
        flushNow();
        if (channel instanceof SocketChannel socket && channel.isOpen()) {
            socket.config().setSoLinger(0);
        }
        // From the first context on the way out nothing is in between: SslHandler would say goodbye.
        ChannelHandlerContext first = channel.pipeline().firstContext();
        var _ = (first == null ? context() : first).close();
    }

    /** Sends what is written and then the end of our side: TLS says so itself and leaves the connection open. */
    protected final void closeOutput() {
        ChannelHandlerContext ctx = context();
        written = false;
        unflushed = 0;
        // A shutdown at once would lose what still waits for the socket.
        var _ = ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> endOutput(ctx));
    }

    private static void endOutput(ChannelHandlerContext ctx) {
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        if (tls != null) {
            var _ = tls.closeOutbound();
        } else if (ctx.channel() instanceof DuplexChannel duplex && duplex.isActive()) {
            var _ = duplex.shutdownOutput();
        }
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) {
            received(bytes);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        flushes.flushLarge();
        ctx.fireChannelReadComplete();
    }

    /** Takes over {@code bytes}. */
    protected abstract void received(ByteBuf bytes);
}
