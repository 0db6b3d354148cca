package dev.moorgate.dataplane.grpc;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC side of a request, where it has one: what the client allows, how the answer ends, and how ours say why. One per exchange,
 * used again; its event loop only.
 */
public final class GrpcCall {
    private static final byte[] TYPE = ascii("application/grpc");
    private static final byte[] CONTENT_TYPE = ascii("content-type");
    private static final byte[] STATUS = ascii("grpc-status");
    private static final byte[] MESSAGE = ascii("grpc-message");
    private static final byte[] TIMEOUT = ascii("grpc-timeout");
    private static final String PUSHBACK = "grpc-retry-pushback-ms";

    private boolean on;
    /** The form that browsers speak. */
    private boolean isWeb;

    private int typeField;
    private long timeout;
    private @Nullable GrpcStatus status;
    private @Nullable WebFrames web;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether a message is of gRPC, by its type. */
    public static boolean isGrpc(MessageHead head) {
        int field = head.indexOf(Fields.CONTENT_TYPE);
        return field >= 0 && isGrpc(head, field);
    }

    /** Looks at a request. */
    public void begin(RequestHead head) {
        status = null;
        web = null;
        isWeb = false;
        timeout = Long.MAX_VALUE;
        int field = head.indexOf(Fields.CONTENT_TYPE);
        on = field >= 0 && isGrpc(head, field);
        if (on) {
            typeField = field;
            int next = head.valueStart(field) + TYPE.length;
            isWeb = next < head.valueEnd(field) && head.bytes()[next] == '-';
            timeout = timeout(head);
        }
    }

    /** {@code application/grpc}, with a format or a parameter behind it, or the form that browsers speak. */
    private static boolean isGrpc(MessageHead head, int field) {
        if (!head.valueStartsWithLower(field, TYPE)) {
            return false;
        }
        int end = head.valueStart(field) + TYPE.length;
        int next = end == head.valueEnd(field) ? ';' : head.bytes()[end];
        return next == ';' || next == '+' || next == '-' || next == ' ' || next == '\t';
    }

    private static long timeout(RequestHead head) {
        int field = head.indexOf(Fields.GRPC_TIMEOUT);
        if (field < 0) {
            return Long.MAX_VALUE;
        }
        boolean twice = head.indexOf(Fields.GRPC_TIMEOUT, field + 1) >= 0;
        return twice
                ? GrpcTimeout.MALFORMED
                : GrpcTimeout.parse(head.bytes(), head.valueStart(field), head.valueEnd(field));
    }

    /** Whether the request is a call at all. */
    public boolean isOn() {
        return on;
    }

    /** Whether its deadline cannot be read. */
    public boolean isMalformed() {
        return timeout == GrpcTimeout.MALFORMED;
    }

    /** Nanoseconds that the client gives it from its first byte on; {@link Long#MAX_VALUE}: all that it needs. */
    public long timeout() {
        return timeout;
    }

    /** Writes the time that is left into the request to an endpoint, which knows by it when nobody waits any more. */
    public void forward(RequestHead head, HeadWriter out, long left) {
        if (left != Long.MAX_VALUE) {
            head.dropAll(Fields.mask(Fields.GRPC_TIMEOUT));
            out.add(TIMEOUT, GrpcTimeout.write(left));
        }
    }

    // ------------------------------------------------------------------ how it ends

    /** The status that an answer's head carries where nothing follows it; null: none, or nobody has called. */
    public @Nullable GrpcStatus of(MessageHead head) {
        return on ? statusOf(head) : null;
    }

    /** The status among these fields; null: none. */
    public static @Nullable GrpcStatus statusOf(MessageHead fields) {
        int field = fields.indexOf(Fields.GRPC_STATUS);
        return field < 0 ? null : GrpcStatuses.parse(fields.bytes(), fields.valueStart(field), fields.valueEnd(field));
    }

    /** An answer's head or trailers have come. */
    public void read(MessageHead fields) {
        GrpcStatus said = of(fields);
        status = said == null ? status : said;
    }

    /** Frames in the content of an answer, the last of which has the status; null: it stands in a head or in trailers. */
    public @Nullable WebFrames frames(ResponseHead answer) {
        web = isWeb ? new WebFrames(answer) : null;
        return web;
    }

    /** The answer is whole. */
    public void readEnd(@Nullable MessageHead trailers) {
        if (trailers != null) {
            read(trailers);
        }
        GrpcStatus said = web == null ? null : web.status();
        status = said == null ? status : said;
    }

    /** Milliseconds after which the endpoint wants another try, below zero for none; null: it does not say (gRFC A6). */
    public static @Nullable Long pushback(MessageHead head) {
        int field = head.indexOf(PUSHBACK, 0);
        if (field < 0) {
            return null;
        }
        String value = head.valueString(field);
        boolean isNumber = !value.isEmpty()
                && value.length() < 10
                && value.chars().allMatch(digit -> digit >= '0' && digit <= '9');
        return isNumber ? Long.parseLong(value) : -1L;
    }

    /**
     * How the call ended as its client has it, whether the answer says so or not; null: there was none, or only the client can
     * read it.
     *
     * @param code of the answer
     * @param failure why it is not the one that was asked for
     */
    public @Nullable GrpcStatus status(int code, @Nullable ProxyFailure failure) {
        if (!on) {
            return null;
        }
        GrpcStatus known = status;
        if (known != null) {
            return known;
        }
        if (failure != null) {
            return GrpcStatuses.of(failure);
        }
        return web != null && web.isHidden() && code == 200 ? null : GrpcStatuses.ofHttp(code);
    }

    /**
     * What the status of a whole answer of 200 says of the endpoint, as a status of HTTP; one that is missing is its fault. For
     * browsers, whose calls may say it where it cannot be read here, the 200 stands unless a frame is not whole.
     */
    public int asHttp() {
        WebFrames read = web;
        if (status == null && read != null) {
            return read.isCut() ? 500 : 200;
        }
        return asHttp(status);
    }

    /** The same of an answer that is given up. */
    public int asHttp(MessageHead answer) {
        return asHttp(of(answer));
    }

    private static int asHttp(@Nullable GrpcStatus known) {
        return known == null ? 500 : GrpcStatuses.asHttp(known);
    }

    /** Writes how a call ends that we end: into a head that nothing follows, or into trailers. */
    public void end(HeadWriter out, ProxyFailure failure, String detail) {
        end(out, GrpcStatuses.of(failure), failure, detail);
    }

    /** The same with another status than the failure's. The message is the reason word, and what is wrong where the client can mend it. */
    public void end(HeadWriter out, GrpcStatus with, ProxyFailure failure, String detail) {
        status = with;
        boolean told = failure.side() == ProxyFailure.Side.DOWNSTREAM && !detail.isEmpty();
        String message = told ? failure.word() + ": " + detail : failure.word();
        out.add(STATUS, with.code()).add(MESSAGE, GrpcStatuses.message(message));
    }

    /** Writes the type of an answer: that of the request, which is what its client can read. */
    public void writeType(RequestHead asked, HeadWriter out) {
        out.add(CONTENT_TYPE, asked, asked.valueStart(typeField), asked.valueEnd(typeField));
    }
}
