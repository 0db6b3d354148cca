package dev.moorgate.dataplane.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Takes frames out of what is received, however it is cut: content is passed on in the pieces that come, everything else when it
 * is whole. No object a frame. Sizes that break RFC 9113 4.2 or 6 are refused here.
 */
final class FrameReader {
    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    /** The largest frame that we take, the protocol's own default. */
    static final int MOST_FRAME = 16_384;

    private static final int KEPT_PAYLOAD = 4096;

    /** Who gets the frames. */
    interface Sink {
        /** A whole frame that is not DATA; the payload is the first {@code length} bytes of the array. */
        void frame(int type, int flags, int stream, byte[] payload, int length);

        /** A DATA frame begins; {@code length} is what it takes of the windows. */
        void dataBegins(int stream, int length);

        /** A piece of its content lies at the front of {@code in} and is to be taken from there. */
        void data(int stream, ByteBuf in, int length, boolean end);

        /** Padding of {@code length} bytes was skipped. */
        void padding(int stream, int length);

        void broken(Http2Error error, String why);

        boolean isOpen();
    }

    private enum State {
        PREFACE,
        HEADER,
        PAYLOAD,
        PAD_LENGTH,
        CONTENT,
        PADDING
    }

    private final Sink sink;
    private State state;
    private int matched;
    private final byte[] header = new byte[FrameWriter.HEADER];
    private int filled;
    private byte[] payload = new byte[256];
    private int type;
    private int flags;
    private int stream;
    private int length;
    private int content;
    private int padding;
    private int frames;

    FrameReader(Sink sink, boolean expectsPreface) {
        this.sink = sink;
        state = expectsPreface ? State.PREFACE : State.HEADER;
    }

    /** Reads all of {@code in}, or up to what broke the connection. */
    void read(ByteBuf in) {
        while (in.isReadable() && sink.isOpen()) {
            switch (state) {
                case PREFACE -> preface(in);
                case HEADER -> header(in);
                case PAYLOAD -> payload(in);
                case PAD_LENGTH -> padLength(in);
                case CONTENT -> content(in);
                case PADDING -> padding(in);
            }
        }
    }

    private void preface(ByteBuf in) {
        while (matched < PREFACE.length && in.isReadable()) {
            if (in.readByte() != PREFACE[matched++]) {
                sink.broken(Http2Error.PROTOCOL_ERROR, "no connection preface");
                return;
            }
        }
        if (matched == PREFACE.length) {
            state = State.HEADER;
        }
    }

    private void header(ByteBuf in) {
        int take = Math.min(in.readableBytes(), FrameWriter.HEADER - filled);
        in.readBytes(header, filled, take);
        filled += take;
        if (filled < FrameWriter.HEADER) {
            return;
        }
        filled = 0;
        frames = frames + 1 & Integer.MAX_VALUE;
        length = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | (header[2] & 0xff);
        type = header[3] & 0xff;
        flags = header[4] & 0xff;
        stream = (header[5] & 0x7f) << 24 | (header[6] & 0xff) << 16 | (header[7] & 0xff) << 8 | (header[8] & 0xff);
        if (length > MOST_FRAME) {
            sink.broken(Http2Error.FRAME_SIZE_ERROR, "a frame over 16384 bytes");
        } else if (type == FrameWriter.DATA) {
            beginData();
        } else if (length == 0) {
            state = State.HEADER;
            sink.frame(type, flags, stream, payload, 0);
        } else {
            state = State.PAYLOAD;
            if (payload.length < length) {
                payload = new byte[Integer.highestOneBit(length - 1) << 1];
            }
        }
    }

    private void payload(ByteBuf in) {
        int take = Math.min(in.readableBytes(), length - filled);
        in.readBytes(payload, filled, take);
        filled += take;
        if (filled == length) {
            filled = 0;
            state = State.HEADER;
            sink.frame(type, flags, stream, payload, length);
            if (payload.length > KEPT_PAYLOAD) {
                payload = new byte[KEPT_PAYLOAD];
            }
        }
    }

    // ------------------------------------------------------------------ content

    private void beginData() {
        boolean padded = (flags & FrameWriter.PADDED) != 0;
        padding = 0;
        content = length;
        if (padded && length == 0) {
            sink.broken(Http2Error.FRAME_SIZE_ERROR, "padding without a length");
            return;
        }
        state = padded ? State.PAD_LENGTH : content == 0 ? State.HEADER : State.CONTENT;
        sink.dataBegins(stream, length);
        if (state == State.HEADER && sink.isOpen()) {
            sink.data(stream, Unpooled.EMPTY_BUFFER, 0, isLast());
        }
    }

    private void padLength(ByteBuf in) {
        padding = in.readUnsignedByte();
        content = length - 1 - padding;
        if (content < 0) {
            sink.broken(Http2Error.PROTOCOL_ERROR, "more padding than payload");
            return;
        }
        state = content > 0 ? State.CONTENT : padding > 0 ? State.PADDING : State.HEADER;
        sink.padding(stream, 1 + padding);
        if (content == 0 && sink.isOpen()) {
            sink.data(stream, in, 0, isLast());
        }
    }

    private void content(ByteBuf in) {
        int take = Math.min(in.readableBytes(), content);
        content -= take;
        if (content == 0) {
            state = padding > 0 ? State.PADDING : State.HEADER;
        }
        int before = in.readerIndex();
        sink.data(stream, in, take, content == 0 && isLast());
        in.readerIndex(before + take);
    }

    private void padding(ByteBuf in) {
        int take = Math.min(in.readableBytes(), padding);
        in.skipBytes(take);
        padding -= take;
        if (padding == 0) {
            state = State.HEADER;
        }
    }

    private boolean isLast() {
        return (flags & FrameWriter.END_STREAM) != 0;
    }

    /** The number of the frame that has begun and that nobody has heard of yet; 0: there is none. Content is passed on as it comes. */
    int underWay() {
        return switch (state) {
            case PREFACE -> frames + 1;
            case HEADER -> filled > 0 ? frames + 1 : 0;
            case PAYLOAD -> frames;
            case PAD_LENGTH, CONTENT, PADDING -> 0;
        };
    }
}
