package dev.moorgate.operator.pace;

import io.javaoperatorsdk.operator.processing.event.rate.RateLimiter;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A change alone is walked at once; the next walk waits as long as the last one took. Where many objects change at a time, as when
 * somebody applies hundreds, a compile for each few of them would be a waste: one a second is enough then. Any thread.
 */
public final class WalkPace implements RateLimiter<WalkPace.Nothing> {
    /** So many changes within {@link #WINDOW} are many: a person, or a test that waits for each, makes fewer. */
    static final int MANY = 12;

    static final Duration WINDOW = Duration.ofMillis(500);
    static final Duration BURST = Duration.ofSeconds(1);
    static final Duration LEAST = Duration.ofMillis(10);
    static final Duration MOST = Duration.ofMillis(250);

    private final LongSupplier nanos;
    private final long[] changes = new long[MANY];
    private long counted;
    private boolean compiled;
    private long compiledAt;
    private boolean walked;
    private long freeAt;

    /** @param nanos a clock that only goes forward */
    public WalkPace(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** What java-operator-sdk would keep for each resource: there is one. */
    public record Nothing() implements RateLimiter.RateLimitState {}

    /** An object changed that has to be compiled. */
    public synchronized void changed() {
        changes[(int) (counted++ % MANY)] = nanos.getAsLong();
    }

    /**
     * A walk is over.
     *
     * @param start when it began, by the same clock
     * @param isCompile whether it was more than endpoints or statuses
     */
    public synchronized void walked(long start, boolean isCompile) {
        long end = nanos.getAsLong();
        walked = true;
        freeAt = end + Math.clamp(end - start, LEAST.toNanos(), MOST.toNanos());
        if (isCompile) {
            compiled = true;
            compiledAt = start;
        }
    }

    @Override
    public synchronized Optional<Duration> isLimited(RateLimitState state) {
        long now = nanos.getAsLong();
        long rest = walked ? freeAt - now : 0;
        if (compiled && isBurst(now)) {
            rest = Math.max(rest, compiledAt + BURST.toNanos() - now);
        }
        return rest > 0 ? Optional.of(Duration.ofNanos(rest)) : Optional.empty();
    }

    /** Whether the last so many changes are all recent. */
    private boolean isBurst(long now) {
        return counted >= MANY && now - changes[(int) (counted % MANY)] < WINDOW.toNanos();
    }

    @Override
    public Nothing initState() {
        return new Nothing();
    }
}
