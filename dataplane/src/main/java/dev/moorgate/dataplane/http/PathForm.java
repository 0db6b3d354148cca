package dev.moorgate.dataplane.http;

import org.jspecify.annotations.Nullable;

/**
 * The one normal form of a path that routes are chosen by and that endpoints get. Escapes of unreserved characters are
 * decoded once, the digits of all others are in upper case (so {@code %2F} and {@code %5C} stay data and are never a
 * separator); runs of slashes are one; dot segments are gone. Applying it twice changes nothing. Refused: a malformed
 * escape, {@code %00}, a path above the root, a raw backslash, anything but printable ASCII, and dot segments with path
 * parameters ({@code ..;}), which servlet containers read as dot segments and others do not.
 */
final class PathForm {
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
