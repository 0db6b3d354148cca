package dev.moorgate.dataplane.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Field names with a number of their own, found by length and first letter; every other name is {@link #OTHER}. */
public final class Fields {
    public static final int OTHER = 0;
    public static final int HOST = 1;
    public static final int CONTENT_LENGTH = 2;
    public static final int TRANSFER_ENCODING = 3;
    public static final int CONNECTION = 4;
    public static final int KEEP_ALIVE = 5;
    public static final int PROXY_CONNECTION = 6;
    public static final int TE = 7;
    public static final int TRAILER = 8;
    public static final int UPGRADE = 9;
    public static final int EXPECT = 10;
    public static final int COOKIE = 11;
    public static final int X_FORWARDED_FOR = 12;
    public static final int X_FORWARDED_PROTO = 13;
    public static final int X_FORWARDED_HOST = 14;
    public static final int X_FORWARDED_PORT = 15;
    public static final int X_REAL_IP = 16;
    public static final int FORWARDED = 17;
    public static final int X_REQUEST_ID = 18;
    public static final int PROXY = 19;
    public static final int HTTP2_SETTINGS = 20;
    public static final int X_ORIGINAL_URL = 21;
    public static final int ACCEPT_ENCODING = 22;
    public static final int CACHE_CONTROL = 23;
    public static final int CONTENT_TYPE = 24;
    public static final int ORIGIN = 25;
    public static final int AUTHORIZATION = 26;
    public static final int DATE = 27;
    public static final int SERVER = 28;
    public static final int SET_COOKIE = 29;
    public static final int VIA = 30;
    public static final int PROXY_AUTHENTICATE = 31;
    public static final int PROXY_AUTHORIZATION = 32;
    public static final int X_REWRITE_URL = 33;
    public static final int CONTENT_ENCODING = 34;
    public static final int CONTENT_RANGE = 35;
    public static final int VARY = 36;
    public static final int LOCATION = 37;
    public static final int ACCEPT = 38;
    public static final int USER_AGENT = 39;
    public static final int REFERER = 40;
    public static final int SEC_WEBSOCKET_KEY = 41;
    public static final int TRACEPARENT = 42;
    public static final int RETRY_AFTER = 43;
    public static final int AGE = 44;
    public static final int EXPIRES = 45;
    public static final int RANGE = 46;
    public static final int MAX_FORWARDS = 47;
    public static final int ETAG = 48;
    public static final int PROXY_STATUS = 49;
    public static final int WWW_AUTHENTICATE = 50;
    public static final int ACCESS_CONTROL_REQUEST_METHOD = 51;
    public static final int ACCESS_CONTROL_REQUEST_HEADERS = 52;
    public static final int GRPC_STATUS = 53;
    public static final int GRPC_TIMEOUT = 54;
    public static final int CDN_LOOP = 55;
    public static final int ALT_SVC = 56;

    /** Numbers are below this one. */
    static final int COUNT = 57;

    private static final List<String> NAMES = List.of(
            "",
            "host",
            "content-length",
            "transfer-encoding",
            "connection",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "upgrade",
            "expect",
            "cookie",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-forwarded-host",
            "x-forwarded-port",
            "x-real-ip",
            "forwarded",
            "x-request-id",
            "proxy",
            "http2-settings",
            "x-original-url",
            "accept-encoding",
            "cache-control",
            "content-type",
            "origin",
            "authorization",
            "date",
            "server",
            "set-cookie",
            "via",
            "proxy-authenticate",
            "proxy-authorization",
            "x-rewrite-url",
            "content-encoding",
            "content-range",
            "vary",
            "location",
            "accept",
            "user-agent",
            "referer",
            "sec-websocket-key",
            "traceparent",
            "retry-after",
            "age",
            "expires",
            "range",
            "max-forwards",
            "etag",
            "proxy-status",
            "www-authenticate",
            "access-control-request-method",
            "access-control-request-headers",
            "grpc-status",
            "grpc-timeout",
            "cdn-loop",
            "alt-svc");
    private static final byte[][] BYTES =
            NAMES.stream().map(n -> n.getBytes(StandardCharsets.US_ASCII)).toArray(byte[][]::new);

    /** RFC 9110 7.6.1 and what only ever concerned one connection: never forwarded as received. */
    private static final long HOP_BY_HOP = mask(
            CONNECTION,
            KEEP_ALIVE,
            PROXY_CONNECTION,
            TE,
            TRANSFER_ENCODING,
            UPGRADE,
            HTTP2_SETTINGS,
            PROXY,
            PROXY_AUTHENTICATE,
            PROXY_AUTHORIZATION);

    /** RFC 9110 6.5.1: framing, routing, authentication, content handling and controls have no place after the content. */
    private static final long NOT_IN_TRAILERS = HOP_BY_HOP
            | mask(
                    HOST,
                    CONTENT_LENGTH,
                    TRAILER,
                    EXPECT,
                    COOKIE,
                    SET_COOKIE,
                    AUTHORIZATION,
                    WWW_AUTHENTICATE,
                    X_FORWARDED_FOR,
                    X_FORWARDED_PROTO,
                    X_FORWARDED_HOST,
                    X_FORWARDED_PORT,
                    X_REAL_IP,
                    FORWARDED,
                    X_REQUEST_ID,
                    X_ORIGINAL_URL,
                    X_REWRITE_URL,
                    CACHE_CONTROL,
                    CONTENT_TYPE,
                    CONTENT_ENCODING,
                    CONTENT_RANGE,
                    RANGE,
                    MAX_FORWARDS,
                    AGE,
                    EXPIRES,
                    DATE,
                    LOCATION,
                    RETRY_AFTER,
                    VARY,
                    ORIGIN,
                    CDN_LOOP);

    private static final int LONGEST = 31;
    private static final byte[] FIRST = new byte[(LONGEST + 1) << 5];
    private static final byte[] NEXT = new byte[BYTES.length];
    private static final long[][] WORDS = new long[BYTES.length][];

    static {
        for (int id = 1; id < BYTES.length; id++) {
            int slot = slot(BYTES[id][0], BYTES[id].length);
            NEXT[id] = FIRST[slot];
            FIRST[slot] = (byte) id;
            byte[] padded = Arrays.copyOf(BYTES[id], LONGEST + Long.BYTES);
            int length = BYTES[id].length;
            WORDS[id] = new long[(length + 7) / Long.BYTES];
            for (int i = 0; i < WORDS[id].length; i++) {
                WORDS[id][i] = Octets.word(padded, i * Long.BYTES, length - i * Long.BYTES);
            }
        }
    }

    private Fields() {}

    /** The number of a name in any case. */
    public static int idOf(String name) {
        return Math.max(NAMES.indexOf(name.toLowerCase(Locale.ROOT)), OTHER);
    }

    /** The lower-case name of a known field; empty for {@link #OTHER}. */
    public static String name(int id) {
        return NAMES.get(id);
    }

    /** A set of known fields for {@link MessageHead#dropAll(long)}: one bit a number. */
    public static long mask(int... ids) {
        long set = 0;
        for (int id : ids) {
            set |= 1L << id;
        }
        return set;
    }

    static boolean isHopByHop(int id) {
        return ((HOP_BY_HOP >>> id) & 1) != 0;
    }

    static boolean mayTrail(int id) {
        return ((NOT_IN_TRAILERS >>> id) & 1) == 0;
    }

    /**
     * The range holds no control character, so that setting bit 5 makes nothing else of it that a known name has; the
     * array goes on for a word behind it.
     */
    static int classify(byte[] bytes, int start, int end) {
        int length = end - start;
        if (length > LONGEST) {
            return OTHER;
        }
        int id = FIRST[slot(bytes[start], length)];
        while (id != OTHER && !same(bytes, start, length, WORDS[id])) {
            id = NEXT[id];
        }
        return id;
    }

    private static boolean same(byte[] bytes, int start, int length, long[] words) {
        for (int i = 0, left = length; left > 0; i++, left -= Long.BYTES) {
            if (Octets.word(bytes, start + i * Long.BYTES, left) != words[i]) {
                return false;
            }
        }
        return true;
    }

    private static int slot(byte first, int length) {
        return (length << 5) | (first & 0x1f);
    }
}
