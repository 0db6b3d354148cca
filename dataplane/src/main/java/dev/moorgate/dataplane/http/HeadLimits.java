package dev.moorgate.dataplane.http;

/**
 * Limits on heads, in bytes (fields: a count): the start line without its CRLF, all field lines with theirs and with the
 * trailers, the number of fields, the method's name.
 */
public record HeadLimits(int requestLine, int headerBlock, int fields, int method) {

    /** 8 KiB request line, 32 KiB of fields, 200 fields, methods of 32 bytes. */
    public static final HeadLimits STANDARD = new HeadLimits(8 << 10, 32 << 10, 200, 32);

    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_FIELDS = 10_000;

    public HeadLimits {
        within("requestLine", requestLine, MOST_BYTES);
        within("headerBlock", headerBlock, MOST_BYTES);
        within("fields", fields, MOST_FIELDS);
        within("method", method, requestLine);
    }

    private static void within(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(name + " must be 1.." + most + ", is " + value);
        }
    }
}
