package dev.moorgate.dataplane.forward.client;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.Client;
import dev.moorgate.dataplane.forward.Exchange;
import dev.moorgate.dataplane.forward.Outcome;
import dev.moorgate.dataplane.forward.Replies;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.FieldSection;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http2.ResetCause;
import dev.moorgate.dataplane.upstream.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http3.Http3DataFrame;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersFrame;
import io.netty.handler.codec.http3.Http3HeadersValidationException;
import io.netty.handler.codec.http3.Http3RequestStreamInboundHandler;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.AsciiString;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of one exchange over HTTP/3: a stream of QUIC. What is not read stays in the stream's window, so that a slow
 * upstream slows the client and nobody else. Its event loop only.
 */
final class Http3Client extends Http3RequestStreamInboundHandler implements Client, Http3Output.Owner {
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
    /** Requests that have no content as a rule: whether they have shows with the stream's end, which may come behind the head. */
    private static final Set<AsciiString> MOSTLY_BARE = Set.of(
            AsciiString.cached("GET"),
            AsciiString.cached("HEAD"),
            AsciiString.cached("OPTIONS"),
            AsciiString.cached("DELETE"));

    private final Http3Downstream connection;
    private final QuicStreamChannel stream;
    private final Http3Output output;
    private final long opened;
    private final Deadline late = new Deadline(this::tooLate);
    private @Nullable Http3Headers held;
    private @Nullable Exchange exchange;
    private boolean begun;
    private boolean ended;
    private boolean gone;
    private long expected = -1;

    Http3Client(Http3Downstream connection, QuicStreamChannel stream) {
        this.connection = connection;
        this.stream = stream;
        output = new Http3Output(stream, this);
        opened = connection.loop.now();
    }

    long streamId() {
        return stream.streamId();
    }

    // ------------------------------------------------------------------ said by the stream

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        connection.opened(this);
        connection.loop.timers.arm(late, opened, connection.headNanos());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        output.drop();
        leave();
        connection.closed(this);
    }

    @Override
    protected void channelRead(ChannelHandlerContext ctx, Http3HeadersFrame frame) {
        if (gone) {
            return;
        }
        if (!begun && held == null) {
            held = frame.headers();
        } else {
            beginHeld(false);
            trailers(frame.headers());
        }
    }

    @Override
    protected void channelRead(ChannelHandlerContext ctx, Http3DataFrame frame) {
        beginHeld(false);
        data(frame.content());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        Http3Headers head = held;
        if (head != null) {
            if (stream.isInputShutdown()) {
                beginHeld(true);
            } else if (!isBare(head)) {
                beginHeld(false);
            }
        }
        ctx.fireChannelReadComplete();
    }

    private static boolean isBare(Http3Headers head) {
        CharSequence method = head.method();
        return method != null && MOSTLY_BARE.contains(AsciiString.of(method)) && !head.contains(CONTENT_LENGTH);
    }

    @Override
    protected void channelInputClosed(ChannelHandlerContext ctx) {
        beginHeld(true);
        if (ended || gone) {
            return;
        }
        ended = true;
        if (!begun) {
            // the end without a head (RFC 9114 4.1)
            fault(Http3ErrorCode.H3_REQUEST_INCOMPLETE);
        } else if (expected > 0) {
            fault(Http3ErrorCode.H3_MESSAGE_ERROR);
        } else if (exchange != null) {
            exchange.request.ended(null);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (output.roomAgain()) {
            writable();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable problem) {
        if (problem instanceof QuicException) {
            if (!gone) {
                connection.streamReset(ResetCause.BY_PEER);
                abort(Http3ErrorCode.H3_REQUEST_CANCELLED);
            }
        } else if (problem instanceof Http3Exception || problem instanceof Http3HeadersValidationException) {
            // the codec has reset our side
            fault(Http3ErrorCode.H3_MESSAGE_ERROR);
        } else if (Outcome.isBug(problem) && exchange != null) {
            exchange.brokeDown(problem);
        } else {
            abort(Http3ErrorCode.H3_INTERNAL_ERROR);
        }
    }

    // ------------------------------------------------------------------ the request

    /** @param last nothing follows the head */
    private void beginHeld(boolean last) {
        Http3Headers fields = held;
        if (fields == null || gone) {
            return;
        }
        held = null;
        begun = true;
        ended = last;
        late.disarm();
        ListenerState known = connection.listener().refresh(connection.loop.states.get());
        if (known == null || connection.rejects(streamId())) {
            abort(Http3ErrorCode.H3_REQUEST_REJECTED);
            return;
        }
        Exchange next = connection.loop.takeExchange();
        exchange = next;
        ParseError wrong = connection.heads.request(fields, next.head, known.limits, last);
        if (wrong == null) {
            expected = next.head.bodyKind() == BodyKind.NONE ? 0 : next.head.contentLength();
            next.begin(this, connection.listener().state(), known, opened, null);
        } else if (FieldSection.isMalformed(wrong)) {
            fault(Http3ErrorCode.H3_MESSAGE_ERROR);
        } else {
            ProxyFailure failure = Replies.failureOf(wrong);
            next.refuse(this, connection.listener().state(), known, opened, failure, wrong.word());
        }
    }

    private void data(ByteBuf data) {
        int size = data.readableBytes();
        Exchange current = exchange;
        if (current == null || size == 0) {
            data.release();
            return;
        }
        if (expected >= 0) {
            expected -= size;
            if (expected < 0) {
                data.release();
                fault(Http3ErrorCode.H3_MESSAGE_ERROR);
                return;
            }
        }
        current.request.content(data);
    }

    private void trailers(Http3Headers fields) {
        Exchange current = exchange;
        if (current == null || ended) {
            return;
        }
        ListenerState known = connection.listener().last();
        if (known == null || connection.heads.readTrailers(fields, known.limits) != null || expected > 0) {
            fault(Http3ErrorCode.H3_MESSAGE_ERROR);
            return;
        }
        ended = true;
        current.request.ended(connection.heads.trailers());
    }

    private void tooLate() {
        if (begun || gone) {
            return;
        }
        held = null;
        begun = true;
        ListenerState known = connection.listener().refresh(connection.loop.states.get());
        if (known == null) {
            abort(Http3ErrorCode.H3_REQUEST_REJECTED);
            return;
        }
        Exchange next = connection.loop.takeExchange();
        exchange = next;
        String detail = "the head took too long";
        next.refuse(this, connection.listener().state(), known, opened, ProxyFailure.HEAD_TIMEOUT, detail);
    }

    /** A sign of life where the client waits, see {@link Http3Output#probe}. */
    void probe() {
        if (exchange != null) {
            output.probe();
        }
    }

    // ------------------------------------------------------------------ the end

    /** The client has broken a rule on this stream. */
    private void fault(Http3ErrorCode error) {
        if (!gone) {
            connection.streamReset(ResetCause.PEER_AT_FAULT);
            abort(error);
        }
    }

    /** Ends both sides at once. */
    private void abort(Http3ErrorCode error) {
        if (gone) {
            return;
        }
        output.reset(error);
        leave();
        if (!stream.isInputShutdown()) {
            var _ = stream.shutdownInput(error.code());
        }
        var _ = stream.close();
    }

    /** Nothing more comes and nothing can be said. */
    private void leave() {
        gone = true;
        held = null;
        late.disarm();
        Exchange current = exchange;
        exchange = null;
        if (current != null) {
            current.clientGone();
        }
    }

    private void over() {
        exchange = null;
        connection.exchangeEnded();
    }

    @Override
    public void sent(int bytes, boolean room) {
        connection.sent(bytes);
        if (room) {
            writable();
        }
    }

    private void writable() {
        Exchange current = exchange;
        if (current != null) {
            current.clientWritable();
        }
    }

    @Override
    public void outputEnded() {
        if (!stream.isInputShutdown() && !gone) {
            // what it was answered stands (RFC 9114 4.1)
            leave();
            var _ = stream.shutdownInput(Http3ErrorCode.H3_NO_ERROR.code());
            var _ = stream.close();
        }
    }

    @Override
    public void outputStopped() {
        if (!gone) {
            connection.streamReset(ResetCause.BY_PEER);
            abort(Http3ErrorCode.H3_REQUEST_CANCELLED);
        }
    }

    // ------------------------------------------------------------------ said by the exchange

    @Override
    public ClientFacts facts() {
        return connection.client;
    }

    @Override
    public ListenerState.Known listener() {
        return connection.listener();
    }

    @Override
    public boolean isLasting() {
        return true;
    }

    @Override
    public boolean isOverTcp() {
        return false;
    }

    @Override
    public String protocol(boolean current) {
        return "HTTP/3.0";
    }

    @Override
    public void exchangeDone() {
        over();
    }

    @Override
    public void exchangeDoneAndClose(boolean unread) {
        over();
        if (!output.isEndQueued()) {
            abort(Http3ErrorCode.H3_INTERNAL_ERROR);
        }
    }

    @Override
    public void exchangeCut(ProxyFailure failure, boolean endsByClose) {
        over();
        boolean left = failure == ProxyFailure.CLIENT_GONE;
        abort(left ? Http3ErrorCode.H3_REQUEST_CANCELLED : Http3ErrorCode.H3_INTERNAL_ERROR);
    }

    @Override
    public void beginTunnel() {
        throw new IllegalStateException("no tunnel was offered");
    }

    @Override
    public void endTunnelOutput() {
        output.end();
    }

    // ------------------------------------------------------------------ going out

    @Override
    public boolean hasFrames() {
        return true;
    }

    @Override
    public @Nullable ByteBuf head(HeadWriter head, int room, boolean last) {
        output.head(head, last);
        return null;
    }

    @Override
    public ByteBuf buffer(int size) {
        return stream.alloc().directBuffer(size);
    }

    @Override
    public void write(ByteBuf content) {
        output.content(content);
    }

    @Override
    public void end(@Nullable HeadWriter trailers) {
        if (trailers == null) {
            output.end();
        } else {
            output.trailers(trailers);
        }
    }

    @Override
    public boolean hasRoom() {
        return output.hasRoom();
    }

    @Override
    public long pendingBytes() {
        return output.pendingBytes();
    }

    @Override
    public void setReading(boolean on) {
        if (stream.config().isAutoRead() != on && stream.isOpen()) {
            stream.config().setAutoRead(on);
        }
    }
}
