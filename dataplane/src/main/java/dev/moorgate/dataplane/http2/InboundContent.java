package dev.moorgate.dataplane.http2;

import dev.moorgate.dataplane.http2.StreamTable.Closed;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Content that comes, checked against windows and Content-Length, and the windows given back. Its event loop only. */
final class InboundContent {
    private final Http2Session session;
    private final FlowControl window;
    /** Whose the frame under way is; null where nobody wants it. */
    private @Nullable Http2Stream current;

    InboundContent(Http2Session session) {
        this.session = session;
        int size = session.settings.connectionWindow();
        window = new FlowControl(size, size);
    }

    void forget() {
        current = null;
    }

    /** A frame begins on a stream that has been open; {@code length} is what it takes of the windows. */
    void begin(int id, int length) {
        if (window.take(length)) {
            current = takes(id, length);
        } else {
            session.broken(Http2Error.FLOW_CONTROL_ERROR, "more DATA than the connection's window");
        }
    }

    private @Nullable Http2Stream takes(int id, int length) {
        Http2Stream stream = session.streams.get(id);
        if (stream == null) {
            if (session.streams.closedHow(id) != Closed.RESET_BY_US) {
                session.refuse(id, Http2Error.STREAM_CLOSED);
            }
            return null;
        }
        if (stream.remoteEnded) {
            session.streamError(stream, Http2Error.STREAM_CLOSED);
        } else if (!stream.headRead) {
            session.streamError(stream, Http2Error.PROTOCOL_ERROR);
        } else if (!stream.window.take(length)) {
            session.streamError(stream, Http2Error.FLOW_CONTROL_ERROR);
        } else {
            return stream;
        }
        return null;
    }

    void data(ByteBuf in, int length, boolean end) {
        if (length == 0 && !end && session.guard.emptyData()) {
            session.broken(Http2Error.ENHANCE_YOUR_CALM, "too much empty DATA");
            return;
        }
        Http2Stream stream = current;
        if (stream == null || stream.over) {
            credit(length);
            return;
        }
        if (stream.expected >= 0) {
            stream.expected -= length;
            if (stream.expected < 0 || (end && stream.expected > 0)) {
                credit(length);
                session.streamError(stream, Http2Error.PROTOCOL_ERROR);
                return;
            }
        }
        stream.remoteEnded |= end;
        if (stream.ignored || (length == 0 && !end)) {
            stream.unconsumed += length;
            session.consumed(stream, length);
        } else {
            session.guard.useful();
            stream.unconsumed += length;
            if (!session.settings.server()) {
                // One response that nobody fetches must not stop those of others.
                credit(length);
            }
            session.events.data(stream, in.readRetainedSlice(length), end);
        }
        if (end) {
            session.closeIfEnded(stream);
        }
    }

    void padding(int length) {
        credit(length);
        Http2Stream stream = current;
        if (stream != null) {
            update(stream, length);
        }
    }

    // ------------------------------------------------------------------ windows

    void consumed(Http2Stream stream, int bytes) {
        if (session.settings.server()) {
            credit(bytes);
        }
        update(stream, bytes);
    }

    /** A stream is over: what its owner still holds no longer counts. */
    void settle(Http2Stream stream) {
        if (session.settings.server()) {
            credit(stream.unconsumed);
        }
        stream.unconsumed = 0;
    }

    private void credit(int bytes) {
        int update = window.give(bytes);
        if (update > 0 && session.isOpen()) {
            session.writer.windowUpdate(0, update);
            session.wake();
        }
    }

    private void update(Http2Stream stream, int bytes) {
        if (stream.over || stream.remoteEnded) {
            return;
        }
        int update = stream.window.give(bytes);
        if (update > 0 && session.isOpen()) {
            session.writer.windowUpdate(stream.id, update);
            session.wake();
        }
    }
}
