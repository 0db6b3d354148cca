package dev.moorgate.dataplane.compress;

import dev.moorgate.dataplane.http.FieldLines;
import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.Octets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client's Accept-Encoding asks for (RFC 9110 12.5.3), whatever a route's filters make of it for the endpoint. Anything is read:
 * what is no weight counts as 0, what is no coding of ours is passed over. Pure.
 */
final class AcceptEncoding {
    private static final int WHOLE = 1000;
    private static final int UNSAID = -1;
    private static final int IDENTITY = Coding.values().length;
    private static final int ANY = IDENTITY + 1;
    private static final byte[][] NAMES = new byte[ANY + 1][];
    private static final byte[] X_GZIP = Tokens.ascii("x-gzip");

    static {
        for (Coding coding : Coding.values()) {
            NAMES[place(coding)] = Tokens.ascii(coding.token());
        }
        NAMES[IDENTITY] = Tokens.ascii("identity");
        NAMES[ANY] = Tokens.ascii("*");
    }

    private AcceptEncoding() {}

    /** The coding that the client likes best, the first of equals; null: the content is to stay as it is. */
    static @Nullable Coding choose(FieldLines request, List<Coding> offered) {
        int[] weights = new int[NAMES.length];
        Arrays.fill(weights, UNSAID);
        for (int i = 0; i < request.fieldCount(); i++) {
            if (request.fieldId(i) == Fields.ACCEPT_ENCODING) {
                read(request.bytes(), request.valueStart(i), request.valueEnd(i), weights);
            }
        }
        Coding best = null;
        int most = 0;
        for (int i = 0; i < offered.size(); i++) {
            Coding coding = offered.get(i);
            int said = weights[place(coding)];
            int weight = said == UNSAID ? weights[ANY] : said;
            if (weight > most) {
                best = coding;
                most = weight;
            }
        }
        return weights[IDENTITY] > most ? null : best;
    }

    @SuppressWarnings("EnumOrdinal") // an index of this process, written nowhere
    private static int place(Coding coding) {
        return coding.ordinal();
    }

    private static void read(byte[] bytes, int from, int end, int[] weights) {
        for (int start = from; start < end; ) {
            int comma = Octets.indexOf(bytes, start, end, ',');
            int semicolon = Octets.indexOf(bytes, start, comma, ';');
            int name = named(bytes, start, semicolon);
            if (name >= 0) {
                int weight = weight(bytes, semicolon, comma);
                // Who says two things of one coding is taken at the smaller.
                weights[name] = weights[name] == UNSAID ? weight : Math.min(weight, weights[name]);
            }
            start = comma + 1;
        }
    }

    private static int named(byte[] bytes, int start, int end) {
        for (int i = 0; i < NAMES.length; i++) {
            if (Tokens.isWord(bytes, start, end, NAMES[i])) {
                return i;
            }
        }
        // RFC 9110 8.4.1.3
        return Tokens.isWord(bytes, start, end, X_GZIP) ? place(Coding.GZIP) : -1;
    }

    /** In thousandths; {@code start} is at the semicolon, or at the end where there is none. */
    private static int weight(byte[] bytes, int start, int end) {
        if (start == end) {
            return WHOLE;
        }
        int at = Octets.skipBlanks(bytes, start + 1, end);
        int stop = Octets.endWithoutBlanks(bytes, at, end);
        boolean isWeight = stop - at >= 3 && (bytes[at] | 0x20) == 'q' && bytes[at + 1] == '=';
        return isWeight ? thousandths(bytes, at + 2, stop) : 0;
    }

    /** {@code 0}, {@code 1}, or either with a point and at most three digits, in all at most 1; else 0. */
    private static int thousandths(byte[] bytes, int start, int end) {
        int length = end - start;
        int whole = bytes[start] - '0';
        if (whole < 0 || whole > 1 || length > 5 || length > 1 && bytes[start + 1] != '.') {
            return 0;
        }
        int value = whole * WHOLE;
        int unit = WHOLE / 10;
        for (int i = start + 2; i < end; i++, unit /= 10) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return 0;
            }
            value += digit * unit;
        }
        return value > WHOLE ? 0 : value;
    }
}
