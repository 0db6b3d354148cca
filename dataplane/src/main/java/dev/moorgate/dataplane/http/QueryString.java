package dev.moorgate.dataplane.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Looks parameters up in a raw query as forms write them (WHATWG URL 5.1): pairs by {@code &}, {@code +} is a space,
 * escapes are decoded once as UTF-8, a malformed escape stands for itself. The query itself is forwarded as received.
 */
public final class QueryString {
    private QueryString() {}

    /** The first value of a parameter, empty where it has no equals sign, null where it is absent. */
    public static @Nullable String first(@Nullable String query, String name) {
        if (query == null) {
            return null;
        }
        int start = 0;
        while (start <= query.length()) {
            int end = query.indexOf('&', start);
            if (end < 0) {
                end = query.length();
            }
            if (end > start) {
                int equals = query.indexOf('=', start);
                int nameEnd = equals < 0 || equals > end ? end : equals;
                if (isName(query, start, nameEnd, name)) {
                    return nameEnd == end ? "" : decode(query, nameEnd + 1, end);
                }
            }
            start = end + 1;
        }
        return null;
    }

    private static boolean isName(String query, int start, int end, String name) {
        if (isPlain(query, start, end)) {
            return end - start == name.length() && query.startsWith(name, start);
        }
        return decode(query, start, end).equals(name);
    }

    private static boolean isPlain(String query, int start, int end) {
        for (int i = start; i < end; i++) {
            char c = query.charAt(i);
            if (c == '%' || c == '+') {
                return false;
            }
        }
        return true;
    }

    private static String decode(String query, int start, int end) {
        if (isPlain(query, start, end)) {
            return query.substring(start, end);
        }
        byte[] out = new byte[end - start];
        int length = 0;
        for (int i = start; i < end; i++) {
            char c = query.charAt(i);
            int high = c == '%' && i + 2 < end ? Octets.hex((byte) query.charAt(i + 1)) : -1;
            int low = high >= 0 ? Octets.hex((byte) query.charAt(i + 2)) : -1;
            if (low >= 0) {
                out[length++] = (byte) ((high << 4) | low);
                i += 2;
            } else {
                out[length++] = (byte) (c == '+' ? ' ' : c);
            }
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }
}
