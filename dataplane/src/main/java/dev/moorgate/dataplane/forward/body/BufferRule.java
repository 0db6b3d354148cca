package dev.moorgate.dataplane.forward.body;

import dev.moorgate.routetable.RoutePolicy;

/**
 * How much of one body a route lets us keep.
 *
 * @param memory bytes in memory, at least 1
 * @param disk bytes beyond them in a file
 */
public record BufferRule(int memory, long disk) {
    /** Bodies stream. */
    public static final BufferRule OFF = new BufferRule(1, 0);

    private static final int MOST_MEMORY = 1 << 30;
    private static final long MOST_DISK = 1L << 40;

    /** What the policy says of requests. */
    public static BufferRule ofRequests(RoutePolicy.Buffering policy) {
        return policy.requests() ? of(policy) : OFF;
    }

    /** What the policy says of answers. */
    public static BufferRule ofResponses(RoutePolicy.Buffering policy) {
        return policy.responses() ? of(policy) : OFF;
    }

    private static BufferRule of(RoutePolicy.Buffering policy) {
        return new BufferRule(
                Math.clamp(policy.memoryLimit(), 1, MOST_MEMORY), Math.clamp(policy.diskLimit(), 0, MOST_DISK));
    }

    @SuppressWarnings("ReferenceEquality") // a route that buffers has a rule of its own, whatever its numbers
    public boolean isOn() {
        return this != OFF;
    }

    /** Bytes of one body in all. */
    public long most() {
        return memory + disk;
    }
}
