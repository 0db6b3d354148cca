package dev.moorgate.dataplane.admission;

import dev.moorgate.routetable.RoutePolicy.BasicAuth;
import dev.moorgate.routetable.RoutePolicy.RateLimit;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What gates keep beyond a table: how far a rate is used up, and which passwords were right. Two gates that ask for the same get the
 * same. Any thread.
 */
public final class AdmissionState {
    /** Some 150 bytes each. */
    private static final int MOST_CLIENTS = 200_000;

    private static final int MOST_WRONG = 4_096;

    private final AtomicInteger room = new AtomicInteger(MOST_CLIENTS);
    private final Map<RateLimit, KeptLimiter> limiters = new HashMap<>();
    private final Map<BasicAuth, WeakReference<Passwords>> passwords = new HashMap<>();
    private final Turns hashing;

    public AdmissionState() {
        // One thread: passwords are worth one core at most.
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                1,
                1,
                10,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("passwords").daemon().factory());
        pool.allowCoreThreadTimeOut(true);
        hashing = new Turns(pool);
    }

    /** Lives as long as a gate has it. */
    synchronized RateLimiter limiter(RateLimit limit) {
        limiters.values().removeIf(this::isGone);
        KeptLimiter kept = limiters.get(limit);
        RateLimiter known = kept == null ? null : kept.limiter.get();
        if (known == null) {
            known = new RateLimiter(limit, room);
            limiters.put(limit, new KeptLimiter(new WeakReference<>(known), known.clients()));
        }
        return known;
    }

    private boolean isGone(KeptLimiter kept) {
        boolean gone = kept.limiter.refersTo(null);
        if (gone) {
            room.addAndGet(kept.clients.size());
        }
        return gone;
    }

    /** Lives as long as a gate has it. */
    synchronized Passwords passwords(BasicAuth auth) {
        passwords.values().removeIf(kept -> kept.refersTo(null));
        WeakReference<Passwords> kept = passwords.get(auth);
        Passwords known = kept == null ? null : kept.get();
        if (known == null) {
            known = new Passwords(auth, hashing, MOST_WRONG);
            passwords.put(auth, new WeakReference<>(known));
        }
        return known;
    }

    /** A limiter and its buckets, whose room comes back when it is gone. */
    private record KeptLimiter(WeakReference<RateLimiter> limiter, Map<String, RateBucket> clients) {}
}
