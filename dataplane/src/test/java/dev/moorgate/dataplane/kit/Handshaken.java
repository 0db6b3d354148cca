package dev.moorgate.dataplane.kit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.function.Consumer;

/** Hands a connection over when its handshake has said what is spoken. */
final class Handshaken extends ChannelInboundHandlerAdapter {
    private final Consumer<Channel> next;

    Handshaken(Consumer<Channel> next) {
        this.next = next;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        // told when the handshake is over
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
            next.accept(ctx.channel());
            ctx.fireChannelActive();
        }
    }
}
