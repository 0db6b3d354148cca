package dev.moorgate.dataplane.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Host and port of a request (RFC 3986 3.2, the part of it that DNS and IP addresses need): names of letters, digits,
 * hyphens and underscores in labels of 1 to 63, or a bracketed IPv6 address. Remembers the last authority it read, since
 * one connection repeats itself.
 */
final class Authority {
    private static final int LONGEST_NAME = 255;

    private byte[] seen = new byte[0];
    private String text = "";
    private String host = "";
    private int port = -1;

    /** As received. */
    String text() {
        return text;
    }

    /** Lower case, without port and trailing dot; IPv6 with its brackets. */
    String host() {
        return host;
    }

    /** -1 where none is given. */
    int port() {
        return port;
    }

    void copy(Authority from) {
        seen = from.seen;
        text = from.text;
        host = from.host;
        port = from.port;
    }

    @Nullable
    ParseError read(byte[] bytes, int start, int end) {
        if (end > start && Arrays.equals(bytes, start, end, seen, 0, seen.length)) {
            return null;
        }
        int colon = start < end && bytes[start] == '[' ? address(bytes, start, end) : name(bytes, start, end);
        if (colon < 0) {
            return ParseError.BAD_HOST;
        }
        int number = -1;
        if (colon < end) {
            number = portNumber(bytes, colon, end);
            if (number < 0) {
                return ParseError.BAD_HOST;
            }
        }
        int last = bytes[colon - 1] == '.' ? colon - 1 : colon;
        byte[] lower = new byte[last - start];
        for (int i = start; i < last; i++) {
            lower[i - start] = Octets.LOWER[bytes[i] & 0xff];
        }
        seen = Arrays.copyOfRange(bytes, start, end);
        text = Octets.text(bytes, start, end);
        host = Octets.text(lower, 0, lower.length);
        port = number;
        return null;
    }

    /** Index behind the name, or -1. */
    private static int name(byte[] bytes, int start, int end) {
        int label = start;
        int i = start;
        for (; i < end && bytes[i] != ':'; i++) {
            if (bytes[i] == '.') {
                if (i == label || i - label > 63) {
                    return -1;
                }
                label = i + 1;
            } else if (!Octets.is(bytes[i], Octets.LABEL)) {
                return -1;
            }
        }
        boolean bad = i == start || i - label > 63 || i - start > LONGEST_NAME;
        return bad ? -1 : i;
    }

    /** Index behind the closing bracket of an RFC 4291 address without zone, or -1. */
    private static int address(byte[] bytes, int start, int end) {
        int groups = 0;
        boolean gap = false;
        int i = start + 1;
        if (i + 1 < end && bytes[i] == ':' && bytes[i + 1] == ':') {
            gap = true;
            i += 2;
        }
        while (i < end && bytes[i] != ']') {
            int digits = 0;
            while (i + digits < end && Octets.hex(bytes[i + digits]) >= 0) {
                digits++;
            }
            if (i + digits < end && bytes[i + digits] == '.') {
                i = dotted(bytes, i, end);
                groups += 2;
                if (i < 0 || i == end || bytes[i] != ']') {
                    return -1;
                }
                break;
            }
            if (digits < 1 || digits > 4) {
                return -1;
            }
            groups++;
            i += digits;
            if (i < end && bytes[i] == ':') {
                i++;
                if (i < end && bytes[i] == ':') {
                    if (gap) {
                        return -1;
                    }
                    gap = true;
                    i++;
                } else if (i < end && bytes[i] == ']') {
                    return -1;
                }
            } else if (i < end && bytes[i] != ']') {
                return -1;
            }
        }
        boolean whole = i < end && (gap ? groups < 8 : groups == 8);
        return whole && (i + 1 == end || bytes[i + 1] == ':') ? i + 1 : -1;
    }

    /** Index behind four decimal octets, or -1. */
    private static int dotted(byte[] bytes, int start, int end) {
        int i = start;
        for (int part = 0; part < 4; part++) {
            int value = 0;
            int digits = 0;
            while (i < end && bytes[i] >= '0' && bytes[i] <= '9') {
                value = value * 10 + bytes[i++] - '0';
                digits++;
                if (digits > 3) {
                    return -1;
                }
            }
            if (digits == 0 || value > 255) {
                return -1;
            }
            if (part < 3) {
                if (i == end || bytes[i] != '.') {
                    return -1;
                }
                i++;
            }
        }
        return i;
    }

    /** The port after a colon, 1 to 65535, or -1: neither empty nor padded to more than five digits. */
    private static int portNumber(byte[] bytes, int colon, int end) {
        int value = 0;
        int digits = end - colon - 1;
        if (digits < 1 || digits > 5) {
            return -1;
        }
        for (int i = colon + 1; i < end; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                return -1;
            }
            value = value * 10 + bytes[i] - '0';
        }
        return value >= 1 && value <= 65_535 ? value : -1;
    }
}
