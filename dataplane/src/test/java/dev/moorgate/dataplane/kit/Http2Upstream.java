package dev.moorgate.dataplane.kit;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An endpoint that speaks HTTP/2 by Netty's codec, so that ours is checked by another's; a script answers each call. */
public final class Http2Upstream implements AutoCloseable {
    /** A call with this field gets no windows for its content until {@link Call#read}. */
    public static final String UNREAD = "x-unread";

    private static final char CONNECT_PROTOCOL = 8;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel server;
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final List<Long> resets = new CopyOnWriteArrayList<>();

    private Http2Upstream(Consumer<Call> script, Http2Settings settings, @Nullable SslContext tls, boolean switches) {
        server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.incrementAndGet();
                        open.add(channel);
                        if (tls == null) {
                            speak(channel, settings, script);
                            return;
                        }
                        channel.pipeline()
                                .addLast(tls.newHandler(channel.alloc()))
                                .addLast(new ApplicationProtocolNegotiationHandler("") {
                                    @Override
                                    protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
                                        if (!switches || protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                                            speak(channel, settings, script);
                                        } else {
                                            ctx.pipeline().addLast(new Http1Switch());
                                        }
                                    }
                                });
                    }
                })
                .bind(new InetSocketAddress(RawClient.loopback(), 0))
                .syncUninterruptibly()
                .channel();
    }

    private void speak(Channel channel, Http2Settings settings, Consumer<Call> script) {
        channel.pipeline()
                .addLast(Http2FrameCodecBuilder.forServer()
                        .initialSettings(settings)
                        .build())
                .addLast(new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        stream.pipeline().addLast(new Call(channel, script));
                    }
                }));
    }

    private static Http2Settings settings(long mostStreams) {
        return Http2Settings.defaultSettings().maxConcurrentStreams(mostStreams);
    }

    /** {@code script} runs on the endpoint's event loop when a call is whole, and when a tunnel is asked for. */
    public static Http2Upstream running(Consumer<Call> script) {
        return new Http2Upstream(script, settings(100), null, false);
    }

    /** Offers tunnels (RFC 8441). */
    public static Http2Upstream tunnelling(Consumer<Call> script) {
        Http2Settings settings = settings(100);
        settings.put(CONNECT_PROTOCOL, Long.valueOf(1));
        return new Http2Upstream(script, settings, null, false);
    }

    /** Offers no tunnels over HTTP/2; who does not ask for it is taken for a WebSocket and gets back what it sends. */
    public static Http2Upstream switching(SslContext tls, Consumer<Call> script) {
        return new Http2Upstream(script, settings(100), tls, true);
    }

    public static Http2Upstream answering(String body) {
        return running(call -> call.answer(200, body));
    }

    /** Takes so many streams a connection. */
    public static Http2Upstream narrow(int mostStreams, Consumer<Call> script) {
        return new Http2Upstream(script, settings(mostStreams), null, false);
    }

    public static Http2Upstream securedBy(SslContext tls, Consumer<Call> script) {
        return new Http2Upstream(script, settings(100), tls, false);
    }

    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** Connections that were accepted so far. */
    public int connections() {
        return connections.get();
    }

    public int openConnections() {
        return open.size();
    }

    /** Calls that have begun, in order. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Codes of the resets that came. */
    public List<Long> resets() {
        return List.copyOf(resets);
    }

    /** Ends every connection without a word. */
    public void closeAll() {
        open.close().syncUninterruptibly();
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        closeAll();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** One stream. */
    public final class Call extends ChannelInboundHandlerAdapter {
        private final Channel connection;
        private final Consumer<Call> script;
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private final AtomicLong sent = new AtomicLong();
        private volatile @Nullable Http2Headers head;
        private volatile @Nullable Http2Headers trailers;
        private volatile @Nullable ChannelHandlerContext context;

        Call(Channel connection, Consumer<Call> script) {
            this.connection = connection;
            this.script = script;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            context = ctx;
            boolean end = false;
            if (message instanceof Http2HeadersFrame frame) {
                if (head == null) {
                    head = frame.headers();
                    if (frame.headers().contains(UNREAD)) {
                        var _ = ctx.channel().config().setAutoRead(false);
                    }
                    calls.add(this);
                    if (frame.headers().contains(":protocol")) {
                        script.accept(this);
                    }
                } else {
                    trailers = frame.headers();
                }
                end = frame.isEndStream();
            } else if (message instanceof Http2DataFrame frame) {
                content.writeBytes(ByteBufUtil.getBytes(frame.content()));
                end = frame.isEndStream();
            } else if (message instanceof Http2ResetFrame frame) {
                resets.add(frame.errorCode());
            }
            ReferenceCountUtil.release(message);
            if (end) {
                script.accept(this);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof Http2ResetFrame frame) {
                resets.add(frame.errorCode());
            }
        }

        private ChannelHandlerContext known() {
            ChannelHandlerContext ctx = context;
            if (ctx == null) {
                throw new IllegalStateException("nothing has come yet");
            }
            return ctx;
        }

        /** A field of the request, pseudo-fields by their names; null: there is none. */
        public @Nullable String field(String name) {
            Http2Headers fields = head;
            CharSequence value = fields == null ? null : fields.get(name);
            return value == null ? null : value.toString();
        }

        public @Nullable String trailer(String name) {
            Http2Headers fields = trailers;
            CharSequence value = fields == null ? null : fields.get(name);
            return value == null ? null : value.toString();
        }

        /** Names of all fields of the request. */
        public List<String> names() {
            Http2Headers fields = head;
            return fields == null
                    ? List.of()
                    : fields.names().stream().map(CharSequence::toString).toList();
        }

        public String content() {
            return content.toString(StandardCharsets.ISO_8859_1);
        }

        /** Sends a head; {@code fields} are names and values in turn. */
        public Call head(int status, boolean end, String... fields) {
            Http2Headers headers = new DefaultHttp2Headers().status(Integer.toString(status));
            for (int i = 0; i < fields.length; i += 2) {
                headers.add(fields[i], fields[i + 1]);
            }
            var _ = known().writeAndFlush(new DefaultHttp2HeadersFrame(headers, end));
            return this;
        }

        public Call data(String text, boolean end) {
            var bytes = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
            var _ = known().writeAndFlush(new DefaultHttp2DataFrame(bytes, end)).addListener(done -> {
                if (done.isSuccess()) {
                    sent.addAndGet(text.length());
                }
            });
            return this;
        }

        /** Bytes of content that the proxy's windows have let go. */
        public long sent() {
            return sent.get();
        }

        /** Reads on, where the call was to wait. */
        public void read() {
            var _ = known().channel().config().setAutoRead(true);
        }

        public int received() {
            return content.size();
        }

        public void trailers(String... fields) {
            Http2Headers headers = new DefaultHttp2Headers();
            for (int i = 0; i < fields.length; i += 2) {
                headers.add(fields[i], fields[i + 1]);
            }
            var _ = known().writeAndFlush(new DefaultHttp2HeadersFrame(headers, true));
        }

        public void answer(int status, String body) {
            head(status, body.isEmpty());
            if (!body.isEmpty()) {
                data(body, true);
            }
        }

        public void reset(Http2Error error) {
            var _ = known().writeAndFlush(new DefaultHttp2ResetFrame(error));
        }

        /** Tells the proxy that no further stream is looked at; this one and those before it are. */
        public void goAway() {
            var _ = connection.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
        }

        /** Cuts the connection. */
        public void cut() {
            var _ = connection.close();
        }
    }
}
