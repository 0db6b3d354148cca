package dev.moorgate.dataplane.http;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Request methods with a number of their own; every other token is {@link #OTHER}. Names are case-sensitive (RFC 9110 9.1). */
public final class Methods {
    public static final int OTHER = 0;
    public static final int GET = 1;
    public static final int HEAD = 2;
    public static final int POST = 3;
    public static final int PUT = 4;
    public static final int DELETE = 5;
    public static final int OPTIONS = 6;
    public static final int PATCH = 7;
    public static final int CONNECT = 8;
    public static final int TRACE = 9;

    private static final List<String> NAMES =
            List.of("", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE");
    private static final byte[][] BYTES =
            NAMES.stream().map(n -> n.getBytes(StandardCharsets.US_ASCII)).toArray(byte[][]::new);

    private Methods() {}

    /** The number of a method's name. */
    public static int idOf(String name) {
        int id = NAMES.indexOf(name);
        return Math.max(id, OTHER);
    }

    /** The name of a known method; empty for {@link #OTHER}. */
    public static String name(int id) {
        return NAMES.get(id);
    }

    /** RFC 9110 9.2.2: repeating such a request does no more than one. */
    public static boolean isIdempotent(int id) {
        return id == GET || id == HEAD || id == PUT || id == DELETE || id == OPTIONS || id == TRACE;
    }

    static int idOf(byte[] bytes, int start, int end) {
        int length = end - start;
        if (length < 3 || length > 7) {
            return OTHER;
        }
        int id = switch (bytes[start]) {
            case 'G' -> GET;
            case 'H' -> HEAD;
            case 'D' -> DELETE;
            case 'O' -> OPTIONS;
            case 'C' -> CONNECT;
            case 'T' -> TRACE;
            case 'P' -> length == 4 ? POST : length == 3 ? PUT : PATCH;
            default -> OTHER;
        };
        byte[] name = BYTES[id];
        if (name.length != length) {
            return OTHER;
        }
        for (int i = 1; i < length; i++) {
            if (bytes[start + i] != name[i]) {
                return OTHER;
            }
        }
        return id;
    }
}
