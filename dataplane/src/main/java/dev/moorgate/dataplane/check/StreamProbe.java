package dev.moorgate.dataplane.check;

import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.http2.Http2Events;
import dev.moorgate.dataplane.http2.Http2Session;
import dev.moorgate.dataplane.http2.Http2Settings;
import dev.moorgate.dataplane.http2.Http2Stream;
import dev.moorgate.dataplane.http2.Http2Transport;
import dev.moorgate.dataplane.http2.ResetCause;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One question on a stream of HTTP/2, and its answer. */
abstract class StreamProbe extends Probe implements Http2Transport, Http2Events {
    private final boolean secure;
    private final ResponseHead head = new ResponseHead();
    private @Nullable ChannelHandlerContext context;
    private @Nullable Http2Session session;
    private boolean awake;

    StreamProbe(UpstreamTarget target, Consumer<String> outcome) {
        super(target, outcome);
        this.secure = target.tls() != null;
    }

    /** Lines of the request's head. */
    abstract String request();

    /** What follows it; empty: nothing. */
    abstract byte[] content();

    /** The final head of the answer; {@code last}: nothing follows. */
    abstract void answered(ResponseHead answer, boolean last);

    /** A piece of the answer. */
    abstract void content(byte[] piece);

    /** The answer is whole. */
    abstract void ended(@Nullable MessageHead trailers);

    @Override
    final void connected(ChannelHandlerContext ctx) {
        context = ctx;
        var begun = new Http2Session(Http2Settings.client(HeadLimits.STANDARD, secure), this, this, System::nanoTime);
        session = begun;
        begun.start();
        byte[] lines = request().getBytes(StandardCharsets.US_ASCII);
        byte[] content = content();
        boolean empty = content.length == 0;
        Http2Stream stream = begun.request(lines, lines.length, empty ? Methods.GET : Methods.POST, false, empty, null);
        if (!empty) {
            begun.data(stream, Unpooled.wrappedBuffer(content), true);
        }
        push(begun, ctx);
    }

    private void push(Http2Session open, ChannelHandlerContext ctx) {
        while (awake) {
            awake = false;
            open.flush();
        }
        var _ = ctx.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        Http2Session open = session;
        if (open == null || isFinished()) {
            bytes.release();
        } else {
            open.receive(bytes);
            push(open, ctx);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        Http2Session open = session;
        if (open != null && ctx.channel().isWritable()) {
            open.flush();
        }
    }

    @Override
    final void closed() {
        super.closed();
        Http2Session open = session;
        if (open != null) {
            open.lost();
        }
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not connected yet");
        }
        return ctx;
    }

    // ------------------------------------------------------------------ the session's connection

    @Override
    public ByteBuf buffer(int size) {
        return context().alloc().directBuffer(size);
    }

    @Override
    public void write(ByteBuf bytes) {
        var _ = context().write(bytes);
    }

    @Override
    public boolean hasRoom() {
        return context().channel().isWritable();
    }

    @Override
    public void wake() {
        awake = true;
    }

    @Override
    public void end() {
        var _ = context().writeAndFlush(Unpooled.EMPTY_BUFFER);
        var _ = context().close();
    }

    // ------------------------------------------------------------------ told by the session

    @Override
    public MessageHead head(Http2Stream stream) {
        return head;
    }

    @Override
    public void headers(Http2Stream stream, boolean last) {
        if (!head.isInterim()) {
            answered(head, last);
        }
    }

    @Override
    public void refused(Http2Stream stream, ParseError error, boolean last) {
        throw new IllegalStateException("a client has nothing to answer");
    }

    @Override
    public void data(Http2Stream stream, ByteBuf data, boolean last) {
        int size = data.readableBytes();
        byte[] piece = ByteBufUtil.getBytes(data);
        data.release();
        Http2Session open = session;
        if (open != null) {
            open.consumed(stream, size);
        }
        content(piece);
        if (last) {
            ended(null);
        }
    }

    @Override
    public void trailers(Http2Stream stream, MessageHead trailers) {
        ended(trailers);
    }

    @Override
    public void reset(Http2Stream stream, ResetCause cause, Http2Error error) {
        switch (cause) {
            case PEER_AT_FAULT -> finish("the answer is not HTTP/2");
            case BY_PEER, UNPROCESSED -> finish("the endpoint reset the check: " + error.word());
            case CONNECTION_LOST -> {
                // whoever ended the connection says why
            }
        }
    }

    @Override
    public void writable(Http2Stream stream) {
        // a question is small
    }

    @Override
    public void failed(Http2Error error, String why) {
        finish("the answer is not HTTP/2");
    }
}
