package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.SessionCodec.Decoded;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What sessions of all tables share: clock, randomness, and tokens that have been verified already, so that a client that
 * comes again costs no decryption. Replicas share nothing but keys. One a process; any thread.
 */
public final class StickySessions {
    private static final int SLOTS = 4096;

    private final InstantSource clock;
    private final Consumer<byte[]> random;
    private final AtomicReferenceArray<@Nullable Known> known = new AtomicReferenceArray<>(SLOTS);

    /** A verified token, worth nothing to another policy or under other keys. */
    private record Known(long hash, String token, SessionPolicy policy, Decoded decoded) {}

    /**
     * Remembers nothing yet.
     *
     * @param random fills an array with unpredictable bytes
     */
    public StickySessions(InstantSource clock, Consumer<byte[]> random) {
        this.clock = clock;
        this.random = random;
    }

    /** With the system's clock and randomness. */
    public static StickySessions system() {
        return new StickySessions(InstantSource.system(), new SecureRandom()::nextBytes);
    }

    /**
     * The state of a table; policies that are equal to the previous ones are kept.
     *
     * @throws IllegalArgumentException where a key is not 32 bytes in base64
     */
    public BalanceState state(
            RouteTable table, EndpointTable endpoints, EndpointRegistry registry, @Nullable BalanceState previous) {
        Map<String, List<Endpoint>> byUpstream = new HashMap<>();
        endpoints.upstreams().forEach(each -> byUpstream.put(each.upstream(), each.endpoints()));
        Map<String, EndpointSet> sets = new HashMap<>();
        for (Upstream upstream : table.upstreams()) {
            List<Endpoint> now = byUpstream.getOrDefault(upstream.name(), List.of());
            EndpointSet before = previous == null ? null : previous.set(upstream.name());
            boolean same = before != null && before.upstream().equals(upstream) && before.hasSame(now);
            sets.put(upstream.name(), same && before != null ? before : registry.set(upstream, now));
        }
        Map<String, KeyRing> rings = new HashMap<>();
        table.keyRings().forEach(ring -> rings.put(ring.name(), ring));
        Map<String, SessionPolicy> policies = new HashMap<>();
        for (StickySession session : table.sessions()) {
            KeyRing ring = rings.get(session.keyRing());
            SessionPolicy before = previous == null ? null : previous.session(session.id());
            boolean same = before != null && before.isFor(session, ring);
            policies.put(session.id(), same && before != null ? before : policy(session, ring));
        }
        return new BalanceState(sets, policies);
    }

    /**
     * A compiled policy.
     *
     * @param ring may be absent for hashing
     */
    SessionPolicy policy(StickySession session, @Nullable KeyRing ring) {
        return new SessionPolicy(session, ring, this);
    }

    /** Seconds since the epoch. */
    long now() {
        return Math.floorDiv(clock.millis(), 1000L);
    }

    Consumer<byte[]> random() {
        return random;
    }

    /** Decodes by memory where it can; only good tokens are remembered, so that nobody can fill it with bad ones. */
    Decoded decode(SessionPolicy policy, SessionCodec codec, byte[] bytes, int start, int end, long now) {
        long hash = ConsistentHash.of(bytes, start, end);
        int slot = (int) hash & (SLOTS - 1);
        Known seen = known.get(slot);
        if (seen != null && seen.hash == hash && seen.policy == policy && isSame(seen.token, bytes, start, end)) {
            return seen.decoded;
        }
        Decoded decoded = codec.decode(bytes, start, end, now);
        if (decoded.token() != null) {
            String token = new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
            known.set(slot, new Known(hash, token, policy, decoded));
        }
        return decoded;
    }

    private static boolean isSame(String token, byte[] bytes, int start, int end) {
        if (token.length() != end - start) {
            return false;
        }
        for (int i = 0; i < token.length(); i++) {
            if (token.charAt(i) != bytes[start + i]) {
                return false;
            }
        }
        return true;
    }
}
