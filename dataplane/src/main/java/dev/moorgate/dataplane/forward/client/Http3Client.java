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
import dev.moorgate.dataplane.listen.quic.StreamEnd;
import dev.moorgate.dataplane.upstream.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Exception;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.http3.Http3HeadersValidationException;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of one exchange over HTTP/3: a stream of QUIC. What is not read stays in the stream's window, so that a slow
 * upstream slows the client and nobody else. Its event loop only.
 */
final class Http3Client implements Client, Http3Output.Owner {
    private final Http3Downstream connection;
    private final QuicStreamChannel stream;
    private final Http3Output output;
    private final long began;
    private final Deadline late = new Deadline(this::tooLate);
    private @Nullable Exchange exchange;
    private boolean begun;
    private boolean ended;
    private boolean gone;
    private long expected = -1;

    Http3Client(Http3Downstream connection, QuicStreamChannel stream) {
        this.connection = connection;
        this.stream = stream;
        output = new Http3Output(stream, this);
        began = connection.loop.now();
    }

    long streamId() {
        return stream.streamId();
    }

    // ------------------------------------------------------------------ said by the stream

    void opened() {
        connection.opened(this);
        connection.loop.timers.arm(late, began, connection.headNanos());
    }

    /** The stream is gone. */
    void lost() {
        output.drop();
        leave();
        connection.closed(this);
    }

    void writabilityChanged() {
        if (output.roomAgain()) {
            writable();
        }
    }

    void failed(Throwable problem) {
        if (problem instanceof QuicException) {
            outputStopped();
        } else if (problem instanceof Http3Exception
                || problem instanceof Http3HeadersValidationException
                || !begun && problem instanceof IllegalArgumentException) {
            // the codec's checks; of a length that is no number it tells so
            fault(Http3ErrorCode.H3_MESSAGE_ERROR);
        } else if (Outcome.isBug(problem) && exchange != null) {
            exchange.brokeDown(problem);
        } else {
            abort(Http3ErrorCode.H3_INTERNAL_ERROR);
        }
    }

    /** @param last nothing follows the head */
    void head(Http3Headers fields, boolean last) {
        if (begun || gone) {
            return;
        }
        ended = last;
        ListenerState known = begin();
        Exchange next = exchange;
        if (known == null || next == null) {
            return;
        }
        ParseError wrong = connection.heads.request(fields, next.head, known.limits, last);
        if (wrong == null) {
            expected = next.head.bodyKind() == BodyKind.NONE ? 0 : next.head.contentLength();
            next.begin(this, connection.listener().state(), known, began, null);
        } else if (FieldSection.isMalformed(wrong)) {
            fault(Http3ErrorCode.H3_MESSAGE_ERROR);
        } else {
            refuse(known, Replies.failureOf(wrong), wrong.word());
        }
    }

    /** Takes an exchange; null: nobody looks at this stream. */
    private @Nullable ListenerState begin() {
        begun = true;
        connection.loop.timers.forget(late);
        ListenerState known = connection.listener().refresh(connection.loop.states.get());
        if (known == null || connection.rejects(streamId())) {
            abort(Http3ErrorCode.H3_REQUEST_REJECTED);
            return null;
        }
        exchange = connection.loop.takeExchange();
        return known;
    }

    private void refuse(ListenerState on, ProxyFailure failure, String detail) {
        Exchange current = Exchange.known(exchange);
        current.refuse(this, connection.listener().state(), on, began, failure, detail);
    }

    private void tooLate() {
        ListenerState known = begun || gone ? null : begin();
        if (known != null) {
            refuse(known, ProxyFailure.HEAD_TIMEOUT, "the head took too long");
        }
    }

    /** Takes over {@code data}. */
    void data(ByteBuf data) {
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

    void trailers(Http3Headers fields) {
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

    void ended() {
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

    void endedWithinFrame() {
        connection.broken(Http3ErrorCode.H3_FRAME_ERROR, "a stream ended within a frame");
    }

    /**
     * Ends a stream whose client takes nothing; a sign of life where the client waits, see {@link Http3Output#probe}. An end of the
     * request that the transport kept to itself is told now.
     */
    void look(long now) {
        if (!output.moves(now)) {
            outputStopped();
        } else {
            if (exchange != null) {
                output.probe();
            }
            if (!ended && !gone && StreamEnd.isReached(stream)) {
                stream.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            }
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
        connection.loop.timers.forget(late);
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
    public void roomAgain() {
        writable();
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
            if (!ended) {
                // what it was answered stands (RFC 9114 4.1)
                leave();
            }
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
