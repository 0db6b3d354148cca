package dev.moorgate.dataplane.upstream;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All deadlines of one event loop on one wheel of {@value #SLOTS} slots of 100 ms. A deadline stays where it hangs when it
 * is put off and moves on only when the wheel comes to it, so that a request that ends in time costs a field write. A
 * deadline is met up to one tick late, never early.
 */
public final class Timers {
    private static final Logger LOG = LoggerFactory.getLogger(Timers.class);
    static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int SLOTS = 1024;

    private final EventLoop loop;
    private final NanoClock clock;
    private final long origin;
    private final @Nullable Deadline[] slots = new Deadline[SLOTS];
    private long swept;
    private int hanging;
    private boolean ticking;

    public Timers(EventLoop loop, NanoClock clock) {
        this.loop = loop;
        this.clock = clock;
        this.origin = clock.nanoTime();
    }

    public NanoClock clock() {
        return clock;
    }

    /** Arms {@code deadline} for {@code nanos} from {@code now}, a reading of the clock; zero or less switches it off. */
    public void arm(Deadline deadline, long now, long nanos) {
        if (nanos <= 0) {
            deadline.disarm();
            return;
        }
        if (!ticking) {
            swept = Math.max(swept, (now - origin) / TICK_NANOS);
        }
        long at = now - origin + nanos;
        deadline.at = at < 0 ? Deadline.NEVER - 1 : at;
        long tick = tickOf(deadline.at);
        if (deadline.tick > tick) {
            unhang(deadline);
            hang(deadline, tick);
        }
    }

    /** Switches {@code deadline} off and lets go of it: its owner is not used again. */
    public void forget(Deadline deadline) {
        deadline.disarm();
        unhang(deadline);
    }

    /** Deadlines that the wheel holds, armed or not, and with them their owners. */
    public int hanging() {
        return hanging;
    }

    private long tickOf(long at) {
        long tick = at / TICK_NANOS + 1;
        return Math.min(Math.max(tick, swept + 1), swept + SLOTS - 1);
    }

    private void hang(Deadline deadline, long tick) {
        int slot = (int) (tick & (SLOTS - 1));
        Deadline first = slots[slot];
        deadline.tick = tick;
        deadline.previous = null;
        deadline.next = first;
        if (first != null) {
            first.previous = deadline;
        }
        slots[slot] = deadline;
        hanging++;
        if (!ticking) {
            ticking = true;
            schedule();
        }
    }

    private void unhang(Deadline deadline) {
        if (deadline.tick == Deadline.NEVER) {
            return;
        }
        Deadline before = deadline.previous;
        Deadline after = deadline.next;
        if (before == null) {
            slots[(int) (deadline.tick & (SLOTS - 1))] = after;
        } else {
            before.next = after;
        }
        if (after != null) {
            after.previous = before;
        }
        deadline.previous = null;
        deadline.next = null;
        deadline.tick = Deadline.NEVER;
        hanging--;
    }

    private void schedule() {
        var _ = loop.schedule(this::tick, TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    private void tick() {
        sweep();
        if (hanging > 0) {
            schedule();
        } else {
            ticking = false;
        }
    }

    private static void meet(Deadline due) {
        try {
            due.expired();
        } catch (RuntimeException e) {
            // The wheel must go on turning for everybody else.
            LOG.error("A deadline's action failed", e);
        }
    }

    /** Meets every deadline that is due; the wheel does it by itself each tick. */
    void sweep() {
        long now = clock.nanoTime() - origin;
        long last = now / TICK_NANOS;
        if (last - swept > SLOTS) {
            swept = last - SLOTS;
        }
        while (swept < last) {
            swept++;
            int slot = (int) (swept & (SLOTS - 1));
            for (Deadline due = slots[slot]; due != null; due = slots[slot]) {
                unhang(due);
                if (due.at <= now) {
                    due.at = Deadline.NEVER;
                    meet(due);
                } else if (due.at != Deadline.NEVER) {
                    hang(due, tickOf(due.at));
                }
            }
        }
    }
}
