package dev.moorgate.operator.publish;

import java.time.Duration;
import java.util.random.RandomGenerator;

/** Pauses between attempts: each about twice the one before, a quarter of it by chance. One thread. */
final class BackOff {
    private final Duration first;
    private final Duration most;
    private final RandomGenerator random;
    private long next;

    BackOff(Duration first, Duration most, RandomGenerator random) {
        this.first = first;
        this.most = most;
        this.random = random;
        reset();
    }

    void reset() {
        next = first.toNanos();
    }

    /** At most {@code most}. */
    Duration pause() {
        long pause = next;
        next = Math.min(next * 2, most.toNanos());
        return Duration.ofNanos(pause - (long) (pause * random.nextDouble() / 4));
    }
}
