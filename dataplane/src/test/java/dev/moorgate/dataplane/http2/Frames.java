package dev.moorgate.dataplane.http2;

import dev.moorgate.dataplane.http.FieldSection;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.http2.hpack.HpackDecoder;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Frames as bytes, good and bad ones, and field blocks of literals. */
public final class Frames {
    private static final int METHOD_GET = 2;
    private static final int METHOD_POST = 3;

    static final byte[] GET = block(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "h");
    static final byte[] POST = block(":method", "POST", ":scheme", "http", ":path", "/", ":authority", "h");

    private Frames() {}

    public static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    public static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    static byte[] preface() {
        return FrameReader.PREFACE.clone();
    }

    static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putShort((short) (payload.length >>> 8))
                .put((byte) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** A header that announces {@code length} bytes, and none of them. */
    static byte[] announced(int type, int stream, int length) {
        byte[] frame = frame(type, 0, stream, new byte[0]);
        frame[0] = (byte) (length >>> 16);
        frame[1] = (byte) (length >>> 8);
        frame[2] = (byte) length;
        return frame;
    }

    static byte[] settings(int... namesAndValues) {
        ByteBuffer payload = ByteBuffer.allocate(namesAndValues.length * 3);
        for (int i = 0; i < namesAndValues.length; i += 2) {
            payload.putShort((short) namesAndValues[i]).putInt(namesAndValues[i + 1]);
        }
        return frame(FrameWriter.SETTINGS, 0, 0, payload.array());
    }

    static byte[] settingsAck() {
        return frame(FrameWriter.SETTINGS, FrameWriter.ACK, 0, new byte[0]);
    }

    static byte[] headers(int stream, byte[] block, boolean end) {
        return frame(FrameWriter.HEADERS, FrameWriter.END_HEADERS | (end ? FrameWriter.END_STREAM : 0), stream, block);
    }

    /** HEADERS that are to be continued. */
    static byte[] begun(int stream, byte[] block) {
        return frame(FrameWriter.HEADERS, 0, stream, block);
    }

    static byte[] continuation(int stream, byte[] block, boolean last) {
        return frame(FrameWriter.CONTINUATION, last ? FrameWriter.END_HEADERS : 0, stream, block);
    }

    static byte[] data(int stream, int length, boolean end) {
        return frame(FrameWriter.DATA, end ? FrameWriter.END_STREAM : 0, stream, new byte[length]);
    }

    static byte[] reset(int stream, Http2Error error) {
        return frame(FrameWriter.RST_STREAM, 0, stream, number(error.code()));
    }

    static byte[] windowUpdate(int stream, int bytes) {
        return frame(FrameWriter.WINDOW_UPDATE, 0, stream, number(bytes));
    }

    static byte[] ping(int flags) {
        return frame(FrameWriter.PING, flags, 0, new byte[8]);
    }

    static byte[] goAway(int last, Http2Error error) {
        return frame(FrameWriter.GOAWAY, 0, 0, concat(number(last), number(error.code())));
    }

    static byte[] priority(int stream, int dependency) {
        return frame(FrameWriter.PRIORITY, 0, stream, concat(number(dependency), new byte[] {15}));
    }

    static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    /** Literals without indexing, names and values in turn. */
    static byte[] block(String... namesAndValues) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            block.write(0);
            literal(block, latin(namesAndValues[i]));
            literal(block, latin(namesAndValues[i + 1]));
        }
        return block.toByteArray();
    }

    private static void literal(ByteArrayOutputStream block, byte[] text) {
        if (text.length < 127) {
            block.write(text.length);
        } else {
            block.write(127);
            int left = text.length - 127;
            for (; left > 127; left >>>= 7) {
                block.write(left & 0x7f | 0x80);
            }
            block.write(left);
        }
        block.writeBytes(text);
    }

    /** A block as its head reads in HTTP/1.1, lines with bars between them; trailers without a start line. */
    static String fields(HpackDecoder decoder, byte[] block) {
        FieldSection section = new FieldSection();
        RequestHead request = new RequestHead();
        ResponseHead response = new ResponseHead();
        boolean asks = contains(block, METHOD_GET, METHOD_POST);
        boolean answers = !asks && (contains(block, 8, 14) || block.length > 0 && (block[0] == 8 || block[0] == 0x20));
        if (asks) {
            section.begin(request, HeadLimits.STANDARD, true);
        } else if (answers) {
            section.begin(response, HeadLimits.STANDARD, 1);
        } else {
            section.beginTrailers(HeadLimits.STANDARD);
        }
        if (!decoder.decode(block, 0, block.length, section)) {
            return "malformed";
        }
        var error = section.end(false);
        var head = asks ? request : answers ? response : section.trailers();
        return error != null
                ? error.name()
                : new String(head.bytes(), 0, head.headBytes(), StandardCharsets.ISO_8859_1)
                        .strip()
                        .replace("\r\n", "|");
    }

    private static boolean contains(byte[] block, int from, int to) {
        int at = block.length > 0 && block[0] == 0x20 ? 1 : 0;
        int place = block.length > at ? block[at] & 0x7f : 0;
        boolean literal = block.length > at && block[at] == METHOD_GET && from == METHOD_GET;
        return literal || (block.length > at && block[at] < 0 && place >= from && place <= to);
    }
}
