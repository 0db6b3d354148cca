package dev.moorgate.dataplane.faults.endpoint;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.unix.Buffer;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * An endpoint that answers each request with "ok" until its power is cut: from then on its connections take no packet, and so
 * acknowledge none, and nobody is told. It is Linux that drops them, by a socket filter that passes nothing.
 */
final class PowerlessEndpoint implements AutoCloseable {
    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;
    /** {@code struct sock_fprog}: the number of instructions and, aligned, where they are. */
    private static final int PROGRAM_BYTES = 16;

    private static final RawUnixChannelOption FILTER =
            new RawUnixChannelOption("SO_ATTACH_FILTER", SOL_SOCKET, SO_ATTACH_FILTER, PROGRAM_BYTES);
    private static final ByteBuf ANSWER = Unpooled.unreleasableBuffer(
            Unpooled.copiedBuffer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", StandardCharsets.US_ASCII));

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final Channel server;

    PowerlessEndpoint() {
        server = new ServerBootstrap()
                .group(loops)
                .channel(EpollServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.add(channel);
                        channel.pipeline().addLast(new Answers());
                    }
                })
                .bind(InetAddress.ofLiteral("127.0.0.1"), 0)
                .syncUninterruptibly()
                .channel();
    }

    private static final class Answers extends SimpleChannelInboundHandler<ByteBuf> {
        private String read = "";

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            read += bytes.toString(StandardCharsets.ISO_8859_1);
            if (read.endsWith("\r\n\r\n")) {
                read = "";
                var _ = ctx.writeAndFlush(ANSWER.duplicate());
            }
        }
    }

    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** On the connections that there are. */
    void cutPower() {
        // one instruction of classic BPF: return 0, of the packet nothing
        ByteBuffer instructions = ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
        instructions.putShort(0, (short) 0x06);
        ByteBuffer program = ByteBuffer.allocateDirect(PROGRAM_BYTES).order(ByteOrder.nativeOrder());
        program.putShort(0, (short) 1).putLong(8, Buffer.memoryAddress(instructions));
        for (Channel connection : connections) {
            connection.config().setOption(FILTER, program.duplicate());
        }
    }

    @Override
    public void close() {
        var _ = server.close();
        loops.shutdownGracefully().syncUninterruptibly();
    }
}
