package dev.moorgate.dataplane.listen.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * First on a connection from a load balancer: takes the PROXY header off it, notes the client, and lets the connection begin; or
 * closes it. One connection, its event loop only.
 */
public final class ProxyHeaderReader extends ChannelInboundHandlerAdapter {
    private static final AttributeKey<InetSocketAddress> CLIENT = AttributeKey.valueOf("moorgate.client");

    private final Duration limit;
    private final Consumer<Channel> begin;
    private final Consumer<String> refused;
    private ByteBuf held = Unpooled.EMPTY_BUFFER;
    private @Nullable ScheduledFuture<?> timeout;
    private boolean over;

    /**
     * Waits for a header.
     *
     * @param limit until it is whole
     * @param begin adds the handlers of a connection whose client is known
     * @param refused told the reason, a word of ours, where there is no good header
     */
    public ProxyHeaderReader(Duration limit, Consumer<Channel> begin, Consumer<String> refused) {
        this.limit = limit;
        this.begin = begin;
        this.refused = refused;
    }

    /** Who is at the other end: as a PROXY header told, else the peer. */
    public static InetSocketAddress client(Channel channel) {
        InetSocketAddress told = channel.attr(CLIENT).get();
        return told == null ? (InetSocketAddress) channel.remoteAddress() : told;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timeout = ctx.executor()
                .schedule(() -> refuse(ctx, "proxy_header_timeout"), limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (timeout != null) {
            timeout.cancel(false);
        }
        held.release();
        held = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        // fired on when the client is known: the connection's handlers see one active channel
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        refuse(ctx, "proxy_header_missing");
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (over || !(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message);
            return;
        }
        held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), held, bytes);
        switch (ProxyHeader.read(held)) {
            case ProxyHeader.Incomplete _ -> {}
            case ProxyHeader.Malformed _ -> refuse(ctx, "proxy_header_malformed");
            case ProxyHeader.Complete header -> {
                header.client().ifPresent(ctx.channel().attr(CLIENT)::set);
                begin(ctx, header.length());
            }
        }
    }

    private void begin(ChannelHandlerContext ctx, int length) {
        over = true;
        begin.accept(ctx.channel());
        ctx.fireChannelActive();
        held.skipBytes(length);
        if (held.isReadable()) {
            ByteBuf rest = held;
            held = Unpooled.EMPTY_BUFFER;
            ctx.fireChannelRead(rest);
            ctx.fireChannelReadComplete();
        }
        ctx.pipeline().remove(this);
    }

    private void refuse(ChannelHandlerContext ctx, String reason) {
        if (!over) {
            over = true;
            refused.accept(reason);
            var _ = ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        refuse(ctx, "proxy_header_missing");
    }
}
