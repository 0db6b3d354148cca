package dev.moorgate.dataplane.failure;

import java.util.Locale;

/**
 * Why a request was not served as asked: the closed list of reason words in the access log, the metrics and Proxy-Status.
 * Each has a side, the status of our reply, the error type of RFC 9209 2.3, and a verdict on retrying.
 */
public enum ProxyFailure {
    /** The head or its framing breaks RFC 9112. */
    MALFORMED_REQUEST(400, Side.DOWNSTREAM, "http_request_error", Verdict.CLOSE),
    METHOD_NOT_ALLOWED(405, Side.DOWNSTREAM, "http_request_denied", Verdict.CLOSE),
    EXPECTATION_FAILED(417, Side.DOWNSTREAM, "http_request_error", Verdict.CLOSE),
    NOT_IMPLEMENTED(501, Side.DOWNSTREAM, "http_request_error", Verdict.CLOSE),
    UNSUPPORTED_VERSION(505, Side.DOWNSTREAM, "http_request_error", Verdict.CLOSE),
    TARGET_TOO_LONG(414, Side.DOWNSTREAM, "http_request_error", Verdict.CLOSE),
    HEAD_TOO_LARGE(431, Side.DOWNSTREAM, "http_request_error", Verdict.CLOSE),
    HEAD_TIMEOUT(408, Side.DOWNSTREAM, "http_request_error", Verdict.CLOSE),
    BODY_TIMEOUT(408, Side.DOWNSTREAM, "http_request_error", Verdict.CLOSE),
    BODY_TOO_LARGE(413, Side.DOWNSTREAM, "http_request_denied", Verdict.CLOSE),
    /** Chunks or trailers break RFC 9112 7.1. */
    MALFORMED_BODY(400, Side.DOWNSTREAM, "http_request_error", Verdict.CLOSE),
    /** The client went away; nothing is answered, 499 stands in the log. */
    CLIENT_GONE(499, Side.DOWNSTREAM, "http_request_error", Verdict.CLOSE),

    /** No virtual host of the listener covers the host. */
    NO_HOST(404, Side.PROXY, "destination_not_found", Verdict.KEEP),
    NO_ROUTE(404, Side.PROXY, "destination_not_found", Verdict.KEEP),
    /** The connection's certificate does not cover the request's host (RFC 9110 15.5.20). */
    MISDIRECTED(421, Side.PROXY, "http_request_denied", Verdict.KEEP),
    /** The request has come back to us too often, by way of endpoints that are Moorgate again. */
    LOOP_DETECTED(508, Side.PROXY, "proxy_loop_detected", Verdict.KEEP),
    /** A RoutePolicy's lists do not let the client's address in. */
    CLIENT_DENIED(403, Side.PROXY, "http_request_denied", Verdict.KEEP),
    RATE_LIMITED(429, Side.PROXY, "http_request_denied", Verdict.KEEP),
    /** No password, or a wrong one. */
    UNAUTHENTICATED(401, Side.PROXY, "http_request_denied", Verdict.KEEP),
    /** What says who is let in is missing or broken: nobody is. */
    POLICY_BROKEN(500, Side.PROXY, "proxy_configuration_error", Verdict.KEEP),
    /** A RoutePolicy fails requests on purpose; with the status that it says. */
    FAULT_INJECTED(503, Side.PROXY, "http_request_denied", Verdict.KEEP),
    /** The route's share of weight has an invalid reference (Gateway API). */
    INVALID_BACKEND(500, Side.PROXY, "proxy_configuration_error", Verdict.KEEP),
    NO_ENDPOINTS(503, Side.PROXY, "destination_unavailable", Verdict.KEEP),
    ALL_UNHEALTHY(503, Side.PROXY, "destination_unavailable", Verdict.KEEP),
    /** The session's endpoint is unhealthy and its policy says not to move. */
    SESSION_UNAVAILABLE(503, Side.PROXY, "destination_unavailable", Verdict.KEEP),
    POOL_FULL(503, Side.PROXY, "connection_limit_reached", Verdict.KEEP),
    /** The upstream has as many requests under way as its policy allows. */
    CIRCUIT_OPEN(503, Side.PROXY, "connection_limit_reached", Verdict.KEEP),
    BUDGET_SPENT(503, Side.PROXY, "destination_unavailable", Verdict.KEEP),
    OVERLOAD(503, Side.PROXY, "connection_limit_reached", Verdict.CLOSE),
    /** No table is installed yet, or the proxy is past its drain. */
    NOT_READY(503, Side.PROXY, "proxy_internal_error", Verdict.CLOSE),
    INTERNAL(500, Side.PROXY, "proxy_internal_error", Verdict.CLOSE),

    CONNECT_REFUSED(502, Side.UPSTREAM, "connection_refused", Verdict.RETRY_UNSENT),
    CONNECT_TIMEOUT(504, Side.UPSTREAM, "connection_timeout", Verdict.RETRY_UNSENT),
    TLS_VERIFY(502, Side.UPSTREAM, "tls_certificate_error", Verdict.RETRY_UNSENT),
    /** Closed or reset before the response's first byte. */
    UPSTREAM_RESET(502, Side.UPSTREAM, "connection_terminated", Verdict.RETRY_SAFE),
    /** Given up before the response's first byte: the other side no longer acknowledges anything, as after a loss of power. */
    UPSTREAM_LOST(504, Side.UPSTREAM, "connection_read_timeout", Verdict.RETRY_SAFE),
    /** Closed or reset within the response. */
    RESPONSE_INCOMPLETE(502, Side.UPSTREAM, "http_response_incomplete", Verdict.KEEP),
    MALFORMED_RESPONSE(502, Side.UPSTREAM, "http_protocol_error", Verdict.KEEP),
    RESPONSE_TIMEOUT(504, Side.UPSTREAM, "http_response_timeout", Verdict.KEEP),
    TRY_TIMEOUT(504, Side.UPSTREAM, "http_response_timeout", Verdict.RETRY_SAFE),
    REQUEST_TIMEOUT(504, Side.UPSTREAM, "http_response_timeout", Verdict.KEEP),
    /** The response's body stopped for longer than streamIdle; the response is cut. */
    STREAM_IDLE(504, Side.UPSTREAM, "http_response_incomplete", Verdict.KEEP);

    /** Who caused it. */
    public enum Side {
        DOWNSTREAM,
        PROXY,
        UPSTREAM
    }

    private enum Verdict {
        KEEP,
        CLOSE,
        RETRY_UNSENT,
        RETRY_SAFE
    }

    private final int status;
    private final Side side;
    private final String errorType;
    private final Verdict verdict;
    private final String word = name().toLowerCase(Locale.ROOT);

    ProxyFailure(int status, Side side, String errorType, Verdict verdict) {
        this.status = status;
        this.side = side;
        this.errorType = errorType;
        this.verdict = verdict;
    }

    /** Status of the reply; 499 is never sent. */
    public int status() {
        return status;
    }

    public Side side() {
        return side;
    }

    /** Error type of RFC 9209 2.3. */
    public String errorType() {
        return errorType;
    }

    /** The reason word: {@code no_endpoints}. */
    public String word() {
        return word;
    }

    /** Whether the downstream connection is closed after the reply. */
    public boolean closes() {
        return verdict == Verdict.CLOSE;
    }

    /** Nothing reached the upstream: every request may go to another endpoint. */
    public boolean isRetryableUnsent() {
        return verdict == Verdict.RETRY_UNSENT;
    }

    /** The upstream may have seen the request: only idempotent ones may be repeated (RFC 9110 9.2.2). */
    public boolean isRetryableIfIdempotent() {
        return verdict == Verdict.RETRY_SAFE || verdict == Verdict.RETRY_UNSENT;
    }
}
