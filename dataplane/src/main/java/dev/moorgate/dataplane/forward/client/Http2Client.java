package dev.moorgate.dataplane.forward.client;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.Client;
import dev.moorgate.dataplane.forward.Exchange;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.http2.Http2Session;
import dev.moorgate.dataplane.http2.Http2Stream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of one exchange over HTTP/2: a stream. What comes is credited to the client's window when it has gone on, so
 * that a slow upstream slows the client and nobody else. Its event loop only.
 */
final class Http2Client implements Client {
    /** What a client may send on that we have answered already. */
    private static final int MOST_UNREAD = 64 << 10;

    private final Http2Downstream connection;
    private final Http2Session session;
    private final Http2Stream stream;
    private @Nullable Exchange exchange;
    private @Nullable ByteBuf early;
    private boolean tunnel;
    private boolean tunnelling;
    private boolean ended;
    private boolean reading = true;
    private int owed;
    private int unread;

    Http2Client(Http2Downstream connection, Http2Stream stream, Exchange exchange) {
        this.connection = connection;
        this.session = connection.session();
        this.stream = stream;
        this.exchange = exchange;
    }

    // ------------------------------------------------------------------ said by the session

    RequestHead head() {
        return Exchange.known(exchange).head;
    }

    void begin(ProxyState state, ListenerState on) {
        Exchange current = Exchange.known(exchange);
        tunnel = current.head.isWebSocket();
        current.begin(this, state, on, connection.loop.now(), null);
    }

    void refuse(ProxyState state, ListenerState on, ProxyFailure failure, String detail) {
        Exchange.known(exchange).refuse(this, state, on, connection.loop.now(), failure, detail);
    }

    void data(ByteBuf data, boolean end) {
        int size = data.readableBytes();
        ended |= end;
        Exchange current = exchange;
        if (current == null) {
            data.release();
            drop(size);
            return;
        }
        if (tunnel) {
            tunnelData(current, data, end);
        } else if (size > 0) {
            current.request.content(data);
        } else {
            data.release();
        }
        credit(size);
        if (end && !tunnel && current.isOf(this)) {
            current.request.ended(null);
        }
    }

    private void tunnelData(Exchange current, ByteBuf data, boolean end) {
        if (!tunnelling) {
            // Copied together: the window bounds how much comes, and nothing in how many pieces.
            ByteBuf before = early == null ? Unpooled.EMPTY_BUFFER : early;
            early = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(connection.allocator(), before, data);
            return;
        }
        if (data.isReadable()) {
            current.tunnelBytes(data);
        } else {
            data.release();
        }
        if (end && current.isOf(this)) {
            current.tunnelInputEnded();
        }
    }

    void trailers(MessageHead trailers) {
        ended = true;
        Exchange current = exchange;
        if (current != null && tunnelling) {
            current.tunnelInputEnded();
        } else if (current != null && !tunnel) {
            current.request.ended(trailers);
        }
    }

    /** Nothing more comes and nothing can be said. */
    void gone() {
        Exchange current = exchange;
        exchange = null;
        if (current != null) {
            current.clientGone();
        }
        dropEarly();
    }

    void writable() {
        Exchange current = exchange;
        if (current != null) {
            current.clientWritable();
        }
    }

    /** Nobody wants it: a client that goes on for long is stopped once it has its answer, which stands (RFC 9113 8.1). */
    private void drop(int size) {
        if (!stream.isSent()) {
            owed += size;
            return;
        }
        unread += size;
        if (unread > MOST_UNREAD && !ended) {
            session.reset(stream, Http2Error.NO_ERROR);
        } else {
            session.consumed(stream, size);
        }
    }

    private void credit(int size) {
        if (reading && (tunnelling || !tunnel)) {
            session.consumed(stream, size);
        } else {
            owed += size;
        }
    }

    private void dropEarly() {
        ByteBuf held = early;
        early = null;
        if (held != null) {
            held.release();
        }
    }

    // ------------------------------------------------------------------ said by the exchange

    @Override
    public ClientFacts facts() {
        return connection.client;
    }

    @Override
    public ListenerState.Known listener() {
        return connection.listener;
    }

    @Override
    public boolean isLasting() {
        return true;
    }

    @Override
    public String protocol(boolean current) {
        return "HTTP/2.0";
    }

    @Override
    public void exchangeDone() {
        over();
    }

    @Override
    public void exchangeDoneAndClose(boolean isUnread) {
        over();
        if (!stream.isLocalEnded()) {
            // RFC 8441 5: what resets a connection of HTTP/1.1 is CANCEL here
            session.reset(stream, Http2Error.CANCEL);
        }
    }

    @Override
    public void exchangeCut(ProxyFailure failure, boolean endsByClose) {
        over();
        session.reset(stream, failure == ProxyFailure.CLIENT_GONE ? Http2Error.CANCEL : Http2Error.INTERNAL_ERROR);
    }

    private void over() {
        exchange = null;
        dropEarly();
        int known = owed;
        owed = 0;
        session.consumed(stream, known);
        if (!stream.isOver()) {
            connection.lingers(stream);
        }
        connection.exchangeEnded();
    }

    @Override
    public void beginTunnel() {
        tunnelling = true;
        Exchange current = Exchange.known(exchange);
        ByteBuf first = early;
        early = null;
        if (first != null) {
            current.tunnelBytes(first);
        }
        setReading(true);
        if (ended && current.isOf(this)) {
            current.tunnelInputEnded();
        }
    }

    @Override
    public void endTunnelOutput() {
        end(null);
    }

    // ------------------------------------------------------------------ going out

    @Override
    public boolean hasFrames() {
        return true;
    }

    @Override
    public @Nullable ByteBuf head(HeadWriter head, int room, boolean last) {
        var _ = head.end((bytes, length) -> session.respond(stream, bytes, length, last));
        return null;
    }

    @Override
    public ByteBuf buffer(int size) {
        return connection.buffer(size);
    }

    @Override
    public void write(ByteBuf content) {
        session.data(stream, content, false);
    }

    @Override
    public void end(@Nullable HeadWriter trailers) {
        if (trailers == null) {
            session.data(stream, Unpooled.EMPTY_BUFFER, true);
        } else {
            var _ = trailers.end((bytes, length) -> session.trailers(stream, bytes, length));
        }
    }

    @Override
    public boolean hasRoom() {
        return stream.isOver() || stream.hasRoom();
    }

    @Override
    public long pendingBytes() {
        return stream.pendingBytes();
    }

    @Override
    public void setReading(boolean on) {
        reading = on;
        if (on && owed > 0 && (tunnelling || !tunnel)) {
            int known = owed;
            owed = 0;
            session.consumed(stream, known);
        }
    }
}
