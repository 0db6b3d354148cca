package dev.moorgate.dataplane.http2;

import java.util.Locale;

/** Error codes of RFC 9113 7, which are their places. */
public enum Http2Error {
    NO_ERROR(0x0),
    PROTOCOL_ERROR(0x1),
    INTERNAL_ERROR(0x2),
    FLOW_CONTROL_ERROR(0x3),
    SETTINGS_TIMEOUT(0x4),
    STREAM_CLOSED(0x5),
    FRAME_SIZE_ERROR(0x6),
    REFUSED_STREAM(0x7),
    CANCEL(0x8),
    COMPRESSION_ERROR(0x9),
    CONNECT_ERROR(0xa),
    ENHANCE_YOUR_CALM(0xb),
    INADEQUATE_SECURITY(0xc),
    HTTP_1_1_REQUIRED(0xd);

    private static final Http2Error[] ALL = values();

    private final int code;
    private final String word = name().toLowerCase(Locale.ROOT);

    Http2Error(int code) {
        this.code = code;
    }

    /** An unknown code is to be treated as INTERNAL_ERROR (RFC 9113 7). */
    static Http2Error of(int code) {
        return code >= 0 && code < ALL.length ? ALL[code] : INTERNAL_ERROR;
    }

    int code() {
        return code;
    }

    /** For logs and labels: {@code protocol_error}. */
    public String word() {
        return word;
    }
}
