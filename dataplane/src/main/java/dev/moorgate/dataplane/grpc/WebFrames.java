package dev.moorgate.dataplane.grpc;

import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.Octets;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Where the frames of a gRPC-Web answer begin and end, and the status that its last one says (grpc/doc/PROTOCOL-WEB.md): looks at
 * content that passes, and keeps nothing of it but trailers. One per answer; its event loop only.
 */
public final class WebFrames {
    private static final byte[] WEB = ascii("application/grpc-web");
    private static final byte[] TEXT = ascii("application/grpc-web-text");
    private static final byte[] STATUS = ascii("grpc-status");
    /** Values of the digits of base64; below zero: none. */
    private static final byte[] DIGITS = new byte[256];

    /** A flag and the length. */
    private static final int PREFIX = 1 + Integer.BYTES;

    private static final int OF_TRAILERS = 0x80;
    private static final int COMPRESSED = 1;
    private static final int MOST_TRAILERS = 8 << 10;

    static {
        Arrays.fill(DIGITS, (byte) -1);
        byte[] alphabet = ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
        for (int i = 0; i < alphabet.length; i++) {
            DIGITS[alphabet[i]] = (byte) i;
        }
    }

    private enum Part {
        PREFIX,
        MESSAGE,
        TRAILERS,
        /** The trailers have come. */
        ENDED,
        /** The trailers cannot be read here: they are compressed, or too long. */
        HIDDEN,
        /** The content is not what browsers read. */
        OTHER
    }

    private final boolean text;
    private Part part;
    private int prefix;
    private int flags;
    /** Bytes of the frame that are to come. */
    private long left;

    private byte[] lines = {};
    private int kept;
    private @Nullable GrpcStatus status;
    /** Digits of base64 that are no whole group yet, those that fill it up included. */
    private int digits;

    private int bits;
    private int fill;

    /** What {@code answer} announces. */
    WebFrames(ResponseHead answer) {
        int type = answer.indexOf(Fields.CONTENT_TYPE);
        text = type >= 0 && answer.valueStartsWithLower(type, TEXT);
        if (type < 0 || !answer.valueStartsWithLower(type, WEB)) {
            part = Part.OTHER;
        } else {
            part = answer.indexOf(Fields.CONTENT_ENCODING) < 0 ? Part.PREFIX : Part.HIDDEN;
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Content passes. */
    public void pass(ByteBuf in, int start, int length) {
        int end = start + length;
        int at = start;
        while (at < end && isOpen()) {
            if (text) {
                digit(in.getByte(at++));
            } else if (part == Part.MESSAGE) {
                int step = (int) Math.min(left, end - at);
                at += step;
                message(step);
            } else {
                octet(in.getByte(at++));
            }
        }
    }

    /** Each group of four digits stands for itself: a stream may be encoded in pieces, with padding in between. */
    private void digit(byte octet) {
        boolean fills = octet == '=' && digits >= 2;
        int value = fills ? 0 : DIGITS[octet & 0xff];
        if (value < 0 || fill > 0 && !fills) {
            part = Part.OTHER;
            return;
        }
        fill += fills ? 1 : 0;
        bits = bits << 6 | value;
        if (++digits == 4) {
            for (int i = 0; i < 3 - fill; i++) {
                octet((byte) (bits >>> 16 - Byte.SIZE * i));
            }
            digits = bits = fill = 0;
        }
    }

    private void octet(byte octet) {
        switch (part) {
            case PREFIX -> prefix(octet);
            case MESSAGE -> message(1);
            case TRAILERS -> {
                lines[kept++] = octet;
                if (kept == left) {
                    ended();
                }
            }
            case ENDED, HIDDEN, OTHER -> {
                // behind the last frame that matters
            }
        }
    }

    private void prefix(byte octet) {
        if (prefix++ == 0) {
            flags = octet;
            left = 0;
            return;
        }
        left = left << Byte.SIZE | octet & 0xff;
        if (prefix < PREFIX) {
            return;
        }
        prefix = 0;
        if ((flags & OF_TRAILERS) == 0) {
            part = left == 0 ? Part.PREFIX : Part.MESSAGE;
        } else if ((flags & COMPRESSED) != 0 || left > MOST_TRAILERS) {
            part = Part.HIDDEN;
        } else {
            part = Part.TRAILERS;
            lines = new byte[(int) left];
            if (left == 0) {
                ended();
            }
        }
    }

    private void message(int size) {
        left -= size;
        if (left == 0) {
            part = Part.PREFIX;
        }
    }

    private void ended() {
        part = Part.ENDED;
        for (int at = 0; at < kept && status == null; ) {
            int end = Octets.indexOf(lines, at, kept, '\n');
            int colon = Octets.indexOf(lines, at, end, ':');
            if (colon < end && Octets.equalsLower(lines, at, colon, STATUS)) {
                int last = lines[end - 1] == '\r' ? end - 1 : end;
                int start = Octets.skipBlanks(lines, colon + 1, last);
                status = GrpcStatuses.parse(lines, start, Octets.endWithoutBlanks(lines, start, last));
            }
            at = end + 1;
        }
    }

    private boolean isOpen() {
        return part == Part.PREFIX || part == Part.MESSAGE || part == Part.TRAILERS;
    }

    /** Whether a frame may follow what has passed so far. */
    public boolean isBetween() {
        return part == Part.PREFIX && prefix == 0 && digits == 0;
    }

    /** Whether what has passed so far ends within a frame. */
    boolean isCut() {
        return isOpen() && !isBetween();
    }

    /** Whether the answer has a status, for all that can be seen here, and it cannot be read. */
    boolean isHidden() {
        return part == Part.HIDDEN;
    }

    /** What the last frame says; null: it has not come, or says nothing. */
    @Nullable
    GrpcStatus status() {
        return status;
    }

    /** The frame that ends the answer with these lines of trailers. */
    public byte[] end(byte[] trailers) {
        byte[] frame = ByteBuffer.allocate(PREFIX + trailers.length)
                .put((byte) OF_TRAILERS)
                .putInt(trailers.length)
                .put(trailers)
                .array();
        return text ? Base64.getEncoder().encode(frame) : frame;
    }
}
