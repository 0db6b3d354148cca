package dev.moorgate.dataplane.http2.hpack;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The static table of RFC 7541 appendix A, and the way from a name to its first place in it. */
final class StaticTable {
    /** Places are 1 to this. */
    static final int LENGTH = 61;

    static final int AUTHORITY = 1;
    static final int METHOD_GET = 2;
    static final int METHOD_POST = 3;
    static final int PATH_ROOT = 4;
    static final int SCHEME_HTTP = 6;
    static final int SCHEME_HTTPS = 7;
    static final int STATUS_200 = 8;
    static final int AUTHORIZATION = 23;
    static final int HOST = 38;
    static final int PROXY_AUTHORIZATION = 49;
    static final int TRANSFER_ENCODING = 57;

    private static final String FIELDS = """
        :authority
        :method GET
        :method POST
        :path /
        :path /index.html
        :scheme http
        :scheme https
        :status 200
        :status 204
        :status 206
        :status 304
        :status 400
        :status 404
        :status 500
        accept-charset
        accept-encoding gzip, deflate
        accept-language
        accept-ranges
        accept
        access-control-allow-origin
        age
        allow
        authorization
        cache-control
        content-disposition
        content-encoding
        content-language
        content-length
        content-location
        content-range
        content-type
        cookie
        date
        etag
        expect
        expires
        from
        host
        if-match
        if-modified-since
        if-none-match
        if-range
        if-unmodified-since
        last-modified
        link
        location
        max-forwards
        proxy-authenticate
        proxy-authorization
        range
        referer
        refresh
        retry-after
        server
        set-cookie
        strict-transport-security
        transfer-encoding
        user-agent
        vary
        via
        www-authenticate
        """;

    private static final byte[][] ENTRIES = new byte[LENGTH + 1][];
    private static final int[] NAME_LENGTHS = new int[LENGTH + 1];
    private static final int SLOTS = 256;
    private static final byte[] FIRST = new byte[SLOTS];
    private static final byte[] NEXT = new byte[LENGTH + 1];

    static {
        String[] lines = FIELDS.split("\n", -1);
        ENTRIES[0] = new byte[0];
        for (int i = LENGTH; i > 0; i--) {
            int space = lines[i - 1].indexOf(' ');
            NAME_LENGTHS[i] = space < 0 ? lines[i - 1].length() : space;
            String entry =
                    space < 0 ? lines[i - 1] : lines[i - 1].substring(0, space) + lines[i - 1].substring(space + 1);
            ENTRIES[i] = entry.getBytes(StandardCharsets.US_ASCII);
            int slot = slot(ENTRIES[i], 0, NAME_LENGTHS[i]);
            // The lowest place of a name comes to stand first.
            NEXT[i] = FIRST[slot];
            FIRST[slot] = (byte) i;
        }
    }

    private StaticTable() {}

    /** Name and value behind one another. */
    static byte[] entry(int place) {
        return ENTRIES[place];
    }

    static int nameLength(int place) {
        return NAME_LENGTHS[place];
    }

    /** The first place of a lower-case name, or 0. */
    static int placeOf(byte[] bytes, int start, int end) {
        if (start == end) {
            return 0;
        }
        int place = FIRST[slot(bytes, start, end)];
        while (place != 0 && !Arrays.equals(ENTRIES[place], 0, NAME_LENGTHS[place], bytes, start, end)) {
            place = NEXT[place];
        }
        return place;
    }

    private static int slot(byte[] bytes, int start, int end) {
        return (bytes[start] * 31 + bytes[end - 1] * 7 + (end - start) * 13) & SLOTS - 1;
    }
}
