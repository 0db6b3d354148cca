package dev.moorgate.dataplane.http2;

import dev.moorgate.dataplane.http.Octets;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns heads in the form of HTTP/1.1, as {@link dev.moorgate.dataplane.http.HeadWriter} ends them, into field blocks: static
 * table and literals, no dynamic table, so that equal heads are equal blocks on every connection. Names come out in lower
 * case, fields that concern one connection are left out (RFC 9113 8.2). One an event loop will do.
 */
final class HpackEncoder {
    private static final byte[] CONNECTION = ascii("connection");
    private static final byte[] KEEP_ALIVE = ascii("keep-alive");
    private static final byte[] PROXY_CONNECTION = ascii("proxy-connection");
    private static final byte[] UPGRADE = ascii("upgrade");
    private static final byte[] HTTP2_SETTINGS = ascii("http2-settings");
    private static final byte[] TE = ascii("te");
    private static final byte[] TRAILERS = ascii("trailers");
    private static final byte[] GET = ascii("GET");
    private static final byte[] POST = ascii("POST");
    private static final byte[] CONNECT = ascii("CONNECT");
    private static final byte[] PROTOCOL = ascii(":protocol");
    private static final byte[] WEBSOCKET = ascii("websocket");
    private static final int KEPT_BYTES = 16 << 10;
    private static final int VERSION_END = " HTTP/1.1".length();

    private static final int WITHOUT_INDEXING = 0x00;
    private static final int NEVER_INDEXED = 0x10;
    private static final int NO_TABLE = 0x20;

    private byte[] block = new byte[1024];
    private int length;
    private byte[] name = new byte[64];

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Holds the last block up to {@link #length()}. */
    byte[] block() {
        return block;
    }

    int length() {
        return length;
    }

    /** Begins a block; the {@code first} of a connection says that there is no dynamic table (RFC 7541 4.2). */
    private void begin(boolean first, int room) {
        length = 0;
        if (block.length > KEPT_BYTES) {
            block = new byte[1024];
        }
        if (first) {
            grow(1);
            block[length++] = NO_TABLE;
        }
        grow(room);
    }

    // ------------------------------------------------------------------ kinds of blocks

    /** Whether the request asks for an upgrade to WebSocket makes it an extended CONNECT (RFC 8441 4). */
    void request(byte[] head, int size, boolean secure, boolean tunnel, boolean first) {
        begin(first, size + 64);
        int space = Octets.indexOf(head, 0, size, ' ');
        int lineEnd = lineEnd(head, space, size);
        if (tunnel) {
            literal(StaticTable.METHOD_GET, CONNECT, 0, CONNECT.length);
            string(PROTOCOL, WEBSOCKET);
        } else if (Arrays.equals(head, 0, space, GET, 0, GET.length)) {
            indexed(StaticTable.METHOD_GET);
        } else if (Arrays.equals(head, 0, space, POST, 0, POST.length)) {
            indexed(StaticTable.METHOD_POST);
        } else {
            literal(StaticTable.METHOD_GET, head, 0, space);
        }
        indexed(secure ? StaticTable.SCHEME_HTTPS : StaticTable.SCHEME_HTTP);
        int target = space + 1;
        int targetEnd = lineEnd - VERSION_END;
        if (targetEnd - target == 1 && head[target] == '/') {
            indexed(StaticTable.PATH_ROOT);
        } else {
            literal(StaticTable.PATH_ROOT, head, target, targetEnd);
        }
        authority(head, lineEnd + 2, size);
        fields(head, lineEnd + 2, size, true);
    }

    private void authority(byte[] head, int start, int size) {
        for (int at = start; at < size; at = lineEnd(head, at, size) + 2) {
            if (at + 5 <= size
                    && head[at + 4] == ':'
                    && (head[at] | 0x20) == 'h'
                    && (head[at + 1] | 0x20) == 'o'
                    && (head[at + 2] | 0x20) == 's'
                    && (head[at + 3] | 0x20) == 't') {
                int end = lineEnd(head, at, size);
                literal(StaticTable.AUTHORITY, head, valueStart(head, at + 5, end), valueEnd(head, at + 5, end));
                return;
            }
        }
    }

    void response(byte[] head, int size, boolean first) {
        begin(first, size + 16);
        int lineEnd = lineEnd(head, 0, size);
        int status = status(head);
        int place = switch (status) {
            case 200 -> StaticTable.STATUS_200;
            case 204 -> StaticTable.STATUS_200 + 1;
            case 206 -> StaticTable.STATUS_200 + 2;
            case 304 -> StaticTable.STATUS_200 + 3;
            case 400 -> StaticTable.STATUS_200 + 4;
            case 404 -> StaticTable.STATUS_200 + 5;
            case 500 -> StaticTable.STATUS_200 + 6;
            default -> 0;
        };
        if (place != 0) {
            indexed(place);
        } else {
            literal(StaticTable.STATUS_200, head, VERSION_END, VERSION_END + 3);
        }
        fields(head, lineEnd + 2, size, false);
    }

    /** The status of a head of a response. */
    static int status(byte[] head) {
        return (head[VERSION_END] - '0') * 100 + (head[VERSION_END + 1] - '0') * 10 + head[VERSION_END + 2] - '0';
    }

    /** Field lines and an empty one, without a start line. */
    void trailers(byte[] lines, int size, boolean first) {
        begin(first, size + 16);
        fields(lines, 0, size, false);
    }

    private void fields(byte[] head, int start, int size, boolean isRequest) {
        int end;
        for (int at = start; at < size; at = end + 2) {
            end = lineEnd(head, at, size);
            if (end > at) {
                field(head, at, end, isRequest);
            }
        }
    }

    private void field(byte[] head, int start, int end, boolean isRequest) {
        int nameLength = Octets.indexOf(head, start, end, ':') - start;
        if (name.length < nameLength) {
            name = new byte[Math.max(nameLength, 2 * name.length)];
        }
        Octets.lower(head, start, start + nameLength, name, 0);
        int from = valueStart(head, start + nameLength + 1, end);
        int to = valueEnd(head, from, end);
        int place = StaticTable.placeOf(name, 0, nameLength);
        if (place == 0) {
            if (concernsConnection(nameLength, head, from, to)) {
                return;
            }
            grow(nameLength + to - from + 16);
            block[length++] = WITHOUT_INDEXING;
            number(0, 7, nameLength);
            System.arraycopy(name, 0, block, length, nameLength);
            length += nameLength;
            value(head, from, to);
        } else if (place != StaticTable.TRANSFER_ENCODING && (place != StaticTable.HOST || !isRequest)) {
            literal(place, head, from, to);
        }
    }

    private boolean concernsConnection(int nameLength, byte[] head, int from, int to) {
        return switch (nameLength) {
            case 2 -> is(TE, nameLength) && !Arrays.equals(head, from, to, TRAILERS, 0, TRAILERS.length);
            case 7 -> is(UPGRADE, nameLength);
            case 10 -> is(CONNECTION, nameLength) || is(KEEP_ALIVE, nameLength);
            case 14 -> is(HTTP2_SETTINGS, nameLength);
            case 16 -> is(PROXY_CONNECTION, nameLength);
            default -> false;
        };
    }

    private boolean is(byte[] known, int nameLength) {
        return Arrays.equals(name, 0, nameLength, known, 0, known.length);
    }

    // ------------------------------------------------------------------ representations

    private void indexed(int place) {
        grow(1);
        block[length++] = (byte) (0x80 | place);
    }

    private void literal(int place, byte[] from, int start, int end) {
        grow(end - start + 16);
        boolean secret = place == StaticTable.AUTHORIZATION || place == StaticTable.PROXY_AUTHORIZATION;
        number(secret ? NEVER_INDEXED : WITHOUT_INDEXING, 4, place);
        value(from, start, end);
    }

    private void string(byte[] fieldName, byte[] value) {
        grow(fieldName.length + value.length + 16);
        block[length++] = WITHOUT_INDEXING;
        value(fieldName, 0, fieldName.length);
        value(value, 0, value.length);
    }

    private void value(byte[] from, int start, int end) {
        number(0, 7, end - start);
        System.arraycopy(from, start, block, length, end - start);
        length += end - start;
    }

    private void number(int pattern, int prefixBits, int number) {
        int mask = (1 << prefixBits) - 1;
        if (number < mask) {
            block[length++] = (byte) (pattern | number);
            return;
        }
        block[length++] = (byte) (pattern | mask);
        int left = number - mask;
        for (; left > 0x7f; left >>>= 7) {
            block[length++] = (byte) (0x80 | left);
        }
        block[length++] = (byte) left;
    }

    // ------------------------------------------------------------------ bytes

    private static int lineEnd(byte[] head, int start, int size) {
        return Octets.indexOf(head, start, size, '\r');
    }

    private static int valueStart(byte[] head, int start, int end) {
        int i = start;
        while (i < end && (head[i] == ' ' || head[i] == '\t')) {
            i++;
        }
        return i;
    }

    private static int valueEnd(byte[] head, int start, int end) {
        int i = end;
        while (i > start && (head[i - 1] == ' ' || head[i - 1] == '\t')) {
            i--;
        }
        return i;
    }

    private void grow(int more) {
        if (block.length - length < more) {
            block = Arrays.copyOf(block, Math.max(length + more, 2 * block.length));
        }
    }
}
