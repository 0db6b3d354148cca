package dev.moorgate.operator.pace;

import io.javaoperatorsdk.operator.processing.event.rate.RateLimiter;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A change alone is walked at once; the next walk waits as long as the last one took. Where many objects change at a time, as when
 * somebody applies hundreds, a compile for each few of them would be a waste: one a second is enough then. On a machine that is slow,
 * so that they come slowly too, it is told by each compile having several of them. Any thread.
 */
public final class WalkPace implements RateLimiter<WalkPace.Nothing> {
    /** So many changes within {@link #WINDOW} are many: a person, or a test that waits for each, makes fewer. */
    static final int MANY = 12;

    static final Duration WINDOW = Duration.ofMillis(500);
    static final Duration BURST = Duration.ofSeconds(1);
    /** So many changes for one compile to take in are a crowd. */
    static final int CROWD = 3;

    static final Duration FIRST_CROWD = Duration.ofMillis(125);
    /** Who sends many does not pause for so long. */
    static final Duration QUIET = Duration.ofSeconds(2);

    static final Duration LEAST = Duration.ofMillis(10);
    static final Duration MOST = Duration.ofMillis(250);

    private final LongSupplier nanos;
    private final long[] changes = new long[MANY];
    private long counted;
    private boolean compiled;
    private long compiledAt;
    private boolean walked;
    private long freeAt;
    private long begun;
    private long taken;
    private Duration crowd = Duration.ZERO;
    /** Whether the last compile took in too few for a crowd. */
    private boolean few;

    /** @param nanos a clock that only goes forward */
    public WalkPace(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** What java-operator-sdk would keep for each resource: there is one. */
    public record Nothing() implements RateLimiter.RateLimitState {}

    /** An object changed that has to be compiled. */
    public synchronized void changed() {
        long now = nanos.getAsLong();
        if (counted > 0 && now - changes[(int) ((counted - 1) % MANY)] >= QUIET.toNanos()) {
            crowd = Duration.ZERO;
            few = false;
        }
        changes[(int) (counted++ % MANY)] = now;
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
            if (compiled) {
                crowd = crowded(begun - taken);
                freeAt = Math.max(freeAt, end + crowd.toNanos());
            }
            taken = begun;
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
        if (rest > 0) {
            return Optional.of(Duration.ofNanos(rest));
        }
        begun = counted;
        return Optional.empty();
    }

    /**
     * How long changes wait for others, where the last compile had this many: twice as long each time, up to a second; half as long where
     * it had few twice running, since those who send many stop for breath. {@link #QUIET} ends it.
     */
    private Duration crowded(long changes) {
        boolean before = few;
        few = changes < CROWD;
        if (few && !before) {
            return crowd;
        }
        if (few) {
            Duration shorter = crowd.dividedBy(2);
            return shorter.compareTo(FIRST_CROWD) < 0 ? Duration.ZERO : shorter;
        }
        Duration longer = crowd.isZero() ? FIRST_CROWD : crowd.multipliedBy(2);
        return longer.compareTo(BURST) < 0 ? longer : BURST;
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
