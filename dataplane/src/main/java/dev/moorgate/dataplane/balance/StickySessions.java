package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.census.Census;
import dev.moorgate.dataplane.balance.token.SessionCodec;
import dev.moorgate.dataplane.balance.token.SessionCodec.Decoded;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What sessions of all tables share: clock, randomness, and tokens that have been verified already, so that a client that
 * comes again costs no decryption. Replicas share nothing but keys. One a process; any thread.
 */
public final class StickySessions {
    private static final int SLOTS = 4096;
    private static final int HASHED = 24;

    private final InstantSource clock;
    private final Consumer<byte[]> random;
    private final AtomicReferenceArray<@Nullable Known> known = new AtomicReferenceArray<>(SLOTS);
    private final Census census = new Census();

    /** A verified token, worth nothing to another policy or under other keys. */
    private static final class Known {
        private final byte[] token;
        private final SessionPolicy policy;
        private final Decoded decoded;

        Known(byte[] token, SessionPolicy policy, Decoded decoded) {
            this.token = token;
            this.policy = policy;
            this.decoded = decoded;
        }
    }

    /** Random bytes taken from the system's source a kilobyte at a time, by each thread for itself. */
    private static final class Supply implements Consumer<byte[]> {
        private static final int BYTES = 1024;

        private final SecureRandom source = new SecureRandom();
        private final ThreadLocal<ByteBuffer> stock =
                ThreadLocal.withInitial(() -> ByteBuffer.allocate(BYTES).limit(0));

        @Override
        public void accept(byte[] bytes) {
            ByteBuffer left = stock.get();
            if (left.remaining() < bytes.length) {
                byte[] fresh = new byte[BYTES];
                source.nextBytes(fresh);
                left.clear().put(fresh).flip();
            }
            left.get(bytes);
        }
    }

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
        return new StickySessions(InstantSource.system(), new Supply());
    }

    /**
     * The state of a table; policies that are equal to the previous ones are kept.
     *
     * @throws IllegalArgumentException where a key is not 32 bytes in base64
     */
    public BalanceState state(
            RouteTable table, EndpointTable endpoints, EndpointRegistry registry, @Nullable BalanceState previous) {
        Map<String, List<Endpoint>> byUpstream =
                HashMap.newHashMap(endpoints.upstreams().size());
        endpoints.upstreams().forEach(each -> byUpstream.put(each.upstream(), each.endpoints()));
        Map<String, EndpointSet> sets = HashMap.newHashMap(table.upstreams().size());
        for (Upstream upstream : table.upstreams()) {
            List<Endpoint> now = byUpstream.getOrDefault(upstream.name(), List.of());
            EndpointSet before = previous == null ? null : previous.set(upstream.name());
            boolean same = before != null && before.upstream().equals(upstream) && before.hasSame(now);
            EndpointSet set = same && before != null ? before : registry.set(upstream, now);
            sets.put(set.name(), set);
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
        Set<String> ids = new HashSet<>(policies.keySet());
        if (previous != null) {
            // It serves until the new one is in force, which may be refused.
            ids.addAll(previous.sessions().keySet());
        }
        census.retain(ids);
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

    /** Which sessions have been seen where. */
    public Census census() {
        return census;
    }

    /** Seconds since the epoch. */
    public long now() {
        return Math.floorDiv(clock.millis(), 1000L);
    }

    Consumer<byte[]> random() {
        return random;
    }

    /** Decodes by memory where it can; only good tokens are remembered, so that nobody can fill it with bad ones. */
    Decoded decode(SessionPolicy policy, SessionCodec codec, byte[] bytes, int start, int end, long now) {
        // The end of a token is random, so it tells tokens apart as well as the whole; a match is of the whole.
        int slot = (int) ConsistentHash.of(bytes, Math.max(start, end - HASHED), end) & (SLOTS - 1);
        Known seen = known.get(slot);
        if (seen != null
                && seen.policy.equals(policy)
                && Arrays.equals(seen.token, 0, seen.token.length, bytes, start, end)) {
            return seen.decoded;
        }
        Decoded decoded = codec.decode(bytes, start, end, now);
        if (decoded.token() != null) {
            known.set(slot, new Known(Arrays.copyOfRange(bytes, start, end), policy, decoded));
        }
        return decoded;
    }
}
