package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.failure.LocalReply;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.filter.Answer;
import dev.moorgate.dataplane.filter.ResponseFilters;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.ParseError;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/** Answers of the proxy itself, written as HTTP/1.1, and the field names that the proxy writes. */
final class Replies {
    static final byte[] CONNECTION = ascii("Connection");
    static final byte[] CLOSE = ascii("close");
    static final byte[] KEEP_ALIVE = ascii("keep-alive");
    static final byte[] UPGRADE = ascii("Upgrade");
    static final byte[] WEBSOCKET = ascii("websocket");
    static final byte[] TE = ascii("TE");
    static final byte[] TRAILERS = ascii("trailers");
    static final byte[] TRANSFER_ENCODING = ascii("Transfer-Encoding");
    static final byte[] CHUNKED = ascii("chunked");
    static final byte[] CONTENT_LENGTH = ascii("Content-Length");
    static final byte[] CONTENT_TYPE = ascii("Content-Type");
    static final byte[] DATE = ascii("Date");
    static final byte[] PROXY_STATUS = ascii("Proxy-Status");

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
    static ProxyFailure failureOf(ParseError error) {
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

    static void send(Exchange exchange, DownstreamConnection client, ProxyFailure failure) {
        LocalReply reply = FAILURES.get(failure);
        if (reply == null) {
            throw new IllegalStateException("no reply for " + failure);
        }
        boolean keep = !reply.close() && isKept(exchange, client);
        exchange.answered(reply.status());
        HeadWriter writer = exchange.loop.writer;
        writer.startResponse(reply.status(), LocalReply.phrase(reply.status()));
        frame(exchange, writer, keep, reply.body().length);
        writer.add(CONTENT_TYPE, reply.contentType());
        if (exchange.listener().proxyStatus) {
            // RFC 9209 2: our name, the error's type, and the reason word as its detail.
            writer.add(PROXY_STATUS, "moorgate; error=" + failure.errorType() + "; details=\"" + failure.word() + "\"");
        }
        write(exchange, client, reply.body());
        exchange.replied(keep);
    }

    /** An answer of the route's filters, or of a share's: {@code filters} are the ones that it passes. */
    static void send(Exchange exchange, DownstreamConnection client, Answer answer, ResponseFilters filters) {
        boolean keep = isKept(exchange, client);
        exchange.answered(answer.status());
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        HeadWriter writer = exchange.loop.writer;
        writer.startResponse(answer.status(), LocalReply.phrase(answer.status()));
        if (answer.status() == 204 || answer.status() == 304) {
            body = new byte[0];
            frame(exchange, writer, keep, -1);
        } else {
            frame(exchange, writer, keep, body.length);
        }
        answer.writeFields(writer);
        filters.finish(exchange.head, writer);
        write(exchange, client, body);
        exchange.replied(keep);
    }

    private static boolean isKept(Exchange exchange, DownstreamConnection client) {
        return exchange.head.keepAlive()
                && client.isLasting()
                && exchange.request.isComplete()
                && !exchange.outcome.unread;
    }

    private static void frame(Exchange exchange, HeadWriter writer, boolean keep, int length) {
        writer.add(DATE, exchange.loop.date());
        if (length >= 0) {
            writer.add(CONTENT_LENGTH, length);
        }
        if (!keep) {
            writer.add(CONNECTION, CLOSE);
        } else if (!exchange.head.isHttp11()) {
            writer.add(CONNECTION, KEEP_ALIVE);
        }
    }

    private static void write(Exchange exchange, DownstreamConnection client, byte[] body) {
        ByteBuf out = client.buffer(512 + body.length);
        exchange.loop.writer.end(out);
        if (!exchange.isToHead()) {
            out.writeBytes(body);
            exchange.outcome.bytesOut += body.length;
        }
        client.write(out);
    }
}
