package dev.moorgate.dataplane.forward.client;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** How long clients are waited for where no setting says so. */
final class Patience {
    /** How much is thrown away, and how long, so that a client that still sends can read our last answer. */
    static final long LINGER_BYTES = 64 << 10;

    static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** How long a client may take to receive the end of its last answer. */
    static final long SENDING_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** How long a new connection may take to send its first request, or bytes of it, where we would rather have it closed. */
    static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** A client that ended its side may wait for its answer, or be gone: it shows when nothing moves for so long. */
    static final long HALF_CLOSED_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** How often a busy connection with streams is looked at, and how long one may take nothing of what waits for it. */
    static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(5);

    static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** Further away than any connection lives. */
    static final long NEVER = TimeUnit.DAYS.toNanos(10_000);

    private Patience() {}

    /** A tenth more or less, so that clients that came together do not come back together; zero is never. */
    static long jittered(long age) {
        return age == 0
                ? NEVER
                : (long) (age * (0.9 + ThreadLocalRandom.current().nextDouble(0.2)));
    }
}
