package dev.moorgate.dataplane.http2.hpack;

import dev.moorgate.dataplane.http.Octets;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Turns heads in the form of HTTP/1.1, as {@link dev.moorgate.dataplane.http.HeadWriter} ends them, into field blocks: static
 * table and literals, no dynamic table, so that equal heads are equal blocks on every connection: what begins as the last head
 * of the kind did is not encoded again. Names come out in lower case, fields that concern one connection are left out
 * (RFC 9113 8.2). One a connection.
 */
public final class HpackEncoder {
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
    private static final byte[] NOTHING = {};
    private static final int KEPT_BYTES = 16 << 10;
    private static final int VERSION_END = " HTTP/1.1".length();

    private static final int OF_RESPONSE = 8;
    private static final int OF_TRAILERS = 16;

    private static final int WITHOUT_INDEXING = 0x00;
    private static final int NEVER_INDEXED = 0x10;
    private static final int NO_TABLE = 0x20;

    private final Made heads = new Made();
    private final Made sections = new Made();
    private Made made = heads;
    private byte[] block = NOTHING;
    private int length;
    private byte[] name = new byte[64];

    /** A head and the block that was made of it. */
    private static final class Made {
        static final int MOST_MARKS = 32;

        byte[] block = NOTHING;
        int length;
        byte[] head = NOTHING;
        int size;
        /** 0: there is none to go by. */
        int kind;
        /** Of lines that the block can be cut at: where they begin in the head, and in the block. */
        final int[] marks = new int[2 * MOST_MARKS];

        int count;

        void mark(int at, int place) {
            if (count < MOST_MARKS) {
                marks[2 * count] = at;
                marks[2 * count++ + 1] = place;
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Holds the last block up to {@link #length()}, until the next. */
    public byte[] block() {
        return block;
    }

    public int length() {
        return length;
    }

    /**
     * Begins a block; the {@code first} of a connection says that there is no dynamic table (RFC 7541 4.2).
     *
     * @param kind how the head is encoded, over 0
     * @return where the head has to be encoded from; 0: the start line too
     */
    private int begin(Made last, int kind, byte[] head, int size, boolean first) {
        made = last;
        block = last.block;
        int known = last.kind;
        last.kind = first || size > KEPT_BYTES ? 0 : kind;
        if (known == kind && !first) {
            int same = Arrays.mismatch(head, 0, size, last.head, 0, last.size);
            if (same < 0) {
                length = last.length;
                return size;
            }
            while (last.count > 0) {
                int mark = 2 * --last.count;
                if (last.marks[mark] <= same) {
                    length = last.marks[mark + 1];
                    grow(size - last.marks[mark] + 16);
                    return last.marks[mark];
                }
            }
        }
        last.count = 0;
        length = 0;
        if (block.length > KEPT_BYTES) {
            block = NOTHING;
        }
        grow(size + 64);
        if (first) {
            block[length++] = NO_TABLE;
        }
        return 0;
    }

    /** Remembers what was encoded {@code from} there on. */
    private void end(byte[] head, int from, int size) {
        made.block = block;
        made.length = length;
        made.size = size;
        if (made.kind != 0) {
            if (made.head.length < size) {
                made.head = Arrays.copyOf(made.head, Math.max(size, 2 * made.head.length));
            }
            System.arraycopy(head, from, made.head, from, size - from);
        }
    }

    // ------------------------------------------------------------------ kinds of blocks

    /** Whether the request asks for an upgrade to WebSocket makes it an extended CONNECT (RFC 8441 4). */
    public void request(byte[] head, int size, boolean secure, boolean tunnel, boolean first) {
        int from = begin(heads, 1 | (secure ? 2 : 0) | (tunnel ? 4 : 0), head, size, first);
        if (from > 0) {
            fields(head, from, size, true, from);
        } else {
            int start = startLine(head, size, secure, tunnel);
            fields(head, start, size, true, authority(head, start, size));
        }
        end(head, from, size);
    }

    /** Encodes a request's; where the fields begin. */
    private int startLine(byte[] head, int size, boolean secure, boolean tunnel) {
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
        return lineEnd + 2;
    }

    /** Behind the line that was the authority's; {@code start} where there is none. */
    private int authority(byte[] head, int start, int size) {
        for (int at = start; at < size; at = lineEnd(head, at, size) + 2) {
            if (at + 5 <= size
                    && head[at + 4] == ':'
                    && (head[at] | 0x20) == 'h'
                    && (head[at + 1] | 0x20) == 'o'
                    && (head[at + 2] | 0x20) == 's'
                    && (head[at + 3] | 0x20) == 't') {
                int end = lineEnd(head, at, size);
                literal(StaticTable.AUTHORITY, head, valueStart(head, at + 5, end), valueEnd(head, at + 5, end));
                return end + 2;
            }
        }
        return start;
    }

    public void response(byte[] head, int size, boolean first) {
        int from = begin(heads, OF_RESPONSE, head, size, first);
        int start = from > 0 ? from : statusLine(head, size);
        fields(head, start, size, false, start);
        end(head, from, size);
    }

    /** Encodes a response's; where the fields begin. */
    private int statusLine(byte[] head, int size) {
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
        return lineEnd(head, 0, size) + 2;
    }

    /** The status of a head of a response. */
    public static int status(byte[] head) {
        return (head[VERSION_END] - '0') * 100 + (head[VERSION_END + 1] - '0') * 10 + head[VERSION_END + 2] - '0';
    }

    /** Field lines and an empty one, without a start line. */
    public void trailers(byte[] lines, int size, boolean first) {
        int from = begin(sections, OF_TRAILERS, lines, size, first);
        fields(lines, from, size, false, from);
        end(lines, from, size);
    }

    /** Lines from {@code markable} on are places to go on from. */
    private void fields(byte[] head, int start, int size, boolean isRequest, int markable) {
        int end;
        for (int at = start; at < size; at = end + 2) {
            if (at >= markable) {
                made.mark(at, length);
            }
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
