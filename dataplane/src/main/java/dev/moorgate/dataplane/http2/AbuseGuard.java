package dev.moorgate.dataplane.http2;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Counts what a peer makes us do for nothing (CVE-2023-44487, CVE-2025-8671, CVE-2019-9511 to -9518, CVE-2020-11080): resets of both directions,
 * and a score of frames that serve no request. What serves one pays for some of them, so that a busy peer may be chatty. Both
 * are forgotten with each window of 30 s.
 */
public final class AbuseGuard {
    static final int MOST_RESETS = 200;
    static final int MOST_GLITCHES = 100;
    static final int MOST_EMPTY_DATA = 10;
    static final int MOST_CONTROL = 1_000;
    /** Settings in one frame: peers have about ten to send. */
    static final int MOST_SETTINGS = 32;

    static final int MOST_CONTINUATIONS = 8;
    static final int MOST_CONTINUED_BYTES = 32 << 10;

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** How many glitches a frame that carries a request's content or head makes up for. */
    private static final int WORTH = 16;

    /** How many bytes of what a client's window has cut make up for one. */
    private static final int CUT_WORTH = 32;

    private static final int DEEPEST = -1_000_000;

    private final LongSupplier clock;
    private long windowStart;
    private int resets;
    private int score;
    private int emptyData;
    private int control;

    /** @param clock nanoseconds of a monotonic clock */
    public AbuseGuard(LongSupplier clock) {
        this.clock = clock;
        windowStart = clock.getAsLong();
    }

    private void look() {
        long now = clock.getAsLong();
        if (now - windowStart >= WINDOW_NANOS) {
            windowStart = now;
            resets = 0;
            score = Math.min(score, 0);
        }
    }

    /** A stream was reset by the peer, or by us for what the peer did. True: too many. */
    public boolean reset() {
        look();
        return ++resets > MOST_RESETS;
    }

    /** A frame that does nothing for a request. True: too many. */
    boolean glitch() {
        if (++score <= MOST_GLITCHES) {
            return false;
        }
        look();
        return score > MOST_GLITCHES;
    }

    /** A frame, of either side, that carries a request or an answer. */
    void useful() {
        emptyData = 0;
        score = Math.max(score - WORTH, DEEPEST);
    }

    /**
     * DATA to a client that its window has cut: by octets, or a window that is opened octet by octet would pay for itself
     * (CVE-2019-9511). Who takes small messages is no such client: they leave whole.
     */
    void cut(int bytes) {
        score = Math.max(score - Math.min(WORTH, bytes / CUT_WORTH), DEEPEST);
    }

    /** DATA without content and without end. True: too many in a row. */
    boolean emptyData() {
        return ++emptyData > MOST_EMPTY_DATA;
    }

    /** A control frame of our own that the peer makes us send. True: too many wait for it to read. */
    boolean control() {
        return ++control > MOST_CONTROL;
    }

    /** The peer reads. */
    void controlSent() {
        control = 0;
    }
}
