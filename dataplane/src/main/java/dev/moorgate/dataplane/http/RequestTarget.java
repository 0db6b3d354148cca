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
    private int queryStart = -1;
    private int queryEnd = -1;
    private boolean unchanged;
    /** The path is in {@link #scratch}. */
    private boolean rewritten;

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

    /** Becomes what another is; {@code bytes} hold what the other's do. */
    void copy(RequestTarget from, byte[] bytes) {
        form = from.form;
        authorityStart = from.authorityStart;
        authorityEnd = from.authorityEnd;
        rewritten = from.rewritten;
        pathBytes = bytes;
        if (rewritten) {
            grow(from.pathEnd);
            System.arraycopy(from.scratch, 0, scratch, 0, from.pathEnd);
            pathBytes = scratch;
        }
        pathStart = from.pathStart;
        pathEnd = from.pathEnd;
        queryStart = from.queryStart;
        queryEnd = from.queryEnd;
        unchanged = from.unchanged;
    }

    void clear() {
        form = Form.ORIGIN;
        pathStart = pathEnd = 0;
        queryStart = queryEnd = -1;
        unchanged = false;
    }

    @Nullable
    ParseError read(byte[] bytes, int start, int end, int method) {
        if (start == end) {
            return ParseError.BAD_REQUEST_LINE;
        }
        authorityStart = authorityEnd = start;
        rewritten = false;
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
        rewritten = true;
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
                rewritten = true;
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

    /**
     * The one normal form of a path that routes are chosen by and that endpoints get. Escapes of unreserved characters are
     * decoded once, the digits of all others are in upper case (so {@code %2F} and {@code %5C} stay data and are never a
     * separator); runs of slashes are one; dot segments are gone. Applying it twice changes nothing. Refused: a malformed
     * escape, {@code %00}, a path above the root, a raw backslash, anything but printable ASCII, and dot segments with path
     * parameters ({@code ..;}), which servlet containers read as dot segments and others do not.
     */
    static final class PathForm {
        private static final byte[] HEX = Octets.ascii("0123456789ABCDEF");

        private int length;

        /** Length of the last result. */
        int length() {
            return length;
        }

        /** Writes the normal form to the front of {@code out}, which is at least as long as the range; null when it is good. */
        @Nullable
        ParseError normalise(byte[] in, int from, int to, byte[] out) {
            int w = 0;
            int i = from;
            while (i < to) {
                // in[i] is a slash here: the caller has seen the first, the segment loop stops at the others.
                while (i < to && in[i] == '/') {
                    i++;
                }
                if (w == 0 || out[w - 1] != '/') {
                    out[w++] = '/';
                }
                int segment = w;
                for (; i < to && in[i] != '/'; i++) {
                    byte octet = in[i];
                    if (octet != '%') {
                        if (octet != '.' && !Octets.is(octet, Octets.PLAIN_PATH)) {
                            return ParseError.BAD_TARGET;
                        }
                        out[w++] = octet;
                        continue;
                    }
                    int high = i + 2 < to ? Octets.hex(in[i + 1]) : -1;
                    int low = i + 2 < to ? Octets.hex(in[i + 2]) : -1;
                    if (high < 0 || low < 0 || (high | low) == 0) {
                        return ParseError.BAD_ESCAPE;
                    }
                    byte decoded = (byte) ((high << 4) | low);
                    if (Octets.is(decoded, Octets.UNRESERVED)) {
                        out[w++] = decoded;
                    } else {
                        out[w++] = '%';
                        out[w++] = HEX[high];
                        out[w++] = HEX[low];
                    }
                    i += 2;
                }
                int dots = dots(out, segment, w);
                if (dots < 0 || (dots == 2 && segment == 1)) {
                    return ParseError.PATH_ABOVE_ROOT;
                }
                if (dots == 1) {
                    w = segment;
                } else if (dots == 2) {
                    w = segment - 1;
                    while (out[w - 1] != '/') {
                        w--;
                    }
                }
            }
            length = w;
            return null;
        }

        /** 1 and 2 for the dot segments, -1 for one with parameters, 0 for all others. */
        private static int dots(byte[] out, int start, int end) {
            if (end == start || out[start] != '.') {
                return 0;
            }
            int next = start + 1 < end && out[start + 1] == '.' ? start + 2 : start + 1;
            if (next == end) {
                return next - start;
            }
            return out[next] == ';' ? -1 : 0;
        }
    }
}
