package dev.moorgate.dataplane.observe;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A text of an exchange as the octets that came in, so that logging a header or a path makes no string. Points into the
 * caller's array and holds it until cleared or set again. One event loop only.
 */
public final class LogText {
    private static final byte[] NOTHING = {};
    private static final int ROOM = 256;

    private byte[] bytes = NOTHING;
    private int start;
    private int end;
    /** Not yet octets: nobody may ask for them. */
    private @Nullable String pending;
    /** For texts that come as strings. */
    private byte[] room = NOTHING;

    /** Points to the octets from {@code from} (inclusive) to {@code to} (exclusive); they must not change until the exchange is observed. */
    public void set(byte[] source, int from, int to) {
        pending = null;
        bytes = source;
        start = from;
        end = to;
    }

    public void set(String text) {
        clear();
        pending = text.isEmpty() ? null : text;
    }

    public void clear() {
        pending = null;
        bytes = NOTHING;
        start = 0;
        end = 0;
    }

    public boolean isEmpty() {
        return start == end && pending == null;
    }

    private void encode() {
        String text = pending;
        if (text != null && !fits(text)) {
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            set(encoded, 0, encoded.length);
        }
    }

    /** Whether a text is short and of ASCII alone; it is encoded then. */
    private boolean fits(String text) {
        int length = text.length();
        if (length > ROOM) {
            return false;
        }
        if (room.length == 0) {
            room = new byte[ROOM];
        }
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c > 0x7f) {
                return false;
            }
            room[i] = (byte) c;
        }
        set(room, 0, length);
        return true;
    }

    /** Cuts the text at the first such octet, if it has one. */
    void endBefore(char octet) {
        encode();
        for (int i = start; i < end; i++) {
            if (bytes[i] == octet) {
                end = i;
                return;
            }
        }
    }

    /** Before {@link #start} and {@link #end} are asked for. */
    byte[] bytes() {
        encode();
        return bytes;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }

    @Override
    public String toString() {
        return new String(bytes(), start, end - start, StandardCharsets.UTF_8);
    }
}
