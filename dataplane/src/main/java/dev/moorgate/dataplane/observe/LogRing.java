package dev.moorgate.dataplane.observe;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A bounded queue of lines in one piece of memory outside of the heap: many event loops put, one thread drains. A line takes whole
 * cells of 64 octets that lie together; its length in the first of them is what publishes it. A full ring refuses, it never waits.
 */
final class LogRing {
    private static final int CELL_BITS = 6;
    private static final int CELL = 1 << CELL_BITS;

    /** What {@link #tail} is behind {@link #close}. */
    private static final long CLOSED = Long.MIN_VALUE;

    private final Arena memory;
    private final ByteBuffer bytes;
    /** Per cell: length of the line that begins here; negative: so many cells to skip; 0: nothing published. */
    private final AtomicIntegerArray lengths;

    private final int cells;
    private final AtomicLong tail = new AtomicLong();
    private final AtomicLong head = new AtomicLong();

    /** Capacity in octets, a power of two; the arena is the ring's own, shared if the ring is to be closed. */
    LogRing(int capacity, Arena memory) {
        if (Integer.bitCount(capacity) != 1 || capacity < LogLine.LIMIT) {
            throw new IllegalArgumentException("capacity must be a power of two that holds a line, not " + capacity);
        }
        this.memory = memory;
        bytes = memory.allocate(capacity).asByteBuffer();
        cells = capacity >> CELL_BITS;
        lengths = new AtomicIntegerArray(cells);
    }

    /** What {@link #put} came to. */
    enum Put {
        STORED,
        /** And more than half of the ring waits to be drained. */
        STORED_HALF_FULL,
        NO_ROOM,
        CLOSED
    }

    /** Any thread. */
    Put put(byte[] source, int length) {
        int needed = (length + CELL - 1) >> CELL_BITS;
        long start;
        int first;
        int skipped;
        long waiting;
        do {
            start = tail.get();
            if (start == CLOSED) {
                return Put.CLOSED;
            }
            first = (int) (start & (cells - 1));
            skipped = first + needed > cells ? cells - first : 0;
            waiting = start + skipped + needed - head.get();
            if (waiting > cells) {
                return Put.NO_ROOM;
            }
        } while (!tail.compareAndSet(start, start + skipped + needed));
        if (skipped > 0) {
            lengths.setRelease(first, -skipped);
            first = 0;
        }
        bytes.put(first << CELL_BITS, source, 0, length);
        lengths.setRelease(first, length);
        return waiting > cells >> 1 ? Put.STORED_HALF_FULL : Put.STORED;
    }

    /** What has been put so far ends here: for {@link #drain(byte[], long)}. */
    long end() {
        return tail.get();
    }

    /** Copies whole lines, in order, as many as are published and fit; their octets. The draining thread only. */
    int drain(byte[] target) {
        return drain(target, Long.MAX_VALUE);
    }

    /** The same, but nothing that was put behind {@code end}. */
    int drain(byte[] target, long end) {
        int copied = 0;
        long at = head.get();
        while (true) {
            if (at >= end) {
                return copied;
            }
            int cell = (int) (at & (cells - 1));
            int length = lengths.getAcquire(cell);
            if (length == 0 || length > target.length - copied) {
                return copied;
            }
            int taken = -length;
            if (length > 0) {
                bytes.get(cell << CELL_BITS, target, copied, length);
                copied += length;
                taken = (length + CELL - 1) >> CELL_BITS;
            }
            lengths.setPlain(cell, 0);
            at += taken;
            head.setRelease(at);
        }
    }

    int capacity() {
        return bytes.capacity();
    }

    boolean isEmpty() {
        long end = tail.get();
        return end == head.get() || end == CLOSED;
    }

    /** Gives the memory back, if the ring is empty; nothing can be put from then on. The draining thread only. */
    boolean close() {
        if (!tail.compareAndSet(head.get(), CLOSED)) {
            return false;
        }
        // what was put has been drained, so nobody copies any more
        memory.close();
        return true;
    }
}
