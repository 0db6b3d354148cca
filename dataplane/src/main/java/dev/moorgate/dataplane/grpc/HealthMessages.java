package dev.moorgate.dataplane.grpc;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The two messages of {@code grpc.health.v1.Health/Check} (grpc/doc/health-checking.md), each behind its prefix of five bytes:
 * a string that names a service, and a number that says how it is.
 */
public final class HealthMessages {
    public static final String PATH = "/grpc.health.v1.Health/Check";
    /** The status of a service that wants calls. */
    public static final String SERVING = "SERVING";

    private static final List<String> WORDS = List.of("UNKNOWN", SERVING, "NOT_SERVING", "SERVICE_UNKNOWN");
    private static final int PREFIX = 5;
    private static final int SERVICE_TAG = 1 << 3 | 2;
    private static final int STATUS_TAG = 1 << 3;

    private HealthMessages() {}

    /** Asks for a service; an empty name: for the server as a whole. */
    public static byte[] request(String service) {
        var fields = new ByteArrayOutputStream();
        byte[] name = service.getBytes(StandardCharsets.UTF_8);
        if (name.length > 0) {
            fields.write(SERVICE_TAG);
            number(fields, name.length);
            fields.writeBytes(name);
        }
        return ByteBuffer.allocate(PREFIX + fields.size())
                .put((byte) 0)
                .putInt(fields.size())
                .put(fields.toByteArray())
                .array();
    }

    private static void number(ByteArrayOutputStream to, int value) {
        int left = value;
        for (; left > 0x7f; left >>>= 7) {
            to.write(left & 0x7f | 0x80);
        }
        to.write(left);
    }

    /** The word that an answer's only message has; a sentence where it has none. */
    public static String status(byte[] answer) {
        ByteBuffer in = ByteBuffer.wrap(answer);
        if (in.remaining() < PREFIX || in.get() != 0 || in.getInt() != in.remaining()) {
            return "no message that can be read";
        }
        long status = 0;
        while (in.hasRemaining()) {
            long tag = number(in);
            if (tag == STATUS_TAG) {
                status = number(in);
            } else if (!skip(in, (int) tag & 7)) {
                return "a message of another type";
            }
        }
        return status >= 0 && status < WORDS.size() ? WORDS.get((int) status) : "status " + status;
    }

    /** A varint, or -1. */
    private static long number(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE && in.hasRemaining(); shift += 7) {
            byte octet = in.get();
            value |= (octet & 0x7fL) << shift;
            if (octet >= 0) {
                return value;
            }
        }
        return -1;
    }

    /** Passes by a field that is not ours: a later version of the protocol may have some. */
    private static boolean skip(ByteBuffer in, int wireType) {
        long size = switch (wireType) {
            case 0 -> number(in) < 0 ? -1 : 0;
            case 1 -> Long.BYTES;
            case 2 -> number(in);
            case 5 -> Integer.BYTES;
            default -> -1;
        };
        if (size < 0 || size > in.remaining()) {
            return false;
        }
        in.position(in.position() + (int) size);
        return true;
    }
}
