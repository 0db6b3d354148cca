package dev.moorgate.dataplane.compress;

import dev.moorgate.dataplane.http.FieldLines;
import dev.moorgate.dataplane.http.Octets;
import java.nio.charset.StandardCharsets;

/** Elements of fields that are lists (RFC 9110 5.6.1), as ranges of the head's bytes. Pure. */
final class Tokens {
    private Tokens() {}

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether a list field, of however many lines, has this element; dropped lines count. */
    static boolean contains(FieldLines head, int field, byte[] lowerCase) {
        byte[] bytes = head.bytes();
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.fieldId(i) == field) {
                int end = head.valueEnd(i);
                for (int start = head.valueStart(i); start < end; ) {
                    int comma = Octets.indexOf(bytes, start, end, ',');
                    if (isWord(bytes, start, comma, lowerCase)) {
                        return true;
                    }
                    start = comma + 1;
                }
            }
        }
        return false;
    }

    /** Whether the range without the white space around it is this word, in any case. */
    static boolean isWord(byte[] bytes, int start, int end, byte[] lowerCase) {
        int from = Octets.skipBlanks(bytes, start, end);
        int to = Octets.endWithoutBlanks(bytes, from, end);
        return to - from == lowerCase.length && startsWith(bytes, from, to, lowerCase);
    }

    /** Whether the range begins so, in any case. */
    static boolean startsWith(byte[] bytes, int start, int end, byte[] lowerCase) {
        if (end - start < lowerCase.length) {
            return false;
        }
        for (int i = 0; i < lowerCase.length; i++) {
            byte octet = bytes[start + i];
            if ((octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }
}
