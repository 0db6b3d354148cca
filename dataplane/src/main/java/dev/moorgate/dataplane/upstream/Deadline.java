package dev.moorgate.dataplane.upstream;

import org.jspecify.annotations.Nullable;

/**
 * Something that happens unless it is put off: a node of {@link Timers}, made once for its owner and armed again and again
 * without an allocation. One event loop only.
 */
public final class Deadline {
    /** Switched off. Clock values never come near it. */
    static final long NEVER = Long.MAX_VALUE;

    /** Nanoseconds since the wheel's origin. */
    long at = NEVER;

    long tick = NEVER;

    @Nullable
    Deadline previous;

    @Nullable
    Deadline next;

    private final Runnable action;

    /** When the time has come {@code action} runs; the deadline is off then and may be armed again. */
    public Deadline(Runnable action) {
        this.action = action;
    }

    void expired() {
        action.run();
    }

    /** Costs one write; the wheel forgets the node when it passes by. */
    public final void disarm() {
        at = NEVER;
    }

    public final boolean isArmed() {
        return at != NEVER;
    }
}
