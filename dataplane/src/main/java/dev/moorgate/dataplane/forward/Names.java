package dev.moorgate.dataplane.forward;

import java.nio.charset.StandardCharsets;

/** Field names and values that the proxy itself writes, as bytes. */
final class Names {
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

    private Names() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
