package dev.moorgate.dataplane.forward.client;

import dev.moorgate.dataplane.http2.Http2Session;

/** Whether a client of HTTP/2 gets on, from look to look: with the frame that it sends, and with what waits for it. Its event loop only. */
final class Http2Watch {
    /** Until the preface and the first SETTINGS are here it is within these. */
    private int frame = 1;

    private long frameSince;
    private long movedAt;
    private long seenSent;
    private long seenPending;

    void begin(long now) {
        frameSince = now;
        movedAt = now;
    }

    /** Nothing was looked at while the connection was idle. */
    void busyAgain(long now) {
        movedAt = now;
    }

    /** Bytes have come; true: {@link #frameBegins} is to be told. */
    boolean received(int frameUnderWay) {
        boolean another = frameUnderWay != 0 && frameUnderWay != frame;
        frame = frameUnderWay;
        return another;
    }

    void frameBegins(long now) {
        frameSince = now;
    }

    boolean isWithinFrame() {
        return frame != 0;
    }

    boolean isFrameLate(long now, long most) {
        return frame != 0 && now - frameSince >= most;
    }

    /**
     * Whether something waits and nothing of it has left for too long.
     *
     * @param pending bytes that wait for the socket
     * @param paused so many that nothing more is read
     */
    boolean isStalled(Http2Session session, long pending, boolean paused, long now) {
        long sent = session.contentSent();
        if (!(paused || session.isWaiting()) || sent != seenSent || pending < seenPending) {
            movedAt = now;
            seenSent = sent;
            seenPending = pending;
            return false;
        }
        seenPending = pending;
        return now - movedAt >= Patience.STALLED_NANOS;
    }
}
