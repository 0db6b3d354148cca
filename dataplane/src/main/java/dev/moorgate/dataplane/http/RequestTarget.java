package dev.moorgate.dataplane.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The target of a request line (RFC 9112 3.2), taken apart: form, authority, normal path, raw query. */
final class RequestTarget {
    enum Form {
        ORIGIN,
        ABSOLUTE,
        ASTERISK
    }

    private static final byte[] HTTP = Octets.ascii("http://");
    private static final byte[] HTTPS = Octets.ascii("https://");

    private final PathForm normal = new PathForm();
    private byte[] scratch = new byte[0];
    private Form form = Form.ORIGIN;
    private int authorityStart;
    private int authorityEnd;
    private byte[] pathBytes = scratch;
    private int pathStart;
    private int pathEnd;
    private int queryStart;
    private int queryEnd;
    private boolean unchanged;

    Form form() {
        return form;
    }

    int authorityStart() {
        return authorityStart;
    }

    int authorityEnd() {
        return authorityEnd;
    }

    /** Holds the normal path between {@link #pathStart} and {@link #pathEnd}. */
    byte[] pathBytes() {
        return pathBytes;
    }

    int pathStart() {
        return pathStart;
    }

    int pathEnd() {
        return pathEnd;
    }

    /** Behind the question mark; -1 where there is none. */
    int queryStart() {
        return queryStart;
    }

    int queryEnd() {
        return queryEnd;
    }

    /** Whether path and query stand in the request line just as they are forwarded. */
    boolean isUnchanged() {
        return unchanged;
    }

    @Nullable
    ParseError read(byte[] bytes, int start, int end, int method) {
        if (start == end) {
            return ParseError.BAD_REQUEST_LINE;
        }
        authorityStart = authorityEnd = start;
        if (bytes[start] == '/') {
            form = Form.ORIGIN;
            return pathAndQuery(bytes, start, end);
        }
        if (bytes[start] == '*' && end == start + 1) {
            return method == Methods.OPTIONS ? asterisk(bytes, start) : ParseError.BAD_TARGET;
        }
        return absolute(bytes, start, end, method);
    }

    private @Nullable ParseError asterisk(byte[] bytes, int at) {
        form = Form.ASTERISK;
        pathBytes = bytes;
        pathStart = at;
        pathEnd = at + 1;
        queryStart = queryEnd = -1;
        unchanged = true;
        return null;
    }

    private @Nullable ParseError absolute(byte[] bytes, int start, int end, int method) {
        int from = behind(bytes, start, end, HTTP);
        if (from < 0) {
            from = behind(bytes, start, end, HTTPS);
        }
        if (from < 0) {
            return hasScheme(bytes, start, end) ? ParseError.FOREIGN_SCHEME : ParseError.BAD_TARGET;
        }
        int i = from;
        while (i < end && bytes[i] != '/' && bytes[i] != '?' && bytes[i] != '#') {
            if (bytes[i] == '@') {
                return ParseError.USER_IN_TARGET;
            }
            i++;
        }
        if (i == from) {
            return ParseError.BAD_HOST;
        }
        authorityStart = from;
        authorityEnd = i;
        form = Form.ABSOLUTE;
        if (i < end && bytes[i] == '/') {
            ParseError error = pathAndQuery(bytes, i, end);
            unchanged = false;
            return error;
        }
        grow(1);
        scratch[0] = (byte) (i == end && method == Methods.OPTIONS ? '*' : '/');
        pathBytes = scratch;
        pathStart = 0;
        pathEnd = 1;
        unchanged = false;
        return query(bytes, i, end);
    }

    private @Nullable ParseError pathAndQuery(byte[] bytes, int start, int end) {
        int i = start;
        boolean plain = true;
        byte before = 0;
        for (; i < end; i++) {
            byte octet = bytes[i];
            if (!Octets.is(octet, Octets.PLAIN_PATH)) {
                if (octet == '?' || octet == '#') {
                    break;
                }
                if (octet == '%') {
                    plain = false;
                } else if (octet != '/' && octet != '.') {
                    return ParseError.BAD_TARGET;
                } else if (before == '/') {
                    plain = false;
                }
            }
            before = octet;
        }
        pathBytes = bytes;
        pathStart = start;
        pathEnd = i;
        unchanged = true;
        if (!plain) {
            grow(i - start);
            ParseError error = normal.normalise(bytes, start, i, scratch);
            if (error != null) {
                return error;
            }
            unchanged = Arrays.equals(bytes, start, i, scratch, 0, normal.length());
            if (!unchanged) {
                pathBytes = scratch;
                pathStart = 0;
                pathEnd = normal.length();
            }
        }
        return query(bytes, i, end);
    }

    private @Nullable ParseError query(byte[] bytes, int at, int end) {
        queryStart = queryEnd = -1;
        if (at == end) {
            return null;
        }
        if (bytes[at] == '#') {
            return ParseError.FRAGMENT_IN_TARGET;
        }
        for (int i = at + 1; i < end; i++) {
            if (!Octets.is(bytes[i], Octets.QUERY)) {
                return bytes[i] == '#' ? ParseError.FRAGMENT_IN_TARGET : ParseError.BAD_TARGET;
            }
        }
        queryStart = at + 1;
        queryEnd = end;
        return null;
    }

    private static int behind(byte[] bytes, int start, int end, byte[] prefix) {
        int next = start + prefix.length;
        return next <= end && Octets.equalsLower(bytes, start, next, prefix) ? next : -1;
    }

    private static boolean hasScheme(byte[] bytes, int start, int end) {
        for (int i = start; i < end - 2 && bytes[i] != '/'; i++) {
            if (bytes[i] == ':' && bytes[i + 1] == '/' && bytes[i + 2] == '/') {
                return true;
            }
        }
        return false;
    }

    private void grow(int size) {
        if (scratch.length < size) {
            scratch = new byte[Math.max(256, Integer.highestOneBit(size) << 1)];
        }
    }
}
