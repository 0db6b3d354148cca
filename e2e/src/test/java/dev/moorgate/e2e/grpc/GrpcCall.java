package dev.moorgate.e2e.grpc;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrame;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What came of one gRPC call with an empty message. */
public record GrpcCall(int status, Optional<String> grpcStatus, String content) {
    private static final int TIMEOUT_SECONDS = 10;
    /** Not compressed, of length 0. */
    private static final byte[] EMPTY_MESSAGE = new byte[5];

    /** Calls on a connection of its own, in clear HTTP/2 without asking first. */
    public static GrpcCall of(String address, int port, String authority, String method) throws IOException {
        var loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            Channel connection = new Bootstrap()
                    .group(loop)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, TIMEOUT_SECONDS * 1000)
                    .handler(new Opening())
                    .connect(address, port)
                    .syncUninterruptibly()
                    .channel();
            var answer = new Answer();
            var stream = new Http2StreamChannelBootstrap(connection)
                    .handler(answer)
                    .open()
                    .syncUninterruptibly()
                    .getNow();
            var head = new DefaultHttp2Headers()
                    .method("POST")
                    .scheme("http")
                    .authority(authority)
                    .path(method)
                    .add("content-type", "application/grpc")
                    .add("te", "trailers");
            var _ = stream.write(new DefaultHttp2HeadersFrame(head));
            var _ = stream.writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(EMPTY_MESSAGE), true));
            return answer.whole.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static final class Opening extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline()
                    .addLast(
                            Http2FrameCodecBuilder.forClient().build(),
                            new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
        }
    }

    /** Gathers one stream; its event loop only, but for the future. */
    private static final class Answer extends SimpleChannelInboundHandler<Http2StreamFrame> {
        private final CompletableFuture<GrpcCall> whole = new CompletableFuture<>();
        private final StringBuilder content = new StringBuilder();
        private int status;
        private Optional<String> grpcStatus = Optional.empty();

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Http2StreamFrame frame) {
            switch (frame) {
                case Http2HeadersFrame head -> {
                    if (head.headers().status() != null) {
                        status = Integer.parseInt(head.headers().status().toString());
                    }
                    CharSequence told = head.headers().get("grpc-status");
                    grpcStatus = told == null ? grpcStatus : Optional.of(told.toString());
                    end(head.isEndStream());
                }
                case Http2DataFrame data -> {
                    content.append(data.content().toString(StandardCharsets.ISO_8859_1));
                    end(data.isEndStream());
                }
                case Http2ResetFrame reset ->
                    whole.completeExceptionally(new EOFException("reset: " + reset.errorCode()));
                default -> {}
            }
        }

        private void end(boolean last) {
            if (last) {
                whole.complete(new GrpcCall(status, grpcStatus, content.toString()));
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            whole.completeExceptionally(new EOFException("the stream ended early"));
        }
    }
}
