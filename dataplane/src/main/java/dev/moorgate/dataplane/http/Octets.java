package dev.moorgate.dataplane.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Classes of bytes (RFC 9110 5.6.2, RFC 3986 2) and the few loops over them that heads spend their time in. */
public final class Octets {
    static final byte CR = '\r';
    static final byte LF = '\n';
    static final byte SP = ' ';
    static final byte TAB = '\t';

    /** Bits of {@link #CLASS}. */
    static final int TOKEN = 1;

    /** A path byte that needs no second look: printable ASCII but {@code / . % ? # \}. */
    static final int PLAIN_PATH = 4;
    /** A byte that may stand in a query: printable ASCII but {@code #}. */
    static final int QUERY = 8;
    /** RFC 3986 2.3. */
    static final int UNRESERVED = 16;
    /** Letters, digits, hyphen and underscore: what labels of a host name are made of. */
    static final int LABEL = 32;

    static final byte[] CLASS = new byte[256];
    static final byte[] LOWER = new byte[256];
    private static final byte[] HEX = new byte[256];

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;

    static {
        for (int c = 0; c < 256; c++) {
            boolean upper = c >= 'A' && c <= 'Z';
            boolean letter = upper || (c >= 'a' && c <= 'z');
            boolean digit = c >= '0' && c <= '9';
            int bits = 0;
            if (letter || digit || "!#$%&'*+-.^_`|~".indexOf(c) >= 0) {
                bits |= TOKEN;
            }
            if (c > ' ' && c < 0x7f) {
                bits |= "/.%?#\\".indexOf(c) < 0 ? PLAIN_PATH : 0;
                bits |= c != '#' ? QUERY : 0;
            }
            if (letter || digit || c == '-' || c == '.' || c == '_' || c == '~') {
                bits |= UNRESERVED;
            }
            if (letter || digit || c == '-' || c == '_') {
                bits |= LABEL;
            }
            CLASS[c] = (byte) bits;
            LOWER[c] = (byte) (upper ? c + 32 : c);
            HEX[c] = (byte) Character.digit(c < 0x80 ? c : 0, 16);
        }
    }

    private Octets() {}

    static boolean is(byte octet, int bits) {
        return (CLASS[octet & 0xff] & bits) != 0;
    }

    static boolean isBlank(byte octet) {
        return octet == SP || octet == TAB;
    }

    /** Where the range begins without the blanks before it; {@code to} where it is nothing else. */
    public static int skipBlanks(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && isBlank(bytes[i])) {
            i++;
        }
        return i;
    }

    /** Where the range ends without the blanks behind it. */
    public static int endWithoutBlanks(byte[] bytes, int from, int to) {
        int i = to;
        while (i > from && isBlank(bytes[i - 1])) {
            i--;
        }
        return i;
    }

    /** The value of a hexadecimal digit, else -1. */
    static int hex(byte octet) {
        return HEX[octet & 0xff];
    }

    /** Index of the first control character but HTAB, DEL included; {@code to} where there is none. Eight bytes a step. */
    public static int control(byte[] bytes, int from, int to) {
        int i = from;
        while (true) {
            for (; i <= to - Long.BYTES; i += Long.BYTES) {
                long word = (long) LONGS.get(bytes, i);
                long delete = word ^ 0x7f * EACH;
                // Borrows reach upwards only, so the lowest mark is a true one: the first byte in this order.
                long marks = (((word - 0x20 * EACH) & ~word) | ((delete - EACH) & ~delete)) & HIGH;
                if (marks != 0) {
                    i += Long.numberOfTrailingZeros(marks) >>> 3;
                    break;
                }
            }
            for (; i < to; i++) {
                byte octet = bytes[i];
                if ((octet >= 0 && octet < 0x20 && octet != TAB) || octet == 0x7f) {
                    return i;
                }
                if (octet == TAB) {
                    break;
                }
            }
            if (i >= to) {
                return to;
            }
            i++;
        }
    }

    /** Index of the first colon; {@code to} where there is none. The array goes on for a word behind {@code to}. */
    static int colon(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i += Long.BYTES) {
            long word = (long) LONGS.get(bytes, i) ^ (':' * EACH);
            long marks = (word - EACH) & ~word & HIGH;
            if (marks != 0) {
                return Math.min(to, i + (Long.numberOfTrailingZeros(marks) >>> 3));
            }
        }
        return to;
    }

    /** Index of the first byte that is {@code wanted}, at most 0x7f; {@code to} where there is none. Eight bytes a step. */
    public static int indexOf(byte[] bytes, int from, int to, char wanted) {
        int i = from;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            long word = (long) LONGS.get(bytes, i) ^ (wanted * EACH);
            long marks = (word - EACH) & ~word & HIGH;
            if (marks != 0) {
                return i + (Long.numberOfTrailingZeros(marks) >>> 3);
            }
        }
        while (i < to && bytes[i] != wanted) {
            i++;
        }
        return i;
    }

    /** A range with its letters in lower case, to {@code target} from {@code at} on. */
    public static void lower(byte[] bytes, int from, int to, byte[] target, int at) {
        for (int i = from, j = at; i < to; i++, j++) {
            target[j] = LOWER[bytes[i] & 0xff];
        }
    }

    /** Up to eight bytes with bit 5 set, which is lower case for letters, and zeros behind them. */
    static long word(byte[] bytes, int at, int length) {
        long word = (long) LONGS.get(bytes, at) | (0x20 * EACH);
        return length >= Long.BYTES ? word : word & ((1L << (length << 3)) - 1);
    }

    /** Whether the range is {@code lower}, letters of the range being taken as lower case. */
    public static boolean equalsLower(byte[] bytes, int start, int end, byte[] lower) {
        if (end - start != lower.length) {
            return false;
        }
        for (int i = 0; i < lower.length; i++) {
            if (LOWER[bytes[start + i] & 0xff] != lower[i]) {
                return false;
            }
        }
        return true;
    }

    static boolean equalsLower(byte[] bytes, int start, int end, String lower) {
        int length = lower.length();
        if (end - start != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (LOWER[bytes[start + i] & 0xff] != lower.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static boolean equalsLower(byte[] left, int start, int end, byte[] right, int rightStart, int rightEnd) {
        if (end - start != rightEnd - rightStart) {
            return false;
        }
        for (int i = start, j = rightStart; i < end; i++, j++) {
            if (LOWER[left[i] & 0xff] != LOWER[right[j] & 0xff]) {
                return false;
            }
        }
        return true;
    }

    static String text(byte[] bytes, int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
