package dev.moorgate.dataplane.http2;

import dev.moorgate.dataplane.http2.StreamTable.Closed;
import dev.moorgate.dataplane.http2.hpack.HpackEncoder;
import io.netty.buffer.ByteBuf;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection in either role (RFC 9113): bytes and heads in the form of HTTP/1.1 go in and come out, {@link Http2Events} hear
 * of streams. A peer that breaks its rules, or costs more than it is worth (faults B2 to B9), gets a GOAWAY. Its event loop only.
 */
public final class Http2Session {
    private static final long DRAIN_PING = 0x6d6f6f7267617465L;
    private static final long ALIVE_PING = 0x616c697665707267L;

    private enum Drain {
        NO,
        /** GOAWAY has gone out that names no last stream, and a PING behind it. */
        ANNOUNCED,
        LAST_NAMED
    }

    final Http2Settings settings;
    final Http2Events events;
    final AbuseGuard guard;
    final StreamTable streams;
    final FrameWriter writer;
    final Outbound outbound;

    private final Http2Transport transport;
    private final Inbound inbound;
    private final FrameReader reader;
    private final HpackEncoder encoder = new HpackEncoder();
    boolean peerGoingAway;
    private boolean open = true;
    private boolean awake;
    private boolean flushing;
    private boolean blocksSent;
    private boolean pinging;
    private Drain drain = Drain.NO;
    private int nextStream = 1;

    /** @param clock nanoseconds of a monotonic clock */
    public Http2Session(Http2Settings settings, Http2Events events, Http2Transport transport, LongSupplier clock) {
        this.settings = settings;
        this.events = events;
        this.transport = transport;
        streams = new StreamTable(settings.server());
        guard = new AbuseGuard(clock);
        writer = new FrameWriter(transport);
        outbound = new Outbound(this, writer, transport);
        inbound = new Inbound(this);
        reader = new FrameReader(inbound, settings.server());
    }

    /** Sends the preface, our settings and the connection's window; before anything else. */
    public void start() {
        if (!settings.server()) {
            writer.bytes(FrameReader.PREFACE);
        }
        writer.settings(settings.asSent());
        writer.windowUpdate(0, settings.connectionWindow() - FlowControl.INITIAL);
        wake();
    }

    // ------------------------------------------------------------------ the connection

    /** Takes over {@code bytes} that have come; a server's begin with the preface. */
    public void receive(ByteBuf bytes) {
        try {
            reader.read(bytes);
        } finally {
            bytes.release();
        }
    }

    /**
     * Writes what there is to write: at the end of a loop's turn, once {@link Http2Transport#wake} was called, and when the transport
     * has room again. A transport that looks for room may call it from within; that does nothing.
     */
    public void flush() {
        if (!open || flushing) {
            return;
        }
        flushing = true;
        awake = true;
        try {
            outbound.flush();
            if (transport.hasRoom()) {
                guard.controlSent();
            }
        } finally {
            flushing = false;
            awake = false;
        }
    }

    /** The connection is gone: every stream that is open is reset as CONNECTION_LOST. */
    public void lost() {
        if (open) {
            open = false;
            writer.drop();
            abandon(Http2Error.CANCEL);
        }
    }

    /** Ends the connection at once with GOAWAY; streams that are open are reset as CONNECTION_LOST. */
    public void close(Http2Error error, String why) {
        if (open) {
            open = false;
            writer.goAway(inbound.lastStream(), error, why);
            writer.handOver();
            abandon(error);
            transport.end();
        }
    }

    private void abandon(Http2Error error) {
        streams.forEach(stream -> {
            finish(stream, Closed.RESET_BY_US);
            events.reset(stream, ResetCause.CONNECTION_LOST, error);
            events.closed(stream);
        });
    }

    /** The peer has broken the connection. */
    void broken(Http2Error error, String why) {
        if (open) {
            close(error, why);
            events.failed(error, why);
        }
    }

    /**
     * Takes no new stream and ends the connection when the last one is over: a server tells the client first, and names the
     * last stream when the client has seen that (RFC 9113 6.8).
     */
    public void drain() {
        if (!open || drain != Drain.NO) {
            return;
        }
        if (settings.server()) {
            drain = Drain.ANNOUNCED;
            writer.goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR, "");
            writer.ping(DRAIN_PING, 0);
            wake();
        } else {
            nameLast();
        }
    }

    /** Waits no longer for the client to have seen that we drain. */
    public void nameLast() {
        if (!open || drain == Drain.LAST_NAMED) {
            return;
        }
        drain = Drain.LAST_NAMED;
        writer.goAway(inbound.lastStream(), Http2Error.NO_ERROR, "");
        wake();
        endIfDrained();
    }

    private void endIfDrained() {
        if (open && drain == Drain.LAST_NAMED && streams.count() == 0) {
            open = false;
            writer.handOver();
            transport.end();
        }
    }

    /** Asks the peer for a sign of life, {@link Http2Events#pong}. */
    public void ping() {
        if (open && !pinging) {
            pinging = true;
            writer.ping(ALIVE_PING, 0);
            wake();
        }
    }

    /** False: nobody has asked for it. */
    boolean ponged(long payload) {
        if (payload == DRAIN_PING && drain == Drain.ANNOUNCED) {
            nameLast();
        } else if (payload == ALIVE_PING && pinging) {
            pinging = false;
            events.pong();
        } else {
            return false;
        }
        return true;
    }

    public boolean isOpen() {
        return open;
    }

    /** Whether {@link #drain} was called. */
    public boolean isDraining() {
        return drain != Drain.NO;
    }

    /** Streams above the last one named are not ours to answer. */
    boolean hasNamedLast() {
        return drain == Drain.LAST_NAMED;
    }

    public int openStreams() {
        return streams.count();
    }

    /** Whether the peer takes extended CONNECT (RFC 8441). */
    public boolean takesWebSockets() {
        return outbound.takesConnect;
    }

    /** Whether content waits, for a window of the peer or for the transport. With {@link #contentSent} this shows a stall. */
    public boolean isWaiting() {
        return outbound.isWaiting();
    }

    /** Bytes of content that have left so far. */
    public long contentSent() {
        return outbound.sent();
    }

    /** Changes with each frame or field block whose begin has come and whose end has not, DATA aside; 0: there is none. */
    public int frameUnderWay() {
        return inbound.isWithinBlock() ? -1 : reader.underWay();
    }

    void wake() {
        if (!awake && open) {
            awake = true;
            transport.wake();
        }
    }

    // ------------------------------------------------------------------ streams

    /** How many more requests may be opened now; a client's. */
    public int freeStreams() {
        boolean none = !open || peerGoingAway || drain != Drain.NO || nextStream < 0;
        return none ? 0 : Math.max(0, outbound.mostStreams - streams.count());
    }

    /**
     * Opens a stream with a request, where {@link #freeStreams} says that there may be one.
     *
     * @param head as {@code HeadWriter} ends it; with an upgrade to WebSocket where {@code tunnel}
     * @param method a number of {@code Methods}
     * @param end there is no content
     */
    public Http2Stream request(
            byte[] head, int length, int method, boolean tunnel, boolean end, @Nullable Object owner) {
        if (settings.server() || freeStreams() == 0) {
            throw new IllegalStateException("no stream to be had");
        }
        Http2Stream stream = newStream(nextStream);
        nextStream += 2;
        stream.method = method;
        stream.setOwner(owner);
        streams.add(stream);
        encoder.request(head, length, settings.secure(), tunnel, isFirstBlock());
        writer.headers(stream.id, encoder.block(), encoder.length(), end, outbound.mostFrame);
        headSent(stream, end);
        return stream;
    }

    boolean wasOpened(int id) {
        return (id & 1) == 1 && (nextStream < 0 || id < nextStream);
    }

    Http2Stream newStream(int id) {
        return new Http2Stream(id, inbound.newWindow(), outbound.streamWindow);
    }

    /** Answers with a head as {@code HeadWriter} ends it; one of status 1xx may be followed by others. */
    public void respond(Http2Stream stream, byte[] head, int length, boolean end) {
        if (!open || stream.over || stream.isLocalEnded()) {
            return;
        }
        encoder.response(head, length, isFirstBlock());
        writer.headers(stream.id, encoder.block(), encoder.length(), end, outbound.mostFrame);
        headSent(stream, end);
    }

    private void headSent(Http2Stream stream, boolean end) {
        guard.useful();
        wake();
        if (end) {
            stream.endQueued = true;
            localEnded(stream);
        }
    }

    private boolean isFirstBlock() {
        boolean first = !blocksSent;
        blocksSent = true;
        return first;
    }

    /** Takes over {@code data}; it leaves when the peer and the connection have room, see {@link Http2Stream#hasRoom}. */
    public void data(Http2Stream stream, ByteBuf data, boolean end) {
        if (!open || stream.over || stream.isLocalEnded()) {
            data.release();
        } else {
            outbound.data(stream, data, end);
        }
    }

    /** Ends our message with fields as {@code HeadWriter.startTrailerFields} begins them; without any with {@code length} 2. */
    public void trailers(Http2Stream stream, byte[] lines, int length) {
        if (open && !stream.over && !stream.isLocalEnded()) {
            encoder.trailers(lines, length, isFirstBlock());
            outbound.trailers(stream, encoder.block(), encoder.length());
        }
    }

    /** Ends a stream at once. What the peer is to blame for, or asked for, counts against it; an INTERNAL_ERROR does not. */
    public void reset(Http2Stream stream, Http2Error error) {
        if (!open || stream.over) {
            return;
        }
        writer.reset(stream.id, error);
        wake();
        finish(stream, Closed.RESET_BY_US);
        events.closed(stream);
        if (error != Http2Error.INTERNAL_ERROR && settings.server() && guard.reset()) {
            broken(Http2Error.ENHANCE_YOUR_CALM, "too many streams were reset");
        }
        endIfDrained();
    }

    /** The peer has broken a rule on this stream. */
    void streamError(Http2Stream stream, Http2Error error) {
        if (stream.over) {
            return;
        }
        writer.reset(stream.id, error);
        wake();
        finish(stream, Closed.RESET_BY_US);
        events.reset(stream, ResetCause.PEER_AT_FAULT, error);
        events.closed(stream);
        countReset();
        endIfDrained();
    }

    /** Resets a stream that was never open, or is not any more. */
    void refuse(int id, Http2Error error) {
        streams.remember(id, Closed.RESET_BY_US);
        writer.reset(id, error);
        wake();
        countReset();
    }

    private void countReset() {
        if (settings.server() && guard.reset()) {
            broken(Http2Error.ENHANCE_YOUR_CALM, "too many streams were reset");
        } else if (guard.control()) {
            broken(Http2Error.ENHANCE_YOUR_CALM, "control frames are not read");
        }
    }

    void resetByPeer(Http2Stream stream, ResetCause cause, Http2Error error) {
        finish(stream, Closed.RESET_BY_PEER);
        events.reset(stream, cause, error);
        events.closed(stream);
        endIfDrained();
    }

    /** Bytes of {@link Http2Events#data} were passed on or dropped: the peer may send as many more. */
    public void consumed(Http2Stream stream, int bytes) {
        int known = Math.min(bytes, stream.unconsumed);
        stream.unconsumed -= known;
        inbound.content().consumed(stream, known);
    }

    void localEnded(Http2Stream stream) {
        stream.localEnded = true;
        closeIfEnded(stream);
    }

    void closeIfEnded(Http2Stream stream) {
        if (open && stream.localEnded && stream.remoteEnded && !stream.over) {
            finish(stream, Closed.ENDED);
            events.closed(stream);
            endIfDrained();
        }
    }

    private void finish(Http2Stream stream, Closed how) {
        stream.over = true;
        stream.drop();
        streams.remove(stream, how);
        inbound.content().settle(stream);
    }
}
