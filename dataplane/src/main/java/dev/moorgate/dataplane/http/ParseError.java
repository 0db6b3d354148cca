package dev.moorgate.dataplane.http;

import java.util.Locale;

/**
 * Why bytes are not a message that may be forwarded. The status is for requests; a response that is refused is 502
 * whatever the word. After any of them the connection is closed.
 */
public enum ParseError {
    BAD_REQUEST_LINE(400, "the request line is not `method SP target SP version`"),
    BAD_METHOD(400, "the method is not a token"),
    METHOD_TOO_LONG(501, "the method is longer than any that is known"),
    METHOD_REFUSED(405, "CONNECT and TRACE are not served"),
    TARGET_TOO_LONG(414, "the request line is over its limit"),
    BAD_TARGET(400, "the target has a character or form that RFC 9112 3.2 does not allow"),
    FRAGMENT_IN_TARGET(400, "the target has a fragment"),
    FOREIGN_SCHEME(400, "the target's scheme is neither http nor https"),
    USER_IN_TARGET(400, "the authority has user information"),
    BAD_ESCAPE(400, "a percent sign is not followed by two hexadecimal digits, or hides NUL"),
    PATH_ABOVE_ROOT(400, "dot segments lead above the root, or hide behind path parameters"),
    BAD_VERSION(400, "the version is not written as RFC 9112 2.3 does"),
    UNSUPPORTED_VERSION(505, "the major version is not 1"),
    BAD_STATUS_LINE(502, "the status line is malformed or its status is not 100 to 599"),
    HEAD_TOO_LARGE(431, "the header block is over its limit"),
    TOO_MANY_FIELDS(431, "there are more fields than the limit"),
    OBS_FOLD(400, "a field is folded over lines"),
    BARE_LF(400, "a line ends in LF without CR"),
    BARE_CR(400, "a CR is not followed by LF"),
    CONTROL_CHARACTER(400, "a control character stands in the head"),
    SPACE_BEFORE_COLON(400, "white space stands between a field name and its colon"),
    BAD_FIELD_NAME(400, "a field name is empty or not a token"),
    MISSING_COLON(400, "a field line has no colon"),
    BAD_LENGTH(400, "Content-Length is not one decimal number"),
    DUPLICATE_LENGTH(400, "Content-Length stands there twice"),
    LENGTH_AND_CODING(400, "Content-Length and Transfer-Encoding stand there together"),
    BAD_CODING(400, "Transfer-Encoding is not exactly `chunked`"),
    UNSUPPORTED_CODING(501, "a transfer coding other than chunked"),
    CODING_IN_OLD_VERSION(400, "Transfer-Encoding in HTTP/1.0"),
    MISSING_HOST(400, "Host is missing"),
    DUPLICATE_HOST(400, "Host stands there twice"),
    BAD_HOST(400, "the host or its port is malformed"),
    BAD_CONNECTION(400, "Connection names too many fields"),
    UPGRADE_WITH_BODY(400, "an upgrade request has content"),
    UNKNOWN_EXPECTATION(417, "an expectation other than 100-continue"),
    BAD_CHUNK_SIZE(400, "a chunk size is not 1 to 16 hexadecimal digits, or overflows"),
    BAD_CHUNK_EXTENSION(400, "a chunk extension breaks the grammar of RFC 9112 7.1.1"),
    CHUNK_EXTENSION_TOO_LONG(400, "chunk extensions are over their limit"),
    BAD_CHUNK_END(400, "a chunk's data is not followed by CRLF"),
    CUT_SHORT(400, "the connection was closed inside the content"),
    BAD_PSEUDO_FIELD(400, "a pseudo-field is missing, malformed, unknown, repeated or out of place (RFC 9113 8.3)"),
    CONNECTION_FIELD(400, "a field that concerns one connection stands in an HTTP/2 message"),
    BAD_FIELD_VALUE(400, "a field value begins or ends with white space"),
    HOST_DIFFERS(400, "Host and :authority differ"),
    LENGTH_DIFFERS(400, "the content is not as long as Content-Length says"),
    UNKNOWN_PROTOCOL(501, "an extended CONNECT for another protocol than websocket");

    private final int status;
    private final String detail;
    private final String word;

    ParseError(int status, String detail) {
        this.status = status;
        this.detail = detail;
        this.word = name().toLowerCase(Locale.ROOT);
    }

    /** The status that a client is answered with. */
    public int status() {
        return status;
    }

    /** The machine-readable word, in lower case with underscores. */
    public String word() {
        return word;
    }

    /** One clause for people; it never quotes the input. */
    public String detail() {
        return detail;
    }
}
