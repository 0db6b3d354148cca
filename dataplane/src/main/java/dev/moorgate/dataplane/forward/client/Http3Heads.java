package dev.moorgate.dataplane.forward.client;

import dev.moorgate.dataplane.http.FieldSection;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.RequestHead;
import io.netty.handler.codec.http3.DefaultHttp3Headers;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.util.AsciiString;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Heads of HTTP/3 (RFC 9114 4.2 and 4.3) on their way in and out: in by the checks of {@link FieldSection}, which are the same for
 * HTTP/2; out of what {@code HeadWriter} ends, names in lower case and without fields of one connection. One a connection, reused.
 */
final class Http3Heads {
    private static final AsciiString STATUS = AsciiString.cached(":status");
    private static final int STATUS_START = "HTTP/1.1 ".length();
    private static final int STATUS_END = STATUS_START + 3;
    private static final AsciiString TRAILERS = AsciiString.cached("trailers");
    private static final AsciiString TE = AsciiString.cached("te");
    private static final Set<AsciiString> OF_CONNECTIONS = Set.of(
            AsciiString.cached("connection"),
            AsciiString.cached("keep-alive"),
            AsciiString.cached("proxy-connection"),
            AsciiString.cached("transfer-encoding"),
            AsciiString.cached("upgrade"),
            AsciiString.cached("http2-settings"));

    private final FieldSection section = new FieldSection();

    // ------------------------------------------------------------------ in

    /** Reads a request's head; {@code last}: there is nothing behind it. What is wrong with it, or null. */
    @Nullable
    ParseError request(Http3Headers from, RequestHead head, HeadLimits limits, boolean last) {
        section.begin(head, limits, false);
        fields(from);
        return section.end(last);
    }

    /** Reads what follows the content, for {@link #trailers}. What is wrong with it, or null. */
    @Nullable
    ParseError readTrailers(Http3Headers from, HeadLimits limits) {
        section.beginTrailers(limits);
        fields(from);
        return section.end(true);
    }

    /** Valid until the next are read. */
    MessageHead trailers() {
        return section.trailers();
    }

    private void fields(Http3Headers from) {
        for (Map.Entry<CharSequence, CharSequence> field : from) {
            AsciiString name = AsciiString.of(field.getKey());
            AsciiString value = AsciiString.of(field.getValue());
            int nameAt = name.arrayOffset();
            int valueAt = value.arrayOffset();
            section.field(
                    name.array(), nameAt, nameAt + name.length(), value.array(), valueAt, valueAt + value.length());
        }
    }

    // ------------------------------------------------------------------ out

    /** A response's head; {@code bytes} stay the caller's. */
    static Http3Headers response(byte[] bytes, int length) {
        byte[] head = Arrays.copyOf(bytes, length);
        Http3Headers out = new DefaultHttp3Headers(false);
        out.add(STATUS, new AsciiString(head, STATUS_START, STATUS_END - STATUS_START, false));
        lines(head, lineEnd(head, STATUS_END) + 2, out);
        return out;
    }

    /** Field lines and an empty one, without a start line. */
    static Http3Headers trailers(byte[] bytes, int length) {
        byte[] lines = Arrays.copyOf(bytes, length);
        Http3Headers out = new DefaultHttp3Headers(false);
        lines(lines, 0, out);
        return out;
    }

    private static void lines(byte[] head, int start, Http3Headers out) {
        for (int at = start, end; at < head.length; at = end + 2) {
            end = lineEnd(head, at);
            if (end > at) {
                line(head, at, end, out);
            }
        }
    }

    private static void line(byte[] head, int start, int end, Http3Headers out) {
        int colon = start;
        for (; head[colon] != ':'; colon++) {
            byte octet = head[colon];
            head[colon] = octet >= 'A' && octet <= 'Z' ? (byte) (octet | 0x20) : octet;
        }
        int from = colon + 1;
        int to = end;
        while (from < to && isBlank(head[from])) {
            from++;
        }
        while (to > from && isBlank(head[to - 1])) {
            to--;
        }
        var name = new AsciiString(head, start, colon - start, false);
        var value = new AsciiString(head, from, to - from, false);
        boolean dropped = OF_CONNECTIONS.contains(name) || name.equals(TE) && !value.equals(TRAILERS);
        if (!dropped) {
            out.add(name, value);
        }
    }

    private static boolean isBlank(byte octet) {
        return octet == ' ' || octet == '\t';
    }

    private static int lineEnd(byte[] head, int start) {
        int i = start;
        while (head[i] != '\r') {
            i++;
        }
        return i;
    }
}
