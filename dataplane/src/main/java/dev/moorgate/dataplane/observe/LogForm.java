package dev.moorgate.dataplane.observe;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.failure.RetryRefusal;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import java.util.Arrays;

/**
 * Writes an exchange as JSON or as an Apache combined line. Query strings carry tokens and addresses, so they, and those
 * of the referer, are left out unless asked for; header values other than user agent and referer are never written. The
 * keys are the closed list that dashboards may rely on; empty ones are left out.
 */
final class LogForm {
    private static final int HOST = 192;
    private static final int PATH = 768;
    private static final int QUERY = 384;
    private static final int AGENT = 320;
    private static final int REFERER = 320;
    private static final int NAME = 256;
    private static final int WORD = 64;
    private static final int ID = 96;
    private static final int DETAIL = 128;

    private static final byte[] TIME = LogLine.ascii("{\"time\":\"");
    private static final byte[] EXCHANGE = text("exchange");
    private static final byte[] CLIENT = text("client");
    private static final byte[] METHOD = text("method");
    private static final byte[] AUTHORITY = text("host");
    private static final byte[] TARGET = text("path");
    private static final byte[] ARGUMENTS = text("query");
    private static final byte[] PROTOCOL = text("protocol");
    private static final byte[] TLS = text("tls");
    private static final byte[] STATUS = number("status");
    private static final byte[] GRPC_STATUS = text("grpc_status");
    private static final byte[] REASON = text("reason");
    private static final byte[] DETAILS = text("detail");
    private static final byte[] LISTENER = text("listener");
    private static final byte[] ROUTE = text("route");
    private static final byte[] UPSTREAM = text("upstream");
    private static final byte[] ENDPOINT = text("endpoint");
    private static final byte[] VERSION = text("version");
    private static final byte[] SESSION = text("session");
    private static final byte[] ATTEMPTS = number("attempts");
    private static final byte[] REFUSED = text("retry_refused");
    private static final byte[] RETRIES = LogLine.ascii(",\"retries\":[");
    private static final byte[] BYTES_IN = number("bytes_in");
    private static final byte[] BYTES_OUT = number("bytes_out");
    private static final byte[] COMPRESSED = text("compressed");
    private static final byte[] BYTES_BEFORE = number("bytes_before");
    private static final byte[] DURATION = number("duration_ms");
    private static final byte[] FIRST_BYTE = number("first_byte_ms");
    private static final byte[] USER_AGENT = text("user_agent");
    private static final byte[] REFERRER = text("referer");
    private static final byte[] JSON_END = LogLine.ascii("}\n");

    private static final byte[] COMMA = LogLine.ascii(",");
    private static final byte[] QUOTE = LogLine.ascii("\"");
    private static final byte[] BRACKET = LogLine.ascii("]");
    private static final byte[] SPACE = LogLine.ascii(" ");
    private static final byte[] MARK = LogLine.ascii("?");
    private static final byte[] NO_USER = LogLine.ascii(" - - [");
    private static final byte[] REQUEST = LogLine.ascii("] \"");
    private static final byte[] AFTER_REQUEST = LogLine.ascii("\" ");
    private static final byte[] BETWEEN = LogLine.ascii(" \"");
    private static final byte[] NEXT = LogLine.ascii("\" \"");
    private static final byte[] COMBINED_END = LogLine.ascii("\"\n");

    private LogForm() {}

    private static byte[] text(String key) {
        return LogLine.ascii(",\"" + key + "\":\"");
    }

    private static byte[] number(String key) {
        return LogLine.ascii(",\"" + key + "\":");
    }

    static void json(ExchangeRecord exchange, boolean withQuery) {
        LogLine line = exchange.line;
        line.reset();
        line.jsonTime(TIME, exchange.startEpochMillis);
        line.jsonText(METHOD, exchange.method, WORD);
        line.jsonText(AUTHORITY, exchange.host, HOST);
        line.jsonText(TARGET, exchange.path, PATH);
        if (withQuery) {
            line.jsonText(ARGUMENTS, exchange.query, QUERY);
        }
        line.jsonText(PROTOCOL, exchange.protocol, WORD);
        line.jsonText(TLS, exchange.tlsVersion, WORD);
        if (exchange.status != 0) {
            line.jsonNumber(STATUS, exchange.status);
        }
        GrpcStatus call = exchange.grpcStatus;
        if (call != null) {
            line.jsonText(GRPC_STATUS, call.name(), WORD);
        }
        ProxyFailure reason = exchange.reason;
        if (reason != null) {
            line.jsonText(REASON, reason.word(), WORD);
            line.jsonText(DETAILS, exchange.detail, DETAIL);
        }
        line.jsonNumber(BYTES_IN, exchange.bytesIn);
        line.jsonNumber(BYTES_OUT, exchange.bytesOut);
        if (!exchange.compressed.isEmpty()) {
            line.jsonText(COMPRESSED, exchange.compressed, WORD);
            line.jsonNumber(BYTES_BEFORE, exchange.bytesBefore);
        }
        line.jsonMillis(DURATION, exchange.totalNanos);
        if (exchange.firstByteNanos != 0) {
            line.jsonMillis(FIRST_BYTE, exchange.firstByteNanos);
        }
        line.jsonText(CLIENT, exchange.clientAddress, WORD);
        line.jsonText(EXCHANGE, exchange.requestId, ID);
        RouteMetrics counters = exchange.metrics;
        if (counters != null && counters.isOf(exchange.listener, exchange.route, exchange.upstream)) {
            line.raw(counters.logNames());
        } else {
            names(line, exchange.listener, exchange.route, exchange.upstream);
        }
        line.jsonText(ENDPOINT, exchange.endpoint, WORD);
        line.jsonText(SESSION, exchange.sessionOutcome, WORD);
        if (exchange.retryCount() > 0) {
            line.jsonNumber(ATTEMPTS, exchange.attempts);
            retries(exchange, line);
        }
        RetryRefusal refused = exchange.retryRefused;
        if (refused != null) {
            line.jsonText(REFUSED, refused.word(), WORD);
        }
        line.jsonText(VERSION, exchange.tableVersion, WORD);
        line.jsonText(USER_AGENT, exchange.userAgent, AGENT);
        line.jsonText(REFERRER, referer(exchange, withQuery), REFERER);
        line.end(JSON_END);
    }

    private static void names(LogLine line, String listener, String route, String upstream) {
        line.jsonText(LISTENER, listener, NAME);
        line.jsonText(ROUTE, route, NAME);
        line.jsonText(UPSTREAM, upstream, NAME);
    }

    /** What {@link #json} has of them, for whoever keeps it. */
    static byte[] names(String listener, String route, String upstream) {
        var line = new LogLine();
        names(line, listener, route, upstream);
        return Arrays.copyOf(line.bytes(), line.length());
    }

    private static void retries(ExchangeRecord exchange, LogLine line) {
        line.raw(RETRIES);
        for (int i = 0; i < exchange.retryReasons(); i++) {
            if (i > 0) {
                line.raw(COMMA);
            }
            line.raw(QUOTE);
            line.plainText(exchange.retryReason(i).word(), WORD);
            line.raw(QUOTE);
        }
        line.raw(BRACKET);
    }

    static void combined(ExchangeRecord exchange, boolean withQuery) {
        LogLine line = exchange.line;
        line.reset();
        line.plainText(exchange.clientAddress, WORD);
        line.raw(NO_USER);
        line.commonTime(exchange.startEpochMillis);
        line.raw(REQUEST);
        line.plainText(exchange.method, WORD);
        line.raw(SPACE);
        line.plainText(exchange.path, PATH);
        if (withQuery && !exchange.query.isEmpty()) {
            line.raw(MARK);
            line.plainText(exchange.query, QUERY);
        }
        line.raw(SPACE);
        line.plainText(exchange.protocol, WORD);
        line.raw(AFTER_REQUEST);
        line.number(exchange.status);
        line.raw(SPACE);
        line.number(exchange.bytesOut);
        line.raw(BETWEEN);
        line.plainText(referer(exchange, withQuery), REFERER);
        line.raw(NEXT);
        line.plainText(exchange.userAgent, AGENT);
        line.end(COMBINED_END);
    }

    private static LogText referer(ExchangeRecord exchange, boolean withQuery) {
        if (!withQuery) {
            exchange.referer.endBefore('?');
        }
        return exchange.referer;
    }
}
