package dev.moorgate.dataplane.observe;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * One line of the access log in the making, in ASCII: at most {@link #LIMIT} octets with the line feed, whatever is put in
 * (faults G9). A text that is longer than its share is cut and ends in three dots; a JSON field for which there is no room
 * is left out whole, so that the line stays JSON. One event loop only.
 */
final class LogLine {
    static final int LIMIT = 4096;

    /** Kept for what closes a line. */
    private static final int ROOM = LIMIT - 8;

    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final byte[] DOTS = ascii("...");
    private static final byte[] DASH = ascii("-");

    /** Longest escape of one character (a surrogate pair in JSON). */
    private static final int LONGEST_ESCAPE = 12;

    /** Octets that stand for themselves in JSON and in combined lines. */
    private static final boolean[] PLAIN = new boolean[256];

    private static final VarHandle EIGHT = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long EACH = 0x0101010101010101L;
    private static final long HIGHEST = 0x8080808080808080L;

    private static final DateTimeFormatter ISO =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter COMMON = DateTimeFormatter.ofPattern(
                    "dd/MMM/uuuu:HH:mm:ss +0000", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    static {
        for (int i = 0x20; i < 0x7f; i++) {
            PLAIN[i] = i != '"' && i != '\\';
        }
    }

    private final byte[] bytes = new byte[LIMIT];
    private int length;

    private long isoSecond = Long.MIN_VALUE;
    private byte[] iso = {};
    private long commonSecond = Long.MIN_VALUE;
    private byte[] common = {};

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    void reset() {
        length = 0;
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Our own constant text. */
    void raw(byte[] text) {
        if (length + text.length <= ROOM) {
            System.arraycopy(text, 0, bytes, length, text.length);
            length += text.length;
        }
    }

    /** Closes the line; there is always room for it. */
    void end(byte[] closing) {
        System.arraycopy(closing, 0, bytes, length, closing.length);
        length += closing.length;
    }

    /** {@code ,"key":"text"}, nothing where the text is empty; {@code prefix} is all of it up to the text. */
    void jsonText(byte[] prefix, LogText text, int limit) {
        if (!text.isEmpty()) {
            byte[] octets = text.bytes();
            jsonText(prefix, octets, text.start(), text.end(), limit);
        }
    }

    void jsonText(byte[] prefix, String text, int limit) {
        if (!text.isEmpty() && length + prefix.length + limit < ROOM) {
            raw(prefix);
            text(text, limit, true);
            bytes[length++] = '"';
        }
    }

    private void jsonText(byte[] prefix, byte[] source, int from, int to, int limit) {
        if (length + prefix.length + limit < ROOM) {
            raw(prefix);
            text(source, from, to, limit, true);
            bytes[length++] = '"';
        }
    }

    /** {@code ,"key":number}. */
    void jsonNumber(byte[] prefix, long value) {
        if (length + prefix.length + 20 <= ROOM) {
            raw(prefix);
            number(value);
        }
    }

    /** {@code ,"key":12.345}: nanoseconds as milliseconds. */
    void jsonMillis(byte[] prefix, long nanos) {
        if (length + prefix.length + 24 <= ROOM) {
            raw(prefix);
            long micros = Math.max(0, nanos) / 1000;
            number(micros / 1000);
            bytes[length++] = '.';
            digits((int) (micros % 1000), 3);
        }
    }

    /** {@code ,"key":"2026-01-31T12:00:00.123Z"}. */
    void jsonTime(byte[] prefix, long epochMillis) {
        long second = Math.floorDiv(epochMillis, 1000L);
        if (second != isoSecond) {
            isoSecond = second;
            iso = ascii(ISO.format(Instant.ofEpochSecond(second)));
        }
        raw(prefix);
        raw(iso);
        bytes[length++] = '.';
        digits((int) Math.floorMod(epochMillis, 1000L), 3);
        bytes[length++] = 'Z';
        bytes[length++] = '"';
    }

    /** {@code 31/Jan/2026:12:00:00 +0000}. */
    void commonTime(long epochMillis) {
        long second = Math.floorDiv(epochMillis, 1000L);
        if (second != commonSecond) {
            commonSecond = second;
            common = ascii(COMMON.format(Instant.ofEpochSecond(second)));
        }
        raw(common);
    }

    /** A text in a combined line, with {@code \\xHH} for what does not print; a dash where it is empty. */
    void plainText(LogText text, int limit) {
        if (text.isEmpty()) {
            raw(DASH);
        } else if (length + limit < ROOM) {
            byte[] octets = text.bytes();
            text(octets, text.start(), text.end(), limit, false);
        }
    }

    void plainText(String text, int limit) {
        if (text.isEmpty()) {
            raw(DASH);
        } else if (length + limit < ROOM) {
            text(text, limit, false);
        }
    }

    /** Digits of a number that is not negative. */
    void number(long value) {
        long rest = Math.max(0, value);
        int count = 1;
        for (long bound = 10; count < 19 && rest >= bound; bound *= 10) {
            count++;
        }
        for (int at = length + count - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += count;
    }

    private void digits(int value, int count) {
        int rest = value;
        for (int at = length + count - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += count;
    }

    /** Constants and configured names: as a rule plain, and then without a copy. */
    private void text(String text, int limit, boolean json) {
        int start = length;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (i == limit || unit >= 0x7f || !PLAIN[unit]) {
                length = start;
                byte[] octets = text.getBytes(StandardCharsets.UTF_8);
                text(octets, 0, octets.length, limit, json);
                return;
            }
            bytes[length++] = (byte) unit;
        }
    }

    /** At most {@code limit} octets; the caller knows that there is room for them. */
    private void text(byte[] source, int from, int to, int limit, boolean json) {
        int end = length + limit;
        int count = Math.min(to - from, limit);
        System.arraycopy(source, from, bytes, length, count);
        int plain = plainLength(length, count);
        length += plain;
        int i = from + plain;
        if (i == to) {
            return;
        }
        boolean fits = json ? escapeJson(source, i, to, end) : escapePlain(source, i, to, end);
        if (!fits) {
            dots(end);
        }
    }

    /** How many of the line's octets from {@code from} on stand for themselves, at most {@code count}. */
    private int plainLength(int from, int count) {
        int i = 0;
        while (i + Long.BYTES <= count && arePlain((long) EIGHT.get(bytes, from + i))) {
            i += Long.BYTES;
        }
        while (i < count && PLAIN[bytes[from + i] & 0xff]) {
            i++;
        }
        return i;
    }

    /** Whether eight octets are, by their highest bits: each term sets that of an octet that is not, and borrows from no other before. */
    private static boolean arePlain(long octets) {
        long control = octets - 0x20 * EACH;
        long delete = octets + EACH;
        long quote = (octets ^ '"' * EACH) - EACH;
        long backslash = (octets ^ '\\' * EACH) - EACH;
        return ((octets | control | delete | quote | backslash) & HIGHEST) == 0;
    }

    /** Marks a cut; takes back what it needs, which may halve an escape only where no escape can be ({@code LONGEST_ESCAPE} is kept). */
    private void dots(int end) {
        length = Math.min(length, end - DOTS.length);
        System.arraycopy(DOTS, 0, bytes, length, DOTS.length);
        length += DOTS.length;
    }

    private boolean escapePlain(byte[] source, int from, int to, int end) {
        for (int i = from; i < to; i++) {
            if (length > end - LONGEST_ESCAPE - DOTS.length) {
                return false;
            }
            int octet = source[i] & 0xff;
            if (PLAIN[octet]) {
                bytes[length++] = (byte) octet;
            } else {
                bytes[length++] = '\\';
                bytes[length++] = 'x';
                bytes[length++] = HEX[octet >> 4];
                bytes[length++] = HEX[octet & 15];
            }
        }
        return true;
    }

    /** Non-ASCII as the UTF-16 units that UTF-8 means, else, where the octets are not UTF-8, as Latin-1. */
    private boolean escapeJson(byte[] source, int from, int to, int end) {
        int stop = Math.min(to, from + LIMIT);
        String text = decode(source, from, stop);
        for (int i = 0; i < text.length(); i++) {
            if (length > end - LONGEST_ESCAPE - DOTS.length) {
                return false;
            }
            char unit = text.charAt(i);
            if (unit < 0x7f && PLAIN[unit]) {
                bytes[length++] = (byte) unit;
            } else if (unit == '"' || unit == '\\') {
                bytes[length++] = '\\';
                bytes[length++] = (byte) unit;
            } else {
                unit(unit);
                if (Character.isHighSurrogate(unit) && i + 1 < text.length()) {
                    i++;
                    unit(text.charAt(i));
                }
            }
        }
        return stop == to;
    }

    private void unit(char unit) {
        bytes[length++] = '\\';
        bytes[length++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            bytes[length++] = HEX[unit >> shift & 15];
        }
    }

    private static String decode(byte[] source, int from, int to) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(source, from, to - from))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return new String(source, from, to - from, StandardCharsets.ISO_8859_1);
        }
    }
}
