package dev.moorgate.dataplane.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Puts an outgoing head together in an array of its own and hands it over in one copy. Kept lines of a received head are
 * copied as runs of bytes. What the proxy adds is checked: a control character, or a character over 255, is our own bug
 * and an {@link IllegalArgumentException}; nothing has been written then. One an event loop, reused.
 */
public final class HeadWriter {
    private static final byte[] VERSION = Octets.ascii("HTTP/1.1 ");
    private static final byte[] VERSION_END = Octets.ascii(" HTTP/1.1\r\n");
    private static final byte[] HOST = Octets.ascii("Host");
    private static final byte[] LAST_CHUNK = Octets.ascii("0\r\n\r\n");
    private static final byte[] DIGITS = Octets.ascii("0123456789abcdef");
    private static final int KEPT_BYTES = 16 << 10;

    /** Takes a head that is whole, for another form of it than HTTP/1.1; the array is the writer's. */
    @FunctionalInterface
    public interface Target {
        void head(byte[] bytes, int length);
    }

    private byte[] bytes = new byte[2048];
    private int length;

    /** The request line with the method, normal path and query as received, version 1.1. */
    public HeadWriter startRequest(RequestHead head) {
        if (head.isLineUnchanged()) {
            length = 0;
            put(head.bytes, head.methodStart(), head.lineEndOfStart());
            return this;
        }
        RequestTarget target = head.parts();
        begin(head);
        put(target.pathBytes(), target.pathStart(), target.pathEnd());
        if (target.queryStart() >= 0) {
            put(head.bytes, target.queryStart() - 1, target.queryEnd());
        }
        return put(VERSION_END);
    }

    /** The same with another path and query; {@code path} in normal form, {@code query} without its question mark. */
    public HeadWriter startRequest(RequestHead head, CharSequence path, @Nullable CharSequence query) {
        begin(head);
        target(path);
        if (query != null) {
            put('?');
            target(query);
        }
        return put(VERSION_END);
    }

    /** A request of our own. */
    public HeadWriter startRequest(String method, CharSequence target) {
        length = 0;
        name(Octets.ascii(method));
        put(' ');
        target(target);
        return put(VERSION_END);
    }

    /** The status line with status and reason as received, version 1.1. */
    public HeadWriter startResponse(ResponseHead head) {
        length = 0;
        put(VERSION);
        put(head.bytes, head.statusStart(), head.statusLineEnd());
        if (head.statusLineEnd() - head.statusStart() == 3) {
            put(' ');
        }
        return lineEnd();
    }

    public HeadWriter startResponse(int status, CharSequence reason) {
        if (status < 100 || status > 599) {
            throw new IllegalArgumentException("status must be 100..599, is " + status);
        }
        length = 0;
        put(VERSION);
        put((char) ('0' + status / 100)).put((char) ('0' + status / 10 % 10)).put((char) ('0' + status % 10));
        put(' ');
        text(reason);
        return lineEnd();
    }

    /** The trailer section behind the last chunk: {@code 0 CRLF}, then fields, then {@link #end}. */
    public HeadWriter startTrailers() {
        length = 0;
        put('0');
        return lineEnd();
    }

    /** A trailer section whose {@code 0 CRLF} was passed on already, see {@link BodyReader#readVerbatim}. */
    public HeadWriter startTrailerFields() {
        length = 0;
        return this;
    }

    /** All lines that are not dropped, in order and byte by byte; Host is the target's where the target was absolute. */
    public HeadWriter copyFields(MessageHead head) {
        if (head instanceof RequestHead request && request.replacesHost()) {
            add(HOST, request.authority());
        }
        int count = head.fieldCount();
        for (int i = 0; i < count; i++) {
            if (!head.isDropped(i)) {
                int first = i;
                while (i + 1 < count && !head.isDropped(i + 1)) {
                    i++;
                }
                put(head.bytes, head.nameStart(first), head.lineEnd(i));
            }
        }
        return this;
    }

    /** One line of a received head, dropped or not. */
    public HeadWriter copyField(MessageHead head, int i) {
        return put(head.bytes, head.nameStart(i), head.lineEnd(i));
    }

    public HeadWriter add(byte[] name, byte[] value) {
        if (Octets.control(value, 0, value.length) < value.length) {
            throw new IllegalArgumentException("control character in a field value");
        }
        return separator(name).put(value).lineEnd();
    }

    /** {@code value} has one char a byte (ISO 8859-1). */
    public HeadWriter add(byte[] name, CharSequence value) {
        return separator(name).text(value).lineEnd();
    }

    public HeadWriter add(byte[] name, long value) {
        return add(name, Long.toString(value));
    }

    /** A value that is a part of a received head: {@link MessageHead#bytes()} from {@code start} to {@code end}. */
    public HeadWriter add(byte[] name, MessageHead head, int start, int end) {
        return separator(name).put(head.bytes, start, end).lineEnd();
    }

    /** Whole lines, each with its CRLF, that were put together and checked beforehand. */
    public HeadWriter addLines(byte[] lines) {
        return put(lines);
    }

    /** Ends the head with its empty line and writes it in one copy; answers its size. */
    public int end(ByteBuf out) {
        return end((head, size) -> out.writeBytes(head, 0, size));
    }

    /** Ends the head with its empty line and hands it over; answers its size. */
    public int end(Target target) {
        lineEnd();
        int size = length;
        target.head(bytes, size);
        length = 0;
        if (bytes.length > KEPT_BYTES) {
            bytes = new byte[2048];
        }
        return size;
    }

    /** The lines so far, for {@link #addLines} at another time. */
    public byte[] takeLines() {
        byte[] lines = Arrays.copyOf(bytes, length);
        length = 0;
        return lines;
    }

    // ------------------------------------------------------------------ chunks

    /** The size line of a chunk of {@code size} bytes; the data and {@link #writeChunkEnd} follow. */
    public static void writeChunkSize(ByteBuf out, int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a chunk has at least one byte, not " + size);
        }
        for (int shift = (31 - Integer.numberOfLeadingZeros(size)) & ~3; shift >= 0; shift -= 4) {
            out.writeByte(DIGITS[(size >>> shift) & 0xf]);
        }
        writeChunkEnd(out);
    }

    /** The CRLF behind a chunk's data. */
    public static void writeChunkEnd(ByteBuf out) {
        out.writeShort('\r' << 8 | '\n');
    }

    /** The last chunk and an empty trailer section. */
    public static void writeLastChunk(ByteBuf out) {
        out.writeBytes(LAST_CHUNK);
    }

    // ------------------------------------------------------------------ bytes

    private void begin(RequestHead head) {
        length = 0;
        put(head.bytes, head.methodStart(), head.methodEnd() + 1);
    }

    private HeadWriter separator(byte[] name) {
        return name(name).put(':').put(' ');
    }

    private HeadWriter name(byte[] name) {
        for (byte octet : name) {
            if (!Octets.is(octet, Octets.TOKEN)) {
                throw new IllegalArgumentException("not a token: a field name or method");
            }
        }
        if (name.length == 0) {
            throw new IllegalArgumentException("empty field name or method");
        }
        return put(name);
    }

    private void target(CharSequence text) {
        int size = text.length();
        grow(size);
        for (int i = 0; i < size; i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '#') {
                throw new IllegalArgumentException("not allowed in a target: character " + (int) c);
            }
            bytes[length++] = (byte) c;
        }
    }

    private HeadWriter text(CharSequence text) {
        int size = text.length();
        grow(size);
        for (int i = 0; i < size; i++) {
            char c = text.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f || c > 0xff) {
                throw new IllegalArgumentException("not allowed in a field value: character " + (int) c);
            }
            bytes[length++] = (byte) c;
        }
        return this;
    }

    private HeadWriter lineEnd() {
        return put('\r').put('\n');
    }

    private HeadWriter put(char c) {
        grow(1);
        bytes[length++] = (byte) c;
        return this;
    }

    private HeadWriter put(byte[] from) {
        return put(from, 0, from.length);
    }

    private HeadWriter put(byte[] from, int start, int end) {
        int size = end - start;
        grow(size);
        System.arraycopy(from, start, bytes, length, size);
        length += size;
        return this;
    }

    private void grow(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
        }
    }
}
