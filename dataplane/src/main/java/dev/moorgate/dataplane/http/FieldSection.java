package dev.moorgate.dataplane.http;

import dev.moorgate.dataplane.failure.LocalReply;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A field section of HTTP/2 (RFC 9113 8.2 and 8.3) on its way into a head: the decoder of HPACK gives it field by field,
 * and it writes the head that HTTP/1.1 would have sent, under the same checks, so that everything behind it knows one form
 * only. The first thing wrong is remembered and the rest passes by. One a connection, reused.
 */
public final class FieldSection {
    private static final int METHOD = 0;
    private static final int SCHEME = 1;
    private static final int AUTHORITY = 2;
    private static final int PATH = 3;
    private static final int PROTOCOL = 4;
    private static final int STATUS = 5;
    private static final byte[][] PSEUDO = Stream.of(
                    ":method", ":scheme", ":authority", ":path", ":protocol", ":status")
            .map(Octets::ascii)
            .toArray(byte[][]::new);
    private static final int OF_REQUESTS = 1 << METHOD | 1 << SCHEME | 1 << AUTHORITY | 1 << PATH | 1 << PROTOCOL;
    private static final int OF_RESPONSES = 1 << STATUS;

    private static final byte[] GET = Octets.ascii("GET");
    private static final byte[] CONNECT = Octets.ascii("CONNECT");
    private static final byte[] WEBSOCKET = Octets.ascii("websocket");
    private static final byte[] HTTP = Octets.ascii("http");
    private static final byte[] HTTPS = Octets.ascii("https");
    private static final byte[] TRAILERS = Octets.ascii("trailers");
    private static final byte[] SPACE = Octets.ascii(" ");
    private static final byte[] COLON = Octets.ascii(": ");
    private static final byte[] VERSION = Octets.ascii("HTTP/1.1 ");
    private static final byte[] VERSION_END = Octets.ascii(" HTTP/1.1");
    private static final byte[] LINE_END = Octets.ascii("\r\n");
    private static final byte[] HOST = Octets.ascii("host");
    private static final byte[] COOKIE = Octets.ascii("cookie");
    private static final byte[] CONNECTION = Octets.ascii("connection");
    private static final byte[] UPGRADE = Octets.ascii("upgrade");

    private final ChunkReader.Trailers trailers = new ChunkReader.Trailers();
    private final int[] from = new int[6];
    private final int[] to = new int[6];
    private byte[] values = new byte[256];
    private int used;
    private int seen;
    private byte[] cookies = new byte[256];
    private int cookieLength;
    private @Nullable MessageHead head;
    private HeadLimits limits = HeadLimits.STANDARD;
    private int allowed;
    private boolean mayConnect;
    private boolean started;
    private int size;
    private @Nullable ParseError error;

    /** Begins a request. {@code mayConnect}: extended CONNECT (RFC 8441) was offered; it becomes an upgrade to WebSocket. */
    public void begin(RequestHead request, HeadLimits bounds, boolean mayConnect) {
        begin((MessageHead) request, bounds, OF_REQUESTS);
        this.mayConnect = mayConnect;
    }

    /** Begins a response to a request of a method (of {@link Methods}). */
    public void begin(ResponseHead response, HeadLimits bounds, int requestMethod) {
        begin((MessageHead) response, bounds, OF_RESPONSES);
        response.answers(requestMethod);
    }

    /** Begins a trailer section; see {@link #trailers()}. */
    public void beginTrailers(HeadLimits bounds) {
        begin(trailers, bounds, 0);
        trailers.beginFieldsHere();
        started = true;
    }

    /** Begins a section that nobody wants. */
    public void beginUnwanted() {
        head = null;
    }

    private void begin(MessageHead target, HeadLimits bounds, int pseudoFields) {
        target.reset();
        head = target;
        limits = bounds;
        allowed = pseudoFields;
        mayConnect = started = false;
        used = seen = size = cookieLength = from[METHOD] = to[METHOD] = 0;
        error = null;
    }

    /** The last trailer section; what must not be merged or forwarded is dropped. Valid until the next. */
    public MessageHead trailers() {
        return trailers;
    }

    /**
     * Whether a message that is refused for this is malformed (RFC 9113 8.1.1), which is a stream error of type
     * PROTOCOL_ERROR; all other reasons have a status to be answered with.
     */
    public static boolean isMalformed(ParseError error) {
        return switch (error) {
            case BAD_PSEUDO_FIELD,
                    CONNECTION_FIELD,
                    BAD_FIELD_NAME,
                    BAD_FIELD_VALUE,
                    CONTROL_CHARACTER,
                    BAD_METHOD,
                    BAD_REQUEST_LINE,
                    BAD_STATUS_LINE,
                    BAD_LENGTH,
                    DUPLICATE_LENGTH,
                    LENGTH_DIFFERS -> true;
            default -> false;
        };
    }

    // ------------------------------------------------------------------ fields

    /** The next field as two ranges, which are copied. */
    public void field(byte[] name, int nameStart, int nameEnd, byte[] value, int valueStart, int valueEnd) {
        MessageHead target = head;
        if (target == null || error != null) {
            return;
        }
        if (Octets.control(value, valueStart, valueEnd) < valueEnd) {
            error = ParseError.CONTROL_CHARACTER;
        } else if (nameStart < nameEnd && name[nameStart] == ':') {
            error = pseudo(name, nameStart, nameEnd, value, valueStart, valueEnd);
        } else {
            if (!started) {
                error = startLine(target);
            }
            if (error == null) {
                error = regular(target, name, nameStart, nameEnd, value, valueStart, valueEnd);
            }
        }
    }

    private @Nullable ParseError pseudo(byte[] name, int nameStart, int nameEnd, byte[] value, int start, int end) {
        int id = PSEUDO.length - 1;
        while (id >= 0 && !Arrays.equals(name, nameStart, nameEnd, PSEUDO[id], 0, PSEUDO[id].length)) {
            id--;
        }
        if (id < 0 || ((allowed & ~seen) >>> id & 1) == 0 || started) {
            return ParseError.BAD_PSEUDO_FIELD;
        }
        int length = end - start;
        if (length > (id == METHOD ? limits.method() : limits.requestLine())) {
            return id == METHOD
                    ? ParseError.METHOD_TOO_LONG
                    : id == PATH ? ParseError.TARGET_TOO_LONG : ParseError.HEAD_TOO_LARGE;
        }
        seen |= 1 << id;
        values = grown(values, used + length);
        System.arraycopy(value, start, values, used, length);
        from[id] = used;
        to[id] = used += length;
        return null;
    }

    private @Nullable ParseError regular(
            MessageHead target, byte[] name, int nameStart, int nameEnd, byte[] value, int start, int end) {
        size += nameEnd - nameStart + end - start + 4;
        if (size > limits.headerBlock()) {
            return ParseError.HEAD_TOO_LARGE;
        }
        if (nameStart == nameEnd) {
            return ParseError.BAD_FIELD_NAME;
        }
        for (int i = nameStart; i < nameEnd; i++) {
            byte octet = name[i];
            if (!Octets.is(octet, Octets.TOKEN) || Octets.LOWER[octet & 0xff] != octet) {
                return ParseError.BAD_FIELD_NAME;
            }
        }
        if (start < end && (Octets.isBlank(value[start]) || Octets.isBlank(value[end - 1]))) {
            return ParseError.BAD_FIELD_VALUE;
        }
        int before = target.length();
        target.append(name, nameStart, nameEnd);
        int colon = target.length();
        int id = Fields.classify(target.bytes, before, colon);
        switch (id) {
            case Fields.CONNECTION,
                    Fields.PROXY_CONNECTION,
                    Fields.KEEP_ALIVE,
                    Fields.TRANSFER_ENCODING,
                    Fields.UPGRADE -> {
                return ParseError.CONNECTION_FIELD;
            }
            case Fields.TE -> {
                if (!Octets.equalsLower(value, start, end, TRAILERS)) {
                    return ParseError.CONNECTION_FIELD;
                }
            }
            case Fields.HOST -> {
                if (has(AUTHORITY)) {
                    target.cut(before);
                    boolean same = Octets.equalsLower(value, start, end, values, from[AUTHORITY], to[AUTHORITY]);
                    return same ? null : ParseError.HOST_DIFFERS;
                }
            }
            case Fields.COOKIE -> {
                target.cut(before);
                return crumb(value, start, end);
            }
            default -> {}
        }
        return line(target, id, before, colon, value, start, end);
    }

    /** RFC 9113 8.2.3: cookies may come in several fields and are one for everybody else. */
    private @Nullable ParseError crumb(byte[] value, int start, int end) {
        cookies = grown(cookies, cookieLength + end - start + 2);
        if (cookieLength > 0) {
            cookies[cookieLength++] = ';';
            cookies[cookieLength++] = ' ';
        }
        System.arraycopy(value, start, cookies, cookieLength, end - start);
        cookieLength += end - start;
        return null;
    }

    private @Nullable ParseError line(
            MessageHead target, int id, int nameStart, int colon, byte[] value, int start, int end) {
        if (target.fieldCount() >= limits.fields()) {
            return ParseError.TOO_MANY_FIELDS;
        }
        target.append(COLON);
        int at = target.length();
        target.append(value, start, end);
        target.append(LINE_END);
        target.add(id, nameStart, colon, at, at + end - start);
        return null;
    }

    private @Nullable ParseError line(MessageHead target, int id, byte[] name, byte[] value, int start, int end) {
        int before = target.length();
        target.append(name);
        return line(target, id, before, target.length(), value, start, end);
    }

    // ------------------------------------------------------------------ start line and end

    private @Nullable ParseError startLine(MessageHead target) {
        started = true;
        return switch (target) {
            case RequestHead request -> requestLine(request);
            case ResponseHead response -> statusLine(response);
            case ChunkReader.Trailers _ -> null;
        };
    }

    private @Nullable ParseError requestLine(RequestHead request) {
        boolean connect = Arrays.equals(values, from[METHOD], to[METHOD], CONNECT, 0, CONNECT.length);
        boolean tunnel = connect && has(PROTOCOL);
        if (!has(METHOD) || (has(PROTOCOL) && !(tunnel && mayConnect && has(AUTHORITY)))) {
            return ParseError.BAD_PSEUDO_FIELD;
        }
        if (!isWithoutBlank(from[METHOD], to[METHOD])) {
            return ParseError.BAD_METHOD;
        }
        if (connect && !tunnel) {
            return has(AUTHORITY) && !has(SCHEME) && !has(PATH)
                    ? ParseError.METHOD_REFUSED
                    : ParseError.BAD_PSEUDO_FIELD;
        }
        if (!has(SCHEME) || !has(PATH) || !isPath(from[PATH], to[PATH])) {
            return ParseError.BAD_PSEUDO_FIELD;
        }
        ParseError wrong = scheme(from[SCHEME], to[SCHEME]);
        if (wrong == null && tunnel && !Octets.equalsLower(values, from[PROTOCOL], to[PROTOCOL], WEBSOCKET)) {
            wrong = ParseError.UNKNOWN_PROTOCOL;
        }
        if (wrong == null) {
            wrong = requestLine(request, tunnel);
        }
        if (wrong == null && has(AUTHORITY)) {
            size += HOST.length + to[AUTHORITY] - from[AUTHORITY] + 4;
            wrong = line(request, Fields.HOST, HOST, values, from[AUTHORITY], to[AUTHORITY]);
        }
        if (wrong == null && tunnel) {
            wrong = line(request, Fields.CONNECTION, CONNECTION, UPGRADE, 0, UPGRADE.length);
            wrong = wrong == null ? line(request, Fields.UPGRADE, UPGRADE, WEBSOCKET, 0, WEBSOCKET.length) : wrong;
        }
        return wrong;
    }

    private @Nullable ParseError requestLine(RequestHead request, boolean tunnel) {
        if (tunnel) {
            request.append(GET);
        } else {
            request.append(values, from[METHOD], to[METHOD]);
        }
        request.append(SPACE);
        request.append(values, from[PATH], to[PATH]);
        request.append(VERSION_END);
        int end = request.length();
        request.append(LINE_END);
        request.beginFieldsHere();
        return end > limits.requestLine() ? ParseError.TARGET_TOO_LONG : request.startLine(0, end, limits);
    }

    private boolean isPath(int start, int end) {
        boolean formed = start < end && (values[start] == '/' || (end == start + 1 && values[start] == '*'));
        return formed && isWithoutBlank(start, end);
    }

    private boolean isWithoutBlank(int start, int end) {
        int i = start;
        while (i < end && !Octets.isBlank(values[i])) {
            i++;
        }
        return i == end;
    }

    private @Nullable ParseError scheme(int start, int end) {
        if (Octets.equalsLower(values, start, end, HTTP) || Octets.equalsLower(values, start, end, HTTPS)) {
            return null;
        }
        boolean formed = start < end && isWithoutBlank(start, end);
        return formed ? ParseError.FOREIGN_SCHEME : ParseError.BAD_PSEUDO_FIELD;
    }

    private @Nullable ParseError statusLine(ResponseHead response) {
        int start = from[STATUS];
        if (!has(STATUS) || to[STATUS] - start != 3) {
            return ParseError.BAD_PSEUDO_FIELD;
        }
        int status = 0;
        for (int i = start; i < start + 3; i++) {
            status = status * 10 + values[i] - '0';
        }
        if (status == 101) {
            // RFC 9113 8.6: there is nothing to switch to.
            return ParseError.BAD_PSEUDO_FIELD;
        }
        response.append(VERSION);
        response.append(values, start, to[STATUS]);
        response.append(SPACE);
        response.append(LocalReply.phrase(status).getBytes(StandardCharsets.US_ASCII));
        int end = response.length();
        response.append(LINE_END);
        response.beginFieldsHere();
        return response.startLine(0, end, limits);
    }

    /**
     * The section is whole; {@code last}: and so is the message. Null: the head can be read now. Its body kind is then NONE for
     * no content, LENGTH for what Content-Length says (0 included), CHUNKED for everything up to the end of the stream.
     */
    public @Nullable ParseError end(boolean last) {
        MessageHead target = head;
        if (target == null) {
            return null;
        }
        head = null;
        if (error == null && !started) {
            error = startLine(target);
        }
        if (error == null && cookieLength > 0) {
            error = line(target, Fields.COOKIE, COOKIE, cookies, 0, cookieLength);
        }
        if (error == null) {
            target.append(LINE_END);
            error = target.endHere();
        }
        if (error == null) {
            error = framing(target, last);
        }
        if (error != null) {
            target.refuseHere(error);
        }
        return error;
    }

    private static @Nullable ParseError framing(MessageHead target, boolean last) {
        boolean none = target instanceof ResponseHead response && response.isWithoutContent()
                || target instanceof RequestHead request && request.isWebSocket();
        target.keepAlive = true;
        if (last || none) {
            target.bodyKind = BodyKind.NONE;
            return !none && target.contentLength > 0 ? ParseError.LENGTH_DIFFERS : null;
        }
        target.bodyKind = target.contentLength >= 0 ? BodyKind.LENGTH : BodyKind.CHUNKED;
        return null;
    }

    private static byte[] grown(byte[] bytes, int size) {
        return bytes.length < size ? Arrays.copyOf(bytes, Math.max(size, 2 * bytes.length)) : bytes;
    }

    private boolean has(int id) {
        return (seen >>> id & 1) != 0;
    }
}
