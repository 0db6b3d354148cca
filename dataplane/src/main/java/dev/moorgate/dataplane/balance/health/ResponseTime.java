package dev.moorgate.dataplane.balance.health;

/**
 * How long an endpoint takes to answer: a moving average that jumps to every peak and forgets it over {@value #TAU} ns. Any
 * thread; two answers at the same moment may count as one.
 */
public final class ResponseTime {
    private static final double TAU = 10e9;
    /** Of one that has not answered yet: one request at a time, until it has. */
    private static final double UNKNOWN = 1e15;

    private volatile double average;
    private volatile long at;

    /** An answer took {@code nanos}; {@code now} is a monotonic clock's. */
    public void observe(long now, long nanos) {
        double known = average;
        double sample = Math.max(1, nanos);
        if (known <= sample) {
            average = sample;
        } else {
            double kept = kept(now);
            average = known * kept + sample * (1 - kept);
        }
        at = now;
    }

    /** The share of what was known that is left by now. */
    private double kept(long now) {
        return Math.exp(-Math.max(0, now - at) / TAU);
    }

    /** What a further request is expected to wait for where {@code inFlight} are under way. */
    public double cost(long now, int inFlight) {
        double known = average;
        if (known == 0) {
            return inFlight == 0 ? 0 : UNKNOWN + inFlight;
        }
        return known * kept(now) * (inFlight + 1);
    }

    /** Nanoseconds; 0: nothing is known. */
    public long average() {
        return (long) average;
    }
}
