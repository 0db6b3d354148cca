package dev.moorgate.dataplane.admission;

import dev.moorgate.routetable.RoutePolicy.RateLimit;
import java.util.HexFormat;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The buckets of one rate limit. Clients have buckets as long as there is room for them in the process; those that come when there is
 * none share one, so that a flood of addresses neither fills memory nor opens the gate. Any thread.
 */
final class RateLimiter {
    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RateLimit limit;
    private final long interval;
    private final AtomicInteger room;
    private final RateBucket shared;
    private final ConcurrentHashMap<String, RateBucket> clients = new ConcurrentHashMap<>();
    private final AtomicLong sweptAt = new AtomicLong(Long.MIN_VALUE);

    /** @param room buckets that the process may still make */
    RateLimiter(RateLimit limit, AtomicInteger room) {
        this.limit = limit;
        this.room = room;
        this.interval = Math.max(1, limit.period().toNanos() / limit.requests());
        this.shared = new RateBucket(interval, limit.burst());
    }

    /** 0: let in; else the nanoseconds until the next one will be. */
    long take(String client, long now) {
        return limit.key() == RateLimit.Key.ROUTE
                ? shared.take(now)
                : of(client, now).take(now);
    }

    private RateBucket of(String client, long now) {
        String key = key(client);
        RateBucket known = clients.get(key);
        if (known != null) {
            return known;
        }
        if (room.get() <= 0) {
            sweep(now);
        }
        if (!takeRoom()) {
            return shared;
        }
        RateBucket fresh = new RateBucket(interval, limit.burst());
        RateBucket other = clients.putIfAbsent(key, fresh);
        if (other != null) {
            room.incrementAndGet();
            return other;
        }
        return fresh;
    }

    private boolean takeRoom() {
        if (room.decrementAndGet() >= 0) {
            return true;
        }
        room.incrementAndGet();
        return false;
    }

    /** Forgets full buckets, at most once a second. */
    private void sweep(long now) {
        long before = sweptAt.get();
        boolean isEarly = before != Long.MIN_VALUE && now - before < SWEEP_NANOS;
        if (isEarly || !sweptAt.compareAndSet(before, now)) {
            return;
        }
        clients.forEach((key, bucket) -> {
            if (bucket.isFull(now) && clients.remove(key, bucket)) {
                room.incrementAndGet();
            }
        });
    }

    /** The buckets by client. */
    ConcurrentHashMap<String, RateBucket> clients() {
        return clients;
    }

    /** A host of IPv6 has a network of 64 bits to choose addresses from. */
    static String key(String client) {
        byte @Nullable [] address = client.indexOf(':') < 0 ? null : Network.literal(client);
        return address == null || address.length != 16 ? client : HexFormat.of().formatHex(address, 0, 8);
    }
}
