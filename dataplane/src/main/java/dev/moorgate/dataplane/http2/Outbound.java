package dev.moorgate.dataplane.http2;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The sending side of a session: content waits at its stream and leaves stream by stream, a frame each in turn, as far as both
 * windows and the connection have room. Its event loop only.
 */
final class Outbound {
    private static final int DEFAULT_FRAME = 16_384;

    private final Http2Session session;
    private final FrameWriter writer;
    private final Http2Transport transport;
    private final ArrayDeque<Http2Stream> ready = new ArrayDeque<>();

    /** Of the whole connection, as the peer lets us. */
    private int window = FlowControl.INITIAL;

    /** What the peer's settings say. */
    int streamWindow = FlowControl.INITIAL;

    int mostFrame = DEFAULT_FRAME;
    int mostStreams = Integer.MAX_VALUE;
    boolean takesConnect;

    private long sent;

    Outbound(Http2Session session, FrameWriter writer, Http2Transport transport) {
        this.session = session;
        this.writer = writer;
        this.transport = transport;
    }

    /** Takes over {@code data}. */
    void data(Http2Stream stream, ByteBuf data, boolean end) {
        int size = data.readableBytes();
        stream.endQueued |= end;
        if (size == 0) {
            data.release();
            if (end && stream.pending == 0 && writer.endByLast(stream.id)) {
                session.localEnded(stream);
            }
        } else if (isClear(stream, size)) {
            send(stream, data, size);
            data.release();
        } else {
            stream.enqueue(data, transport);
            stream.full |= !stream.hasRoom();
        }
        enqueue(stream);
        session.wake();
    }

    /** Nobody waits and everything has room: no need to queue. */
    private boolean isClear(Http2Stream stream, int size) {
        return stream.pending == 0
                && ready.isEmpty()
                && size <= mostFrame
                && size <= window
                && size <= stream.sendWindow
                && !writer.isFull()
                && transport.hasRoom();
    }

    void trailers(Http2Stream stream, byte[] block, int length) {
        stream.endQueued = true;
        if (isClear(stream, 0)) {
            writer.headers(stream.id, block, length, true, mostFrame);
            session.localEnded(stream);
        } else {
            stream.trailers = Arrays.copyOf(block, length);
            enqueue(stream);
        }
        session.wake();
    }

    private void enqueue(Http2Stream stream) {
        if (!stream.ready && !stream.over && stream.hasMore() && (stream.pending == 0 || stream.sendWindow > 0)) {
            stream.ready = true;
            ready.add(stream);
        }
    }

    // ------------------------------------------------------------------ windows

    /** False: the window would be over 2^31-1. */
    boolean widen(int bytes) {
        if (bytes > FlowControl.MOST - window) {
            return false;
        }
        window += bytes;
        session.wake();
        return true;
    }

    boolean widen(Http2Stream stream, int bytes) {
        if ((long) stream.sendWindow + bytes > FlowControl.MOST) {
            return false;
        }
        stream.sendWindow += bytes;
        enqueue(stream);
        session.wake();
        return true;
    }

    /** The peer's setting for streams changes, those that are open included (RFC 9113 6.9.2); it was {@code widest} on its way. */
    boolean resize(int newWindow, int widest) {
        int change = newWindow - streamWindow;
        int most = FlowControl.MOST - (widest - streamWindow);
        streamWindow = newWindow;
        boolean[] sound = {true};
        if (change != 0 || most != FlowControl.MOST) {
            session.streams.forEach(stream -> sound[0] &= stream.sendWindow <= most && widen(stream, change));
        }
        return sound[0];
    }

    // ------------------------------------------------------------------ sending

    /** Writes what has room; the rest waits for windows or for {@link Http2Session#flush()}. */
    void flush() {
        int blocked = 0;
        while (blocked < ready.size()) {
            if (writer.isFull()) {
                writer.handOver();
            }
            if (!transport.hasRoom()) {
                break;
            }
            Http2Stream stream = ready.poll();
            if (stream == null) {
                break;
            }
            stream.ready = false;
            if (stream.over) {
                continue;
            }
            boolean moved = turn(stream);
            blocked = moved ? 0 : blocked + 1;
            if (!moved) {
                stream.ready = true;
                ready.add(stream);
            } else {
                enqueue(stream);
            }
        }
        writer.handOver();
    }

    /** One frame, or the end; false: the connection's window is used up. */
    private boolean turn(Http2Stream stream) {
        ByteBuf first = stream.first();
        if (first == null) {
            end(stream);
            return true;
        }
        int size = Math.min(Math.min(first.readableBytes(), mostFrame), Math.min(stream.sendWindow, window));
        if (size <= 0) {
            // Where it is the stream's own window, the update will bring it back.
            return stream.sendWindow <= 0;
        }
        stream.pending -= size;
        boolean whole = size == first.readableBytes();
        if (whole) {
            stream.dequeue();
        }
        send(stream, first, size);
        if (whole) {
            first.release();
        }
        if (stream.full && stream.pending < Http2Stream.MOST_PENDING / 2 && !stream.over) {
            stream.full = false;
            session.events.writable(stream);
        }
        return true;
    }

    private void send(Http2Stream stream, ByteBuf data, int size) {
        window -= size;
        stream.sendWindow -= size;
        sent += size;
        if (size == data.readableBytes() || !session.settings.server()) {
            session.guard.useful();
        } else {
            session.guard.cut(size);
        }
        boolean last = stream.endQueued && stream.pending == 0 && stream.trailers == null;
        writer.data(stream.id, data, size, last);
        if (last) {
            session.localEnded(stream);
        }
    }

    private void end(Http2Stream stream) {
        byte @Nullable [] trailers = stream.trailers;
        if (trailers == null) {
            writer.emptyData(stream.id);
        } else {
            writer.headers(stream.id, trailers, trailers.length, true, mostFrame);
            stream.trailers = null;
        }
        session.localEnded(stream);
    }

    /** Content sent so far, in bytes. */
    long sent() {
        return sent;
    }

    boolean isWaiting() {
        boolean[] waiting = {!ready.isEmpty()};
        session.streams.forEach(stream -> waiting[0] |= stream.pending > 0);
        return waiting[0];
    }
}
