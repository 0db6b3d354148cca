package dev.moorgate.dataplane.grpc;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import java.nio.charset.StandardCharsets;

/** Statuses of gRPC beside those of HTTP and our own reasons, both ways. */
public final class GrpcStatuses {
    private static final GrpcStatus[] BY_CODE = GrpcStatus.values();
    private static final byte[] DIGITS = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);

    private GrpcStatuses() {}

    /** What a call that fails for this reason ends with. */
    public static GrpcStatus of(ProxyFailure failure) {
        return switch (failure) {
            case NO_HOST, NO_ROUTE -> GrpcStatus.UNIMPLEMENTED;
            case CLIENT_DENIED -> GrpcStatus.PERMISSION_DENIED;
            case UNAUTHENTICATED -> GrpcStatus.UNAUTHENTICATED;
            case RATE_LIMITED, BODY_TOO_LARGE, HEAD_TOO_LARGE, TARGET_TOO_LONG -> GrpcStatus.RESOURCE_EXHAUSTED;
            case CLIENT_GONE -> GrpcStatus.CANCELLED;
            case HEAD_TIMEOUT, BODY_TIMEOUT, RESPONSE_TIMEOUT, TRY_TIMEOUT, REQUEST_TIMEOUT ->
                GrpcStatus.DEADLINE_EXCEEDED;
            case MALFORMED_REQUEST,
                    MALFORMED_BODY,
                    METHOD_NOT_ALLOWED,
                    EXPECTATION_FAILED,
                    NOT_IMPLEMENTED,
                    UNSUPPORTED_VERSION,
                    POLICY_BROKEN,
                    LOOP_DETECTED,
                    MALFORMED_RESPONSE,
                    INTERNAL -> GrpcStatus.INTERNAL;
            // Gateway API asks for it where a GRPCRoute's reference is invalid.
            case INVALID_BACKEND,
                    MISDIRECTED,
                    FAULT_INJECTED,
                    NO_ENDPOINTS,
                    ALL_UNHEALTHY,
                    SESSION_UNAVAILABLE,
                    POOL_FULL,
                    CIRCUIT_OPEN,
                    BUDGET_SPENT,
                    OVERLOAD,
                    NOT_READY,
                    CONNECT_REFUSED,
                    CONNECT_TIMEOUT,
                    TLS_VERIFY,
                    UPSTREAM_RESET,
                    UPSTREAM_LOST,
                    RESPONSE_INCOMPLETE,
                    STREAM_IDLE -> GrpcStatus.UNAVAILABLE;
        };
    }

    /** How clients read an answer that says nothing but a status of HTTP (grpc/doc/http-grpc-status-mapping.md). */
    public static GrpcStatus ofHttp(int status) {
        return switch (status) {
            case 400 -> GrpcStatus.INTERNAL;
            case 401 -> GrpcStatus.UNAUTHENTICATED;
            case 403 -> GrpcStatus.PERMISSION_DENIED;
            case 404 -> GrpcStatus.UNIMPLEMENTED;
            case 429, 502, 503, 504 -> GrpcStatus.UNAVAILABLE;
            default -> GrpcStatus.UNKNOWN;
        };
    }

    /**
     * What it says of the endpoint's health, as a status of HTTP: what is the endpoint's own fault is an error, what concerns the
     * call alone is none, and neither is a deadline, which is as short as its client likes.
     */
    public static int asHttp(GrpcStatus status) {
        return switch (status) {
            case UNAVAILABLE -> 503;
            case UNKNOWN, INTERNAL, DATA_LOSS -> 500;
            case OK,
                    CANCELLED,
                    INVALID_ARGUMENT,
                    DEADLINE_EXCEEDED,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    PERMISSION_DENIED,
                    RESOURCE_EXHAUSTED,
                    FAILED_PRECONDITION,
                    ABORTED,
                    OUT_OF_RANGE,
                    UNIMPLEMENTED,
                    UNAUTHENTICATED -> 200;
        };
    }

    /** One or two digits; any other code is UNKNOWN, as clients take it. */
    static GrpcStatus parse(byte[] bytes, int start, int end) {
        int code = 0;
        for (int i = start; i < end && code >= 0; i++) {
            int digit = bytes[i] - '0';
            code = digit < 0 || digit > 9 || end - start > 2 ? -1 : code * 10 + digit;
        }
        return start == end || code < 0 || code >= BY_CODE.length ? GrpcStatus.UNKNOWN : BY_CODE[code];
    }

    /** A message as grpc-message carries it: percent-encoded UTF-8. */
    static String message(String text) {
        var encoded = new StringBuilder(text.length());
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            if (octet >= ' ' && octet <= '~' && octet != '%') {
                encoded.append((char) octet);
            } else {
                encoded.append('%').append((char) DIGITS[(octet >> 4) & 0xf]).append((char) DIGITS[octet & 0xf]);
            }
        }
        return encoded.toString();
    }
}
