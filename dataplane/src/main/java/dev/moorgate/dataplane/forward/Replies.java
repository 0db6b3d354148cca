package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.failure.LocalReply;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.filter.Answer;
import dev.moorgate.dataplane.filter.HopFields;
import dev.moorgate.dataplane.filter.ResponseFilters;
import dev.moorgate.dataplane.forward.state.RoutePlan;
import dev.moorgate.dataplane.grpc.GrpcStatuses;
import dev.moorgate.dataplane.http.BodyKind;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Answers of the proxy itself, and the field names that the proxy writes. */
public final class Replies {
    private static final byte[] CONNECTION = ascii("Connection");
    private static final byte[] CLOSE = ascii("close");
    private static final byte[] KEEP_ALIVE = ascii("keep-alive");
    static final byte[] CONTENT_LENGTH = ascii("Content-Length");
    static final byte[] CONTENT_TYPE = ascii("Content-Type");
    static final byte[] DATE = ascii("Date");
    private static final byte[] ALT_SVC = ascii("Alt-Svc");
    static final byte[] PROXY_STATUS = ascii("Proxy-Status");

    private static final byte[] NOTHING = {};

    private static final Map<ProxyFailure, LocalReply> FAILURES = new EnumMap<>(ProxyFailure.class);

    static {
        for (ProxyFailure failure : ProxyFailure.values()) {
            FAILURES.put(failure, LocalReply.of(failure));
        }
    }

    private Replies() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** What a head that breaks a rule is answered with. */
    public static ProxyFailure failureOf(ParseError error) {
        return switch (error.status()) {
            case 405 -> ProxyFailure.METHOD_NOT_ALLOWED;
            case 414 -> ProxyFailure.TARGET_TOO_LONG;
            case 417 -> ProxyFailure.EXPECTATION_FAILED;
            case 431 -> ProxyFailure.HEAD_TOO_LARGE;
            case 501 -> ProxyFailure.NOT_IMPLEMENTED;
            case 505 -> ProxyFailure.UNSUPPORTED_VERSION;
            default -> ProxyFailure.MALFORMED_REQUEST;
        };
    }

    static void send(Exchange exchange, Client client, ProxyFailure failure) {
        LocalReply reply = FAILURES.get(failure);
        if (reply == null) {
            throw new IllegalStateException("no reply for " + failure);
        }
        if (exchange.call.isOn()) {
            boolean keep = !reply.close() && isKept(exchange, client);
            sendStatus(exchange, client, failure, GrpcStatuses.of(failure), keep);
            return;
        }
        RoutePlan plan = exchange.planOrNull();
        reply = plan == null ? reply : plan.worded(reply);
        boolean keep = !reply.close() && isKept(exchange, client);
        exchange.answered(reply.status());
        HeadWriter writer = exchange.loop.writer;
        writer.startResponse(reply.status(), LocalReply.phrase(reply.status()));
        frame(exchange, client, writer, keep, reply.body().length);
        writer.add(CONTENT_TYPE, reply.contentType());
        altSvc(exchange, client, writer, null);
        reasonFields(exchange, failure, writer);
        write(exchange, client, reply.body());
        exchange.replied(keep);
    }

    private static void reasonFields(Exchange exchange, ProxyFailure failure, HeadWriter writer) {
        exchange.entry.write(writer);
        if (exchange.listener().proxyStatus) {
            // RFC 9209 2: our name, the error's type, and the reason word as its detail.
            writer.add(PROXY_STATUS, "moorgate; error=" + failure.errorType() + "; details=\"" + failure.word() + "\"");
        }
    }

    /** A failure on purpose that a call gets as it would get one of its endpoint's. */
    static void sendFault(Exchange exchange, Client client, int status) {
        GrpcStatus mapped = GrpcStatuses.ofHttp(status);
        sendStatus(exchange, client, ProxyFailure.FAULT_INJECTED, mapped, isKept(exchange, client));
    }

    /** A head that is all of the answer ("Trailers-Only" of gRPC over HTTP/2): what fails a call is told by its own protocol. */
    private static void sendStatus(
            Exchange exchange, Client client, ProxyFailure failure, GrpcStatus status, boolean keep) {
        exchange.answered(200);
        HeadWriter writer = exchange.loop.writer;
        writer.startResponse(200, LocalReply.phrase(200));
        frame(exchange, client, writer, keep, client.hasFrames() ? -1 : 0);
        exchange.call.writeType(exchange.head, writer);
        exchange.call.end(writer, status, failure, exchange.outcome.detail());
        altSvc(exchange, client, writer, null);
        reasonFields(exchange, failure, writer);
        write(exchange, client, NOTHING);
        exchange.replied(keep);
    }

    /** An answer of the route's filters, or of a share's: {@code filters} are the ones that it passes. */
    static void send(Exchange exchange, Client client, Answer answer, ResponseFilters filters) {
        boolean keep = isKept(exchange, client);
        exchange.answered(answer.status());
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        HeadWriter writer = exchange.loop.writer;
        writer.startResponse(answer.status(), LocalReply.phrase(answer.status()));
        if (answer.status() == 204 || answer.status() == 304) {
            body = new byte[0];
            frame(exchange, client, writer, keep, -1);
        } else {
            frame(exchange, client, writer, keep, body.length);
        }
        answer.writeFields(writer);
        altSvc(exchange, client, writer, filters);
        filters.finish(exchange.head, writer);
        write(exchange, client, body);
        exchange.replied(keep);
    }

    private static boolean isKept(Exchange exchange, Client client) {
        return exchange.head.keepAlive()
                && client.isLasting()
                && exchange.request.isComplete()
                && !exchange.outcome.unread;
    }

    private static void frame(Exchange exchange, Client client, HeadWriter writer, boolean keep, int length) {
        writer.add(DATE, exchange.loop.date());
        if (length >= 0) {
            writer.add(CONTENT_LENGTH, length);
        }
        connectionField(exchange, client, writer, keep);
    }

    /** Where HTTP/3 is spoken, for a client that may not know, unless the answer's filters decide about that by themselves. */
    static void altSvc(Exchange exchange, Client client, HeadWriter writer, @Nullable ResponseFilters filters) {
        byte[] value = exchange.listener().altSvc;
        if (value != null && client.isOverTcp() && (filters == null || !filters.touches(Fields.ALT_SVC))) {
            writer.add(ALT_SVC, value);
        }
    }

    /** How the content is framed, where its endpoint has not said so in a field: one of HTTP/2 ends it with its frames (RFC 9112 6.3). */
    static void framing(Client client, ResponseHead head, boolean chunked, HeadWriter writer) {
        if (chunked) {
            writer.add(HopFields.TRANSFER_ENCODING, HopFields.CHUNKED);
        } else if (head.bodyKind() == BodyKind.NONE
                && head.contentLength() < 0
                && !head.isWithoutContent()
                && !client.hasFrames()) {
            writer.add(CONTENT_LENGTH, 0);
        }
    }

    /** What the client has to know of its connection, where its protocol tells that in heads. */
    static void connectionField(Exchange exchange, Client client, HeadWriter writer, boolean keep) {
        if (client.hasFrames()) {
            return;
        }
        if (!keep) {
            writer.add(CONNECTION, CLOSE);
        } else if (!exchange.head.isHttp11()) {
            writer.add(CONNECTION, KEEP_ALIVE);
        }
    }

    private static void write(Exchange exchange, Client client, byte[] body) {
        boolean empty = body.length == 0 || exchange.isToHead();
        ByteBuf out = client.head(exchange.loop.writer, 512 + body.length, empty);
        if (!empty) {
            out = out == null ? client.buffer(body.length) : out;
            out.writeBytes(body);
            exchange.outcome.bytesOut += body.length;
        }
        if (out != null) {
            client.write(out);
        }
        if (!empty && client.hasFrames()) {
            client.end(null);
        }
    }
}
