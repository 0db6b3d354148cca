package dev.moorgate.dataplane.forward.http3;

import dev.moorgate.dataplane.kit.Await;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.DefaultHttp3DataFrame;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.DefaultHttp3HeadersFrame;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One request of a client and what comes back for it. */
final class Http3Call extends Http3RequestStreamInboundHandler {
    private final List<String> interim = new CopyOnWriteArrayList<>();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private volatile @Nullable QuicStreamChannel stream;
    private volatile @Nullable Http3Headers head;
    private volatile @Nullable Http3Headers trailers;
    private volatile boolean whole;
    private volatile long reset = -1;
    private final AtomicInteger size = new AtomicInteger();

    void on(QuicStreamChannel opened) {
        stream = opened;
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
        ChannelFuture sent = stream().writeAndFlush(new DefaultHttp3HeadersFrame(fields));
        if (end) {
            sent.addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
        }
        return this;
    }

    Http3Call send(String text, boolean end) {
        return send(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8), end);
    }

    Http3Call send(ByteBuf bytes, boolean end) {
        ChannelFuture sent = stream().writeAndFlush(new DefaultHttp3DataFrame(bytes));
        if (end) {
            sent.addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
        }
        return this;
    }

    /** The same; {@code then} runs when the bytes have left. */
    void sent(ByteBuf bytes, boolean end, Runnable then) {
        ChannelFuture sent = stream().writeAndFlush(new DefaultHttp3DataFrame(bytes));
        sent.addListener(_ -> then.run());
        if (end) {
            sent.addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
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

    Http3Call awaitHead() {
        Await.until("a head", () -> head != null || reset >= 0);
        return this;
    }

    Http3Call awaitWhole() {
        Await.until("the whole answer", () -> whole || reset >= 0);
        if (!whole) {
            throw new AssertionError("reset with " + Long.toHexString(reset));
        }
        return this;
    }

    Http3Call awaitSize(int bytes) {
        Await.until(bytes + " bytes", () -> size.get() >= bytes);
        return this;
    }

    void awaitInterim(String status) {
        Await.until(status, () -> interim.contains(status));
    }

    /** The error's number (RFC 9114 8.1). */
    long awaitReset() {
        Await.until("a reset", () -> reset >= 0);
        return reset;
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
