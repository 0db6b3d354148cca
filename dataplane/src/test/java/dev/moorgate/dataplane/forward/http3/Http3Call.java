package dev.moorgate.dataplane.forward.http3;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.listen.quic.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.DefaultHttp3UnknownFrame;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One request of a client and what comes back for it. */
final class Http3Call extends Http3RequestStreamInboundHandler {
    /** Ends that the transport keeps to itself are looked for, here as by the proxy. */
    private static final long LOOK_MILLIS = 100;

    private final List<String> interim = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private volatile @Nullable QuicStreamChannel stream;
    private volatile @Nullable Http3Headers head;
    private volatile @Nullable Http3Headers trailers;
    private volatile boolean whole;
    private volatile boolean gone;
    private volatile long reset = -1;
    private final AtomicInteger size = new AtomicInteger();

    void on(QuicStreamChannel opened) {
        stream = opened;
        var looking = opened.eventLoop()
                .scheduleAtFixedRate(
                        () -> whole |= reset < 0 && StreamEnd.isReached(opened),
                        LOOK_MILLIS,
                        LOOK_MILLIS,
                        TimeUnit.MILLISECONDS);
        opened.closeFuture().addListener(_ -> looking.cancel(false));
    }

    QuicStreamChannel stream() {
        QuicStreamChannel known = stream;
        if (known == null) {
            throw new IllegalStateException("not open");
        }
        return known;
    }

    static Http3Headers head(String method, String path, String host, String... fields) {
        Http3Headers head = new DefaultHttp3Headers(false);
        head.method(method).scheme("https").authority(host).path(path);
        return with(head, fields);
    }

    static Http3Headers fields(String... fields) {
        return with(new DefaultHttp3Headers(false), fields);
    }

    private static Http3Headers with(Http3Headers head, String... fields) {
        for (int i = 0; i < fields.length; i += 2) {
            head.add(fields[i], fields[i + 1]);
        }
        return head;
    }

    // ------------------------------------------------------------------ sending

    Http3Call send(Http3Headers fields, boolean end) {
        return send(new DefaultHttp3HeadersFrame(fields), end, () -> {});
    }

    /** Sends a frame that means nothing (RFC 9114 7.2.8), so that the other side knows the stream. */
    Http3Call sendNothingYet() {
        return send(new DefaultHttp3UnknownFrame(0x40, Unpooled.EMPTY_BUFFER), false, () -> {});
    }

    Http3Call send(String text, boolean end) {
        return send(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), end);
    }

    Http3Call send(ByteBuf bytes, boolean end) {
        return send(new DefaultHttp3DataFrame(bytes), end, () -> {});
    }

    /** The same; {@code then} runs when the bytes have left. */
    void sent(ByteBuf bytes, boolean end, Runnable then) {
        send(new DefaultHttp3DataFrame(bytes), end, then);
    }

    private Http3Call send(Http3RequestStreamFrame frame, boolean end, Runnable then) {
        QuicStreamChannel to = stream();
        to.eventLoop().execute(() -> {
            if (end) {
                to.pipeline().addFirst(new EndingWrite());
            }
            var _ = to.writeAndFlush(frame).addListener(_ -> then.run());
        });
        return this;
    }

    /** Sends the end of the stream with what is written, and not behind it. */
    private static final class EndingWrite extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            var _ = ctx.write(
                    message instanceof ByteBuf last ? new DefaultQuicStreamFrame(last, true) : message, promise);
        }
    }

    void end() {
        var _ = stream().shutdownOutput();
    }

    void cancel() {
        var _ = stream().shutdown(Http3ErrorCode.H3_REQUEST_CANCELLED.code());
    }

    void read(boolean on) {
        stream().config().setAutoRead(on);
    }

    // ------------------------------------------------------------------ coming

    @Override
    protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
        String status = String.valueOf(frame.headers().status());
        if (head != null) {
            trailers = frame.headers();
        } else if (status.startsWith("1")) {
            interim.add(status);
        } else {
            head = frame.headers();
        }
    }

    @Override
    protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
        byte[] bytes = new byte[frame.content().readableBytes()];
        frame.content().readBytes(bytes);
        frame.release();
        synchronized (content) {
            content.writeBytes(bytes);
        }
        size.addAndGet(bytes.length);
    }

    @Override
    protected void channelInputClosed(ChannelHandlerContext ctx) {
        whole = true;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof QuicStreamResetException broken) {
            reset = broken.applicationProtocolCode();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        gone = true;
        ctx.fireChannelInactive();
    }

    /** Waits for what comes; nothing does on a stream that is over. */
    private Http3Call await(String what, BooleanSupplier come) {
        Await.until(what, () -> come.getAsBoolean() || reset >= 0 || gone);
        if (!come.getAsBoolean()) {
            throw new AssertionError("instead of " + what + (reset >= 0 ? ": reset with " + reset : ": nothing"));
        }
        return this;
    }

    Http3Call awaitHead() {
        return await("a head", () -> head != null);
    }

    Http3Call awaitWhole() {
        return await("the whole answer", () -> whole);
    }

    Http3Call awaitSize(int bytes) {
        return await(bytes + " bytes", () -> size.get() >= bytes);
    }

    void awaitInterim(String status) {
        await(status, () -> interim.contains(status));
    }

    /** The error's number (RFC 9114 8.1). */
    long awaitReset() {
        await("a reset", () -> reset >= 0);
        return reset;
    }

    boolean isWhole() {
        return whole;
    }

    boolean isAnswered() {
        return head != null;
    }

    boolean isReset() {
        return reset >= 0;
    }

    int status() {
        awaitHead();
        Http3Headers known = head;
        return known == null ? -1 : Integer.parseInt(String.valueOf(known.status()));
    }

    @Nullable
    String field(String name) {
        Http3Headers known = head;
        CharSequence value = known == null ? null : known.get(name);
        return value == null ? null : value.toString();
    }

    @Nullable
    String trailer(String name) {
        Http3Headers known = trailers;
        CharSequence value = known == null ? null : known.get(name);
        return value == null ? null : value.toString();
    }

    List<String> interim() {
        return List.copyOf(interim);
    }

    int size() {
        return size.get();
    }

    byte[] bytes() {
        synchronized (content) {
            return content.toByteArray();
        }
    }

    /** The content, once it is whole. */
    String body() {
        awaitWhole();
        return new String(bytes(), StandardCharsets.UTF_8);
    }
}
