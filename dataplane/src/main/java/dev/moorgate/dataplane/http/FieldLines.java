package dev.moorgate.dataplane.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The field lines of a head as an index into its bytes: no object a field. Fields are counted from 0 in the order
 * received; a dropped one keeps its place but is not forwarded, and look-ups by name do not see it.
 */
public abstract sealed class FieldLines permits MessageHead {
    static final int STEP = 2048;
    /** What most heads need, with the word more that some loops read: many requests at once share the processor's caches. */
    static final int FIRST_BYTES = 504 + Long.BYTES;

    private static final int FIRST_FIELDS = 16;
    private static final int STRIDE = 4;
    private static final byte BY_PROTOCOL = 1;
    private static final byte BY_FILTER = 2;

    byte[] bytes = new byte[FIRST_BYTES];
    /** Behind the empty line that ends the head; 0 before it has come. */
    int end;

    private int[] index = new int[STRIDE * FIRST_FIELDS];
    private byte[] ids = new byte[FIRST_FIELDS];
    private byte[] marks = new byte[FIRST_FIELDS];
    private int count;
    private long present;

    /** Takes over lines that were read, as they are; later changes to either are its own. */
    final void copyLines(FieldLines from) {
        if (bytes.length < from.end + Long.BYTES) {
            bytes = new byte[from.bytes.length];
        }
        System.arraycopy(from.bytes, 0, bytes, 0, from.end);
        if (ids.length < from.count) {
            index = new int[from.index.length];
            ids = new byte[from.ids.length];
            marks = new byte[from.marks.length];
        }
        System.arraycopy(from.index, 0, index, 0, STRIDE * from.count);
        System.arraycopy(from.ids, 0, ids, 0, from.count);
        System.arraycopy(from.marks, 0, marks, 0, from.count);
        end = from.end;
        count = from.count;
        present = from.present;
    }

    final void clearFields() {
        count = end = 0;
        present = 0;
    }

    final @Nullable ParseError field(int start, int stop, HeadLimits limits) {
        if (Octets.isBlank(bytes[start])) {
            return ParseError.OBS_FOLD;
        }
        if (count >= limits.fields()) {
            return ParseError.TOO_MANY_FIELDS;
        }
        int colon = Octets.colon(bytes, start, stop);
        int id = colon == start || colon == stop ? Fields.OTHER : Fields.classify(bytes, start, colon);
        boolean underscore = false;
        if (id == Fields.OTHER) {
            ParseError error = checkName(start, colon, stop);
            if (error != null) {
                return error;
            }
            underscore = dropsUnderscores() && hasUnderscore(start, colon);
        }
        int from = colon + 1;
        int to = stop;
        while (from < to && Octets.isBlank(bytes[from])) {
            from++;
        }
        while (to > from && Octets.isBlank(bytes[to - 1])) {
            to--;
        }
        add(id, start, colon, from, to, underscore);
        return null;
    }

    /** A line whose parts are known and checked. */
    final void add(int id, int start, int colon, int from, int to) {
        add(id, start, colon, from, to, id == Fields.OTHER && dropsUnderscores() && hasUnderscore(start, colon));
    }

    private @Nullable ParseError checkName(int start, int colon, int stop) {
        int i = start;
        while (i < colon && Octets.is(bytes[i], Octets.TOKEN)) {
            i++;
        }
        if (i == colon) {
            return colon == stop ? ParseError.MISSING_COLON : colon == start ? ParseError.BAD_FIELD_NAME : null;
        }
        return Octets.isBlank(bytes[i]) ? ParseError.SPACE_BEFORE_COLON : ParseError.BAD_FIELD_NAME;
    }

    private boolean hasUnderscore(int start, int end) {
        for (int i = start; i < end; i++) {
            if (bytes[i] == '_') {
                return true;
            }
        }
        return false;
    }

    private void add(int id, int start, int colon, int from, int to, boolean underscore) {
        if (count == ids.length) {
            index = Arrays.copyOf(index, index.length * 2);
            ids = Arrays.copyOf(ids, count * 2);
            marks = Arrays.copyOf(marks, count * 2);
        }
        int at = count * STRIDE;
        index[at] = start;
        index[at + 1] = colon;
        index[at + 2] = from;
        index[at + 3] = to;
        ids[count] = (byte) id;
        marks[count++] = 0;
        present |= 1L << id;
        if (underscore || Fields.isHopByHop(id)) {
            dropByProtocol(count - 1);
        }
    }

    /** Names with an underscore are some backends' spelling of the hyphenated name: never forwarded on requests. */
    boolean dropsUnderscores() {
        return false;
    }

    final void dropByProtocol(int i) {
        marks[i] |= BY_PROTOCOL;
    }

    final boolean isDroppedByFilter(int i) {
        return (marks[i] & BY_FILTER) != 0;
    }

    final boolean has(int id) {
        return ((present >>> id) & 1) != 0;
    }

    // ------------------------------------------------------------------ reading

    public int fieldCount() {
        return count;
    }

    /** A number of {@link Fields}. */
    public int fieldId(int i) {
        return ids[i];
    }

    /** The array behind the ranges below; not to be changed. */
    public byte[] bytes() {
        return bytes;
    }

    public int nameStart(int i) {
        return index[i * STRIDE];
    }

    public int nameEnd(int i) {
        return index[i * STRIDE + 1];
    }

    /** Without the white space around the value. */
    public int valueStart(int i) {
        return index[i * STRIDE + 2];
    }

    public int valueEnd(int i) {
        return index[i * STRIDE + 3];
    }

    /** Behind the CRLF of a field's line. */
    int lineEnd(int i) {
        return i + 1 < count ? nameStart(i + 1) : end - 2;
    }

    public boolean nameEquals(int i, byte[] lowerCase) {
        return Octets.equalsLower(bytes, nameStart(i), nameEnd(i), lowerCase);
    }

    public boolean nameEquals(int i, String lowerCase) {
        return Octets.equalsLower(bytes, nameStart(i), nameEnd(i), lowerCase);
    }

    public boolean nameStartsWith(int i, String lowerCase) {
        int start = nameStart(i);
        int end = start + lowerCase.length();
        return end <= nameEnd(i) && Octets.equalsLower(bytes, start, end, lowerCase);
    }

    /** As received. */
    public String nameString(int i) {
        return Octets.text(bytes, nameStart(i), nameEnd(i));
    }

    /** One char a byte (ISO 8859-1), which {@link HeadWriter} writes back as it was. */
    public String valueString(int i) {
        return Octets.text(bytes, valueStart(i), valueEnd(i));
    }

    public boolean valueEquals(int i, byte[] value) {
        return Arrays.equals(bytes, valueStart(i), valueEnd(i), value, 0, value.length);
    }

    /** Without regard to case. */
    public boolean valueEqualsLower(int i, byte[] lowerCase) {
        return Octets.equalsLower(bytes, valueStart(i), valueEnd(i), lowerCase);
    }

    /** Whether the value begins so, without regard to case. */
    public boolean valueStartsWithLower(int i, byte[] lowerCase) {
        int start = valueStart(i);
        int end = start + lowerCase.length;
        return end <= valueEnd(i) && Octets.equalsLower(bytes, start, end, lowerCase);
    }

    /** First field with a known name that is not dropped, or -1. */
    public int indexOf(int id) {
        return has(id) ? indexOf(id, 0) : -1;
    }

    /** The same from a place on. */
    public int indexOf(int id, int from) {
        for (int i = from; i < count; i++) {
            if (ids[i] == id && marks[i] == 0) {
                return i;
            }
        }
        return -1;
    }

    /** First field of any name that is not dropped, from a place on, or -1. */
    public int indexOf(String lowerCaseName, int from) {
        for (int i = from; i < count; i++) {
            if (marks[i] == 0 && nameEquals(i, lowerCaseName)) {
                return i;
            }
        }
        return -1;
    }

    public @Nullable String firstValue(int id) {
        int i = indexOf(id);
        return i < 0 ? null : valueString(i);
    }

    public @Nullable String firstValue(String lowerCaseName) {
        int i = indexOf(lowerCaseName, 0);
        return i < 0 ? null : valueString(i);
    }

    /** All values in order, joined as RFC 9110 5.3 does: what a rule about a field looks at. */
    public @Nullable String joinedValue(String lowerCaseName) {
        int i = indexOf(lowerCaseName, 0);
        if (i < 0) {
            return null;
        }
        int next = indexOf(lowerCaseName, i + 1);
        if (next < 0) {
            return valueString(i);
        }
        StringBuilder joined = new StringBuilder(valueString(i));
        for (; next >= 0; next = indexOf(lowerCaseName, next + 1)) {
            joined.append(", ").append(valueString(next));
        }
        return joined.toString();
    }

    // ------------------------------------------------------------------ dropping

    public boolean isDropped(int i) {
        return marks[i] != 0;
    }

    /** Leaves a field out of what is forwarded, until {@link #restore()}. */
    public void drop(int i) {
        marks[i] |= BY_FILTER;
    }

    /** Drops all fields of a set of known names, see {@link Fields#mask}. */
    public void dropAll(long fields) {
        if ((present & fields) != 0) {
            for (int i = 0; i < count; i++) {
                if (((fields >>> ids[i]) & 1) != 0) {
                    marks[i] |= BY_FILTER;
                }
            }
        }
    }

    /** Drops all fields of a name. */
    public void dropAll(String lowerCaseName) {
        for (int i = indexOf(lowerCaseName, 0); i >= 0; i = indexOf(lowerCaseName, i + 1)) {
            marks[i] |= BY_FILTER;
        }
    }

    /** Takes back what filters have dropped, for another try; what the protocol drops stays dropped. */
    public void restore() {
        for (int i = 0; i < count; i++) {
            marks[i] &= ~BY_FILTER;
        }
    }
}
