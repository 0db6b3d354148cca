package dev.moorgate.dataplane.balance.steer;

import dev.moorgate.routetable.StickySession.Rebalance;
import dev.moorgate.routetable.StickySession.Share;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which sessions move to even the load, and whereto: by their numbers, times and the table alone, so that every replica moves the
 * same ones to the same places. A session moves once at most: who is at an endpoint that gets sessions stays there, and so does
 * who began after the rebalance. Immutable; any thread.
 */
public final class Rebalancing {
    private static final long PERMYRIAD = 10_000;
    private static final long MILLIONTHS = 1_000_000;

    private final Rebalance rebalance;
    private final long seed;
    private final long minIdle;
    private final Set<String> takers = new HashSet<>();

    public Rebalancing(Rebalance rebalance) {
        this.rebalance = rebalance;
        this.seed = mix(rebalance.since());
        // A token's last use is up to a tenth older than that of its session.
        this.minIdle = rebalance.minIdle().toSeconds() * 11 / 10;
        rebalance.shares().forEach(share -> takers.add(share.endpoint()));
    }

    public long since() {
        return rebalance.since();
    }

    /**
     * Where a session is to move; null: it stays.
     *
     * @param session its number
     * @param issued when it began, {@code lastUsed} its last request, {@code now} by the same clock; in seconds since the epoch
     * @param home key of its endpoint
     * @param isThere whether the endpoint of a key is one of the session's upstream
     */
    public @Nullable String target(
            long session, long issued, long lastUsed, long now, String home, Predicate<String> isThere) {
        if (issued >= rebalance.since() || takers.contains(home)) {
            return null;
        }
        // Before the rebalance tokens were not made anew often enough to tell how long somebody was idle.
        if (minIdle > 0 && (lastUsed < rebalance.since() || now - lastUsed < minIdle)) {
            return null;
        }
        long place = mix(session ^ seed);
        long point = Math.unsignedMultiplyHigh(place, PERMYRIAD);
        long upTo = 0;
        String target = null;
        for (Share share : rebalance.shares()) {
            if (isThere.test(share.endpoint())) {
                upTo += share.permyriad();
                if (target == null && point < upTo) {
                    target = share.endpoint();
                }
            }
        }
        return target != null && now - rebalance.since() >= turn(place, upTo) ? target : null;
    }

    /** How many seconds after the beginning it is a session's turn. */
    private long turn(long place, long moving) {
        int percent = rebalance.percentPerMinute();
        if (percent == 0) {
            return 0;
        }
        // In all so many in ten thousand move, in a minute so many in a hundred.
        long whole = moving * 60 / (percent * (PERMYRIAD / 100));
        return Math.unsignedMultiplyHigh(mix(place), MILLIONTHS) * whole / MILLIONTHS;
    }

    /** The finaliser of SplitMix64. */
    private static long mix(long hash) {
        long h = (hash ^ (hash >>> 30)) * 0xbf58476d1ce4e5b9L;
        h = (h ^ (h >>> 27)) * 0x94d049bb133111ebL;
        return h ^ (h >>> 31);
    }
}
