package dev.moorgate.dataplane.http2;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Frames into one buffer a turn of the loop; large content goes beside it, uncopied. Its event loop only. */
final class FrameWriter {
    static final int DATA = 0x0;
    static final int HEADERS = 0x1;
    static final int PRIORITY = 0x2;
    static final int RST_STREAM = 0x3;
    static final int SETTINGS = 0x4;
    static final int PUSH_PROMISE = 0x5;
    static final int PING = 0x6;
    static final int GOAWAY = 0x7;
    static final int WINDOW_UPDATE = 0x8;
    static final int CONTINUATION = 0x9;

    static final int END_STREAM = 0x1;
    static final int ACK = 0x1;
    static final int END_HEADERS = 0x4;
    static final int PADDED = 0x8;
    static final int PRIORITISED = 0x20;

    static final int HEADER = 9;

    private static final int FLAGS_AT = 4;
    private static final int ROOM = 4 << 10;
    private static final int COPIED = 8 << 10;
    private static final int FULL = 64 << 10;
    /** Up to here words are copied one by one: to copy a range, buffers make objects for the ranges of both. */
    private static final int SHORT = 64;

    private final Http2Transport transport;
    private @Nullable ByteBuf out;
    /** Stream of the frame written last, where that is DATA and still here; else 0. */
    private int lastData;

    private int lastFlags;

    FrameWriter(Http2Transport transport) {
        this.transport = transport;
    }

    private ByteBuf room(int bytes) {
        ByteBuf current = out;
        if (current == null) {
            current = transport.buffer(Math.max(ROOM, bytes));
            out = current;
        }
        return current;
    }

    private ByteBuf frame(int type, int flags, int stream, int length) {
        ByteBuf current = room(HEADER + length);
        current.ensureWritable(HEADER + length);
        lastData = 0;
        lastFlags = current.writerIndex() + FLAGS_AT;
        current.writeMedium(length);
        current.writeShort(type << 8 | flags);
        current.writeInt(stream);
        return current;
    }

    void bytes(byte[] bytes) {
        room(bytes.length).writeBytes(bytes);
    }

    void settings(int[] idsAndValues) {
        ByteBuf to = frame(SETTINGS, 0, 0, idsAndValues.length * 3);
        for (int i = 0; i < idsAndValues.length; i += 2) {
            to.writeShort(idsAndValues[i]);
            to.writeInt(idsAndValues[i + 1]);
        }
    }

    void settingsAck() {
        frame(SETTINGS, ACK, 0, 0);
    }

    void ping(long payload, int flags) {
        frame(PING, flags, 0, 8).writeLong(payload);
    }

    void goAway(int lastStream, Http2Error error, String why) {
        ByteBuf to = frame(GOAWAY, 0, 0, 8 + why.length());
        to.writeInt(lastStream);
        to.writeInt(error.code());
        for (int i = 0; i < why.length(); i++) {
            to.writeByte(why.charAt(i));
        }
    }

    void windowUpdate(int stream, int bytes) {
        frame(WINDOW_UPDATE, 0, stream, 4).writeInt(bytes);
    }

    void reset(int stream, Http2Error error) {
        frame(RST_STREAM, 0, stream, 4).writeInt(error.code());
    }

    void headers(int stream, byte[] block, int length, boolean end, int mostFrame) {
        int first = Math.min(length, mostFrame);
        int flags = (end ? END_STREAM : 0) | (first == length ? END_HEADERS : 0);
        frame(HEADERS, flags, stream, first).writeBytes(block, 0, first);
        for (int at = first; at < length; ) {
            int next = Math.min(length - at, mostFrame);
            frame(CONTINUATION, at + next == length ? END_HEADERS : 0, stream, next)
                    .writeBytes(block, at, next);
            at += next;
        }
    }

    /** Takes {@code length} bytes out of {@code data}. */
    void data(int stream, ByteBuf data, int length, boolean end) {
        int flags = end ? END_STREAM : 0;
        if (length <= COPIED) {
            copy(data, length, frame(DATA, flags, stream, length));
            lastData = stream;
            return;
        }
        ByteBuf header = room(HEADER);
        header.ensureWritable(HEADER);
        header.writeMedium(length);
        header.writeShort(DATA << 8 | flags);
        header.writeInt(stream);
        handOver();
        transport.write(data.readRetainedSlice(length));
    }

    private static void copy(ByteBuf from, int length, ByteBuf to) {
        if (length > SHORT) {
            to.writeBytes(from, length);
            return;
        }
        int left = length;
        for (; left >= Long.BYTES; left -= Long.BYTES) {
            to.writeLong(from.readLong());
        }
        for (; left > 0; left--) {
            to.writeByte(from.readByte());
        }
    }

    /** Ends {@code stream} by the DATA that was written last; false: that was another frame, or has left. */
    boolean endByLast(int stream) {
        ByteBuf current = out;
        if (current == null || lastData != stream) {
            return false;
        }
        current.setByte(lastFlags, END_STREAM);
        lastData = 0;
        return true;
    }

    void emptyData(int stream) {
        frame(DATA, END_STREAM, stream, 0);
    }

    boolean isFull() {
        ByteBuf current = out;
        return current != null && current.readableBytes() >= FULL;
    }

    boolean isEmpty() {
        return out == null;
    }

    void handOver() {
        ByteBuf current = out;
        if (current != null) {
            out = null;
            lastData = 0;
            transport.write(current);
        }
    }

    void drop() {
        ByteBuf current = out;
        if (current != null) {
            out = null;
            lastData = 0;
            current.release();
        }
    }
}
