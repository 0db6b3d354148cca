package dev.moorgate.dataplane.balance;

import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.KeyRing.SessionKey;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Binding;
import dev.moorgate.routetable.StickySession.Draining;
import dev.moorgate.routetable.StickySession.EmptyPool;
import dev.moorgate.routetable.StickySession.SameSite;
import dev.moorgate.routetable.StickySession.Secure;
import dev.moorgate.routetable.StickySession.Token;
import dev.moorgate.routetable.StickySession.Unhealthy;
import dev.moorgate.routetable.StickySession.ZeroWeight;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Sticky sessions, their keys and a clock that is set by hand. */
final class Sessions {
    static final long START = 1_763_800_000L;

    /** One for all tests: a nonce that comes twice is refused by the cipher. */
    static final Random RANDOM = new Random(11);

    private Sessions() {}

    /** Seconds that a test moves. */
    static final class Clock implements InstantSource {
        long seconds = START;

        @Override
        public Instant instant() {
            return Instant.ofEpochSecond(seconds);
        }
    }

    /** An instance of its own: nothing but keys is shared with others. */
    static StickySessions instance(InstantSource clock) {
        return new StickySessions(clock, RANDOM::nextBytes);
    }

    /** Keys by name, each of 32 bytes made from it; the first signs. */
    static KeyRing ring(String... kids) {
        List<SessionKey> keys = new ArrayList<>();
        for (String kid : kids) {
            byte[] secret = new byte[32];
            new Random(kid.hashCode()).nextBytes(secret);
            keys.add(new SessionKey(kid, new Redacted(Base64.getEncoder().encodeToString(secret))));
        }
        return new KeyRing("release", keys);
    }

    static Token.Cookie cookie(String name) {
        return new Token.Cookie(name, "/", Optional.empty(), Secure.AUTO, true, SameSite.LAX, false, Optional.empty());
    }

    static Builder session(String id) {
        return new Builder(id);
    }

    /** A session as StickyPolicy's defaults make it, and what a test changes. */
    static final class Builder {
        private final String id;
        private Token token = cookie("moor");
        private Binding binding = Binding.POD_UID;
        private Optional<Duration> absolute = Optional.empty();
        private Optional<Duration> idle = Optional.empty();
        private Unhealthy onUnhealthy = Unhealthy.REBALANCE;
        private Draining onDraining = Draining.KEEP;
        private EmptyPool onEmptyPool = EmptyPool.REPOOL;
        private ZeroWeight onZeroWeight = ZeroWeight.NO_NEW_SESSIONS;
        private boolean strip;
        private Optional<String> twin = Optional.empty();

        private Builder(String id) {
            this.id = id;
        }

        Builder token(Token made) {
            token = made;
            return this;
        }

        Builder binding(Binding made) {
            binding = made;
            return this;
        }

        Builder absolute(Duration made) {
            absolute = Optional.of(made);
            return this;
        }

        Builder idle(Duration made) {
            idle = Optional.of(made);
            return this;
        }

        Builder on(Unhealthy made) {
            onUnhealthy = made;
            return this;
        }

        Builder on(Draining made) {
            onDraining = made;
            return this;
        }

        Builder on(EmptyPool made) {
            onEmptyPool = made;
            return this;
        }

        Builder on(ZeroWeight made) {
            onZeroWeight = made;
            return this;
        }

        Builder twin(String name) {
            twin = Optional.of(name);
            return this;
        }

        Builder stripped() {
            strip = true;
            return this;
        }

        StickySession made() {
            StickySession plain = new StickySession(
                    id,
                    Pools.SOURCE,
                    token,
                    binding,
                    "release",
                    absolute,
                    idle,
                    onUnhealthy,
                    Duration.ofSeconds(3),
                    onDraining,
                    onEmptyPool,
                    onZeroWeight,
                    strip,
                    true);
            return plain.carried(twin, plain.algorithm());
        }
    }
}
