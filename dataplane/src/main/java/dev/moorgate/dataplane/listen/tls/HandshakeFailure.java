package dev.moorgate.dataplane.listen.tls;

import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;

/** Why a TLS handshake did not come about: the closed list of words in metrics and logs, each with its alert (RFC 8446 6.2). */
public enum HandshakeFailure {
    /** Not done within the time for handshakes. */
    TIMEOUT(0),
    /** The first bytes are not TLS: plain HTTP, garbage, SSLv2. */
    NOT_TLS(0),
    /** A ClientHello that breaks RFC 8446 4.1.2, or a server name that is no host name. */
    MALFORMED_HELLO(50),
    /** Absent or unknown server name and no fallback certificate. */
    UNKNOWN_NAME(112),
    /** The server name is ours, its certificate is broken: no other is shown in its place. */
    BROKEN_CERTIFICATE(40),
    /** The client names protocols by ALPN and none is served. */
    NO_PROTOCOL(120),
    /** No common TLS version. */
    VERSION(70),
    /** No common cipher suite, group or signature scheme. */
    CIPHER(40),
    /** The client showed no certificate, or one that is not accepted. */
    CLIENT_CERTIFICATE(0),
    /** The client refused with an alert, mostly for our certificate. */
    CLIENT_ALERT(0),
    /** As many handshakes as may be are under way. */
    TOO_MANY(0),
    /** The client went away. */
    CLOSED(0),
    OTHER(40);

    private final int alert;
    private final String word = name().toLowerCase(Locale.ROOT);

    HandshakeFailure(int alert) {
        this.alert = alert;
    }

    /** The word in metrics and logs: {@code unknown_name}. */
    public String word() {
        return word;
    }

    /** Description of the fatal alert; 0: closed without one. */
    public int alert() {
        return alert;
    }

    /** The reason behind an engine's or decoder's exception; the engines tell it by message only. */
    public static HandshakeFailure of(Throwable error) {
        if (error instanceof SslHandshakeTimeoutException) {
            return TIMEOUT;
        }
        if (error instanceof NotSslRecordException) {
            return NOT_TLS;
        }
        if (error instanceof TooLongFrameException) {
            return MALFORMED_HELLO;
        }
        if (error instanceof ClosedChannelException) {
            return CLOSED;
        }
        String text = String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT);
        if (text.contains("closed")) {
            return CLOSED;
        }
        if (text.contains("return_a_certificate")
                || text.contains("certificate_verify_failed")
                || text.contains("empty client certificate")
                || text.contains("pkix")) {
            return CLIENT_CERTIFICATE;
        }
        if (text.contains("_alert_") || text.contains("received fatal alert")) {
            return CLIENT_ALERT;
        }
        if (text.contains("unsupported_protocol") || text.contains("version")) {
            return VERSION;
        }
        if (text.contains("no_shared") || text.contains("in common") || text.contains("no_common")) {
            return CIPHER;
        }
        return OTHER;
    }
}
