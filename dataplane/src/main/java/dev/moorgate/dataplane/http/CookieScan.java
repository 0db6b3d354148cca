package dev.moorgate.dataplane.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Walks over the cookies of one name in a request's Cookie fields (RFC 6265 5.4) without splitting them. Names are
 * case-sensitive; values are as received, quotes included.
 */
public final class CookieScan {
    private final RequestHead head;
    private final String name;
    private final @Nullable String twin;
    private int field;
    private int at;
    private int pairStart;
    private int valueStart;
    private int valueEnd;

    public CookieScan(RequestHead head, String name) {
        this(head, name, null);
    }

    /** @param twin another name that is as good; null: none */
    public CookieScan(RequestHead head, String name, @Nullable String twin) {
        this.head = head;
        this.name = name;
        this.twin = twin;
        this.field = head.indexOf(Fields.COOKIE);
        this.at = field < 0 ? 0 : head.valueStart(field);
    }

    /** The next value, or null at the end. */
    public @Nullable String nextValue() {
        return next() ? Octets.text(head.bytes, valueStart, valueEnd) : null;
    }

    /** Moves to the next cookie of the name. */
    public boolean next() {
        while (field >= 0) {
            int end = head.valueEnd(field);
            while (at < end) {
                if (pair(end)) {
                    return true;
                }
            }
            field = head.indexOf(Fields.COOKIE, field + 1);
            at = field < 0 ? 0 : head.valueStart(field);
        }
        return false;
    }

    /** Where the value lies in {@link MessageHead#bytes()}. */
    public int valueStart() {
        return valueStart;
    }

    public int valueEnd() {
        return valueEnd;
    }

    /** Reads one pair and the semicolon behind it. */
    private boolean pair(int end) {
        byte[] bytes = head.bytes;
        while (at < end && (Octets.isBlank(bytes[at]) || bytes[at] == ';')) {
            at++;
        }
        pairStart = at;
        int stop = at;
        while (stop < end && bytes[stop] != ';') {
            stop++;
        }
        at = Math.min(stop + 1, end);
        int equals = equals(name, stop);
        if (equals < 0 && twin != null) {
            equals = equals(twin, stop);
        }
        if (equals < 0) {
            return false;
        }
        valueStart = equals + 1;
        valueEnd = Octets.endWithoutBlanks(bytes, valueStart, stop);
        return true;
    }

    /** Where the equals sign stands behind a name that the pair begins with; -1: it has another. */
    private int equals(String wanted, int stop) {
        byte[] bytes = head.bytes;
        int equals = pairStart + wanted.length();
        if (equals >= stop || bytes[equals] != '=') {
            return -1;
        }
        for (int i = 0; i < wanted.length(); i++) {
            if (bytes[pairStart + i] != wanted.charAt(i)) {
                return -1;
            }
        }
        return equals;
    }

    /**
     * Takes all cookies of a name out of what is forwarded: drops the Cookie fields that hold one and answers one value
     * with what is left of them, null where nothing is left or nothing had to go. The rest keeps its order and bytes.
     */
    public static byte @Nullable [] strip(RequestHead head, String name) {
        return strip(head, name, null);
    }

    /** The same with a twin's name. */
    public static byte @Nullable [] strip(RequestHead head, String name, @Nullable String twin) {
        CookieScan scan = new CookieScan(head, name, twin);
        if (!scan.next()) {
            return null;
        }
        byte[] left = new byte[head.headBytes()];
        int length = 0;
        for (int i = head.indexOf(Fields.COOKIE); i >= 0; i = head.indexOf(Fields.COOKIE, i + 1)) {
            int end = head.valueEnd(i);
            scan.at = head.valueStart(i);
            while (scan.at < end) {
                boolean hit = scan.pair(end);
                int stop = scan.at < end || head.bytes[end - 1] == ';' ? scan.at - 1 : end;
                if (!hit && stop > scan.pairStart) {
                    if (length > 0) {
                        left[length++] = ';';
                        left[length++] = ' ';
                    }
                    System.arraycopy(head.bytes, scan.pairStart, left, length, stop - scan.pairStart);
                    length += stop - scan.pairStart;
                }
            }
            head.drop(i);
        }
        return length == 0 ? null : Arrays.copyOf(left, length);
    }
}
