package dev.moorgate.dataplane.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;

/**
 * Where the frames of one direction of a WebSocket begin and end (RFC 6455 5.2), so that a Close can be put between two of
 * them. Reads headers alone and changes nothing. What is no frame is followed all the same: its end may come anywhere. For
 * one thread.
 */
public final class WebSocketFrames {
    private static final int CLOSE = 0x8;
    private static final int OPCODE = 0x0f;
    private static final int MASKED = 0x80;
    private static final int LENGTH = 0x7f;
    private static final int SHORT_LENGTH = 126;

    /** Octets of the frame's header that have come; 0: between two frames. */
    private int seen;

    /** Octets that the header has, once its second one has come. */
    private int headerLength;

    /** Octets of its length behind the second one. */
    private int extended;

    private int opcode;
    private long payload;
    private boolean closed;
    private final ByteProcessor headers = this::headerGoesOn;

    /** {@code bytes} pass; they stay as they are. */
    public void pass(ByteBuf bytes) {
        int at = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (at < end) {
            if (inPayload()) {
                int step = (int) Math.min(payload, end - at);
                payload -= step;
                at += step;
                endIfWhole();
            } else {
                int last = bytes.forEachByte(at, end - at, headers);
                at = last < 0 ? end : last + 1;
            }
        }
    }

    private boolean inPayload() {
        return seen > 1 && seen == headerLength;
    }

    private void endIfWhole() {
        if (payload == 0) {
            closed |= opcode == CLOSE;
            seen = 0;
        }
    }

    /** Up to where a payload begins; frames without one are passed over. */
    private boolean headerGoesOn(byte octet) {
        header(octet & 0xff);
        if (inPayload()) {
            endIfWhole();
        }
        return !inPayload();
    }

    private void header(int octet) {
        if (seen == 0) {
            opcode = octet & OPCODE;
            payload = 0;
        } else if (seen == 1) {
            int length = octet & LENGTH;
            int more = length < SHORT_LENGTH ? 0 : length == SHORT_LENGTH ? 2 : 8;
            payload = more == 0 ? length : 0;
            headerLength = 2 + more + ((octet & MASKED) == 0 ? 0 : 4);
            extended = more;
        } else if (seen < 2 + extended) {
            // RFC 6455 5.2: the highest bit is 0; with it the rest of the stream is taken for the payload.
            payload = payload << 8 | octet;
        }
        seen++;
        if (seen == headerLength && payload < 0) {
            payload = Long.MAX_VALUE;
        }
    }

    /** Whether a frame may follow what has passed: the last one is whole, and it was no Close. */
    public boolean takesFrame() {
        return seen == 0 && !closed;
    }
}
