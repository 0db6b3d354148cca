package dev.moorgate.dataplane.http2;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The open streams of a session by number, open-addressed, and a bounded memory of those that closed last: what comes late for
 * one of them is judged by how it closed (RFC 9113 5.1).
 */
final class StreamTable {
    /** How a stream closed. */
    enum Closed {
        /** Never open, or closed so long ago that nobody remembers. */
        UNKNOWN,
        ENDED,
        /** Frames of the peer may cross our reset: they are let pass. */
        RESET_BY_US,
        RESET_BY_PEER
    }

    private static final int REMEMBERED = 256;

    private @Nullable Http2Stream[] slots = new Http2Stream[16];
    private int count;
    private final int[] closed = new int[REMEMBERED];
    private final Closed[] how = new Closed[REMEMBERED];
    private int next;

    /** A client has opened every number behind it: what it has forgotten may be what it has reset. */
    private final Closed forgotten;

    StreamTable(boolean server) {
        forgotten = server ? Closed.UNKNOWN : Closed.RESET_BY_US;
        Arrays.fill(how, Closed.UNKNOWN);
    }

    int count() {
        return count;
    }

    @Nullable
    Http2Stream get(int id) {
        int mask = slots.length - 1;
        for (int i = slot(id, mask); ; i = i + 1 & mask) {
            Http2Stream stream = slots[i];
            if (stream == null || stream.id == id) {
                return stream;
            }
        }
    }

    void add(Http2Stream stream) {
        if (++count * 2 > slots.length) {
            @Nullable Http2Stream[] before = slots;
            slots = new Http2Stream[before.length * 2];
            for (Http2Stream known : before) {
                if (known != null) {
                    put(known);
                }
            }
        }
        put(stream);
    }

    private void put(Http2Stream stream) {
        int mask = slots.length - 1;
        int i = slot(stream.id, mask);
        while (slots[i] != null) {
            i = i + 1 & mask;
        }
        slots[i] = stream;
    }

    void remove(Http2Stream stream, Closed state) {
        remember(stream.id, state);
        int mask = slots.length - 1;
        int i = slot(stream.id, mask);
        while (slots[i] != stream) {
            i = i + 1 & mask;
        }
        count--;
        slots[i] = null;
        // Those behind it in the run may have to move up, or they would not be found.
        for (int j = i + 1 & mask; ; j = j + 1 & mask) {
            Http2Stream later = slots[j];
            if (later == null) {
                return;
            }
            int wanted = slot(later.id, mask);
            if ((j - wanted & mask) >= (j - i & mask)) {
                slots[i] = later;
                slots[j] = null;
                i = j;
            }
        }
    }

    /** Remembers a stream, also one that was refused before it was opened. */
    void remember(int id, Closed state) {
        closed[next] = id;
        how[next] = state;
        next = next + 1 & REMEMBERED - 1;
    }

    /** How a stream closed that is not idle; one that a client has forgotten counts as reset, so that late frames harm no other. */
    Closed closedHow(int id) {
        for (int back = 1; back <= REMEMBERED; back++) {
            int i = next - back & REMEMBERED - 1;
            if (closed[i] == id) {
                return how[i];
            }
        }
        return forgotten;
    }

    /** All open streams at this moment, lowest number first; {@code action} may close them. */
    void forEach(Consumer<Http2Stream> action) {
        if (count == 0) {
            return;
        }
        @Nullable Http2Stream[] all = Arrays.copyOf(slots, slots.length);
        Arrays.sort(all, (a, b) -> Integer.compareUnsigned(a == null ? -1 : a.id, b == null ? -1 : b.id));
        for (Http2Stream stream : all) {
            if (stream != null && !stream.over) {
                action.accept(stream);
            }
        }
    }

    private static int slot(int id, int mask) {
        return (id >>> 1) & mask;
    }
}
