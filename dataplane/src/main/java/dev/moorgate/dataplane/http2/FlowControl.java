package dev.moorgate.dataplane.http2;

/**
 * One direction's window of a stream or of the connection (RFC 9113 5.2) on the receiving side: what the peer may still send,
 * and what was consumed and not told yet. An update goes out when half of the window can be given back at once.
 */
final class FlowControl {
    /** The window that every stream and connection begins with. */
    static final int INITIAL = 65_535;

    static final int MOST = Integer.MAX_VALUE;

    private final int window;
    private int left;
    private int owed;

    FlowControl(int window, int left) {
        this.window = window;
        this.left = left;
    }

    /** The peer has sent {@code bytes}; false: more than it may. */
    boolean take(int bytes) {
        left -= bytes;
        return left >= 0;
    }

    /** Bytes were consumed: how many to tell the peer of now, or 0. */
    int give(int bytes) {
        owed += bytes;
        if (owed < window >> 1) {
            return 0;
        }
        int update = owed;
        owed = 0;
        left += update;
        return update;
    }
}
