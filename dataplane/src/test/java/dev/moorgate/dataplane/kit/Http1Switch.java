package dev.moorgate.dataplane.kit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.nio.charset.StandardCharsets;

/** Agrees to the WebSocket that a request of HTTP/1.1 asks for, and answers everything behind it with the same. */
final class Http1Switch extends SimpleChannelInboundHandler<ByteBuf> {
    private final StringBuilder head = new StringBuilder();
    private boolean switched;

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
        if (switched) {
            var _ = ctx.writeAndFlush(bytes.retain());
            return;
        }
        head.append(bytes.toString(StandardCharsets.ISO_8859_1));
        if (head.indexOf("\r\n\r\n") >= 0) {
            switched = true;
            var _ = ctx.writeAndFlush(
                    Unpooled.copiedBuffer(ScriptedUpstream.switched(head.toString()), StandardCharsets.ISO_8859_1));
        }
    }
}
