package dev.moorgate.dataplane.filter;

import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Fields that concern one hop only and are written anew for the next (RFC 9110 7.6.1), those of a WebSocket among them: over HTTP/1.1 a
 * key and what proves that it was read (RFC 6455 4), over HTTP/2 neither (RFC 8441 5).
 */
public final class HopFields {
    public static final byte[] CONNECTION = ascii("Connection");
    public static final byte[] UPGRADE = ascii("Upgrade");
    public static final byte[] WEBSOCKET = ascii("websocket");
    public static final byte[] TRANSFER_ENCODING = ascii("Transfer-Encoding");
    public static final byte[] CHUNKED = ascii("chunked");
    /** Name of the field that proves that a key was read. */
    public static final String ACCEPT = "sec-websocket-accept";

    private static final byte[] TE = ascii("TE");
    private static final byte[] TRAILERS = ascii("trailers");
    private static final byte[] WEBSOCKET_KEY = ascii("Sec-WebSocket-Key");
    private static final byte[] WEBSOCKET_ACCEPT = ascii("Sec-WebSocket-Accept");
    private static final String KEY_LINE = "\r\nSec-WebSocket-Key: ";
    private static final String SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private HopFields() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Writes those of a request.
     *
     * @param fromFrames the client speaks a protocol with frames
     * @param toFrames the endpoint does
     */
    public static void write(RequestHead head, boolean fromFrames, boolean toFrames, HeadWriter out) {
        if (head.isWebSocket()) {
            out.add(CONNECTION, UPGRADE).add(UPGRADE, WEBSOCKET);
            if (fromFrames || toFrames) {
                head.dropAll(Fields.mask(Fields.SEC_WEBSOCKET_KEY));
            }
            if (fromFrames && !toFrames) {
                out.add(WEBSOCKET_KEY, newKey());
            }
        } else if (takesTrailers(head)) {
            if (!toFrames) {
                out.add(CONNECTION, TE);
            }
            out.add(TE, TRAILERS);
        }
    }

    /** Sixteen octets of chance for each connection (RFC 6455 4.1); they keep nothing secret. */
    private static String newKey() {
        byte[] nonce = new byte[16];
        ThreadLocalRandom.current().nextBytes(nonce);
        return Base64.getEncoder().encodeToString(nonce);
    }

    /** The key that {@link #write} has put into a head; null: none. */
    public static @Nullable String key(String head) {
        int line = head.indexOf(KEY_LINE);
        return line < 0 ? null : head.substring(line + KEY_LINE.length(), head.indexOf('\r', line + KEY_LINE.length()));
    }

    /** Whether an endpoint has read a key (RFC 6455 4.1). */
    public static boolean proves(ResponseHead answer, String key) {
        return proof(key).equals(answer.joinedValue(ACCEPT));
    }

    /** Proves to a client of HTTP/1.1 that its key was read, where the endpoint saw none. */
    public static void accept(RequestHead head, HeadWriter out) {
        for (int i = 0; i < head.fieldCount(); i++) {
            // it was dropped on its way to the endpoint
            if (head.fieldId(i) == Fields.SEC_WEBSOCKET_KEY) {
                out.add(WEBSOCKET_ACCEPT, proof(head.valueString(i)));
                return;
            }
        }
    }

    private static String proof(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest(ascii(key + SUFFIX));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A client that takes trailers says so hop by hop (RFC 9110 10.1.4). */
    private static boolean takesTrailers(RequestHead head) {
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.fieldId(i) == Fields.TE && head.valueEqualsLower(i, TRAILERS)) {
                return true;
            }
        }
        return false;
    }
}
