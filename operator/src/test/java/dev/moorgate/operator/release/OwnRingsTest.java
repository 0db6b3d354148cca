package dev.moorgate.operator.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Keys of policies that have their own: no step of them costs a session, and none is taken before every replica can follow. */
class OwnRingsTest {
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    private static final KeyRotation DAILY = new KeyRotation(Duration.ofDays(1), Duration.ofDays(8));

    private final SecureRandom random = new SecureRandom();
    private ReleaseKeys keys = ReleaseKeys.fresh(random, START);

    private Set<String> used = Set.of("cart");

    private List<MasterKey> step(Duration after, boolean wanted, boolean everywhere) {
        SortedMap<String, KeyRotation> wishes =
                wanted ? new TreeMap<>(Map.of("cart", DAILY)) : Collections.emptySortedMap();
        keys = keys.with(
                keys.masterKeys(),
                OwnRings.next(
                        keys,
                        KeyRotation.STANDARD,
                        wishes,
                        used,
                        START.plus(after),
                        (owner, ring) -> {
                            assertThat(ring).isEqualTo(keys.ownKeys().get(owner));
                            return everywhere;
                        },
                        random));
        return keys.ownKeys().getOrDefault("cart", List.of());
    }

    /** All steps that are due, one a look. */
    private List<MasterKey> settle(Duration after) {
        List<MasterKey> ring = List.of();
        for (int look = 0; look < 4; look++) {
            ring = step(after.plusMinutes(look), true, true);
        }
        return ring;
    }

    private static List<String> kids(List<MasterKey> ring) {
        return ring.stream().map(MasterKey::kid).toList();
    }

    @Test
    void aRingBeginsWithTheReleasesSignerAndItsFirstKeySignsOnceEveryReplicaHasIt() {
        String release = keys.masterKeys().getFirst().kid();

        List<MasterKey> begun = step(Duration.ZERO, true, true);
        assertThat(kids(begun)).hasSize(2).first().isEqualTo(release);
        assertThat(KeyRotation.pending(begun)).contains(begun.getLast());
        assertThat(step(Duration.ofHours(5), true, false)).isEqualTo(begun);
        List<MasterKey> signing = step(Duration.ofHours(6), true, true);

        assertThat(kids(signing)).containsExactly(begun.getLast().kid(), release);
        assertThat(kids(settle(Duration.ofHours(6).plusDays(8))))
                .as("what the release's key signed is over")
                .doesNotContain(release);
    }

    @Test
    void aKeyOfTheReleaseThatWaitsIsNotTaken() {
        MasterKey waiting = MasterKey.fresh(random, START.plusSeconds(60));
        keys = keys.with(List.of(keys.masterKeys().getFirst(), waiting), Collections.emptySortedMap());

        assertThat(kids(step(Duration.ofHours(1), true, false))).doesNotContain(waiting.kid());
    }

    @Test
    void whoeverSignedVerifiesForTheOverlapWhateverTheWishesAre() {
        Map<String, Duration> signedLast = new TreeMap<>();
        for (int hour = 0; hour < 24 * 120; hour++) {
            Duration now = Duration.ofHours(hour);
            // Wanted, then not, then wanted again; replicas hear of a step now and then.
            boolean wanted = hour % (24 * 40) < 24 * 20;
            List<MasterKey> ring = step(now, wanted, hour % 3 == 0);
            List<MasterKey> inForce = ring.isEmpty() ? keys.masterKeys() : ring;
            signedLast.put(inForce.getFirst().kid(), now);
            Set<String> verify = new HashSet<>(kids(inForce));
            signedLast.forEach((kid, last) -> {
                if (now.minus(last).compareTo(Duration.ofDays(7)) < 0) {
                    assertThat(verify).as("hour " + now).contains(kid);
                }
            });
            assertThat(ring).hasSizeLessThan(16);
        }
        assertThat(signedLast).hasSizeGreaterThan(40);
    }

    @Test
    void aRingThatNobodyWantsEndsWhenItsKeysHaveAndTheReleaseSignsUntilThen() {
        step(Duration.ZERO, true, true);
        String own = step(Duration.ofHours(1), true, true).getFirst().kid();

        List<MasterKey> led = step(Duration.ofHours(2), false, true);
        assertThat(led.getFirst().kid()).isEqualTo(keys.masterKeys().getFirst().kid());
        assertThat(kids(led)).contains(own);
        assertThat(step(Duration.ofDays(31), false, true)).isNotEmpty();
        step(Duration.ofDays(32), false, true);
        assertThat(step(Duration.ofDays(33), false, true)).isEmpty();
        assertThat(keys.ownKeys()).isEmpty();
    }

    @Test
    void ofAPolicyThatIsGoneNothingIsKeptForLong() {
        step(Duration.ZERO, true, true);
        step(Duration.ofHours(1), true, true);
        used = Set.of();
        step(Duration.ofHours(2), false, true);
        assertThat(step(Duration.ofDays(2), false, true)).isNotEmpty();
        step(Duration.ofDays(2).plusHours(2), false, true);

        assertThat(step(Duration.ofDays(2).plusHours(3), false, true)).isEmpty();
    }

    @Test
    void aRingThatIsInstalledNowhereIsNotWaitedFor() {
        step(Duration.ZERO, true, true);
        step(Duration.ofHours(1), true, true);
        settle(Duration.ofDays(9).plusHours(2));
        used = Set.of();
        for (int hour = 0; hour < 60; hour++) {
            step(Duration.ofDays(10).plusHours(hour), false, false);
        }

        assertThat(keys.ownKeys()).isEmpty();
    }

    @Test
    void aSignerThatTheRingNeverHadVerifiesFirst() {
        step(Duration.ZERO, true, true);
        step(Duration.ofHours(1), true, true);
        settle(Duration.ofDays(9).plusHours(2));
        String release = keys.masterKeys().getFirst().kid();
        assertThat(kids(keys.ownKeys().get("cart"))).doesNotContain(release);

        List<MasterKey> more = step(Duration.ofDays(20), false, false);
        assertThat(kids(more)).last().isEqualTo(release);
        assertThat(kids(step(Duration.ofDays(21), false, false))).first().isNotEqualTo(release);
        assertThat(kids(step(Duration.ofDays(22), false, true))).first().isEqualTo(release);
    }

    @Test
    void ofMorePoliciesThanTheSecretHasRoomForTheLastOnesWait() {
        SortedMap<String, KeyRotation> wishes = new TreeMap<>();
        for (int i = 0; i < OwnRings.MOST + 20; i++) {
            wishes.put("policy-%03d".formatted(i), DAILY);
        }

        assertThat(OwnRings.next(
                        keys, KeyRotation.STANDARD, wishes, wishes.keySet(), START, (owner, ring) -> true, random))
                .hasSize(OwnRings.MOST);
        keys = keys.with(
                keys.masterKeys(),
                OwnRings.next(
                        keys,
                        KeyRotation.STANDARD,
                        new TreeMap<>(wishes.headMap("policy-200")),
                        wishes.keySet(),
                        START,
                        (owner, ring) -> true,
                        random));
        assertThat(keys.ownKeys()).hasSize(200);
        assertThat(OwnRings.next(
                        keys, KeyRotation.STANDARD, wishes, wishes.keySet(), START, (owner, ring) -> true, random))
                .hasSize(OwnRings.MOST);
    }

    @Test
    void ringsAreReadAsTheyWereWritten() {
        step(Duration.ZERO, true, true);
        step(Duration.ofHours(1), true, true);

        ReleaseKeys read = ReleaseKeys.read(keys.data());

        assertThat(read.hasSameKeys(keys)).isTrue();
        assertThat(keys.data()).containsKey("session-keys.cart");
        assertThat(ReleaseKeys.ring("cart", read.ownKeys().get("cart")).name()).isEqualTo("moorgate/cart");
        List<MasterKey> other = new ArrayList<>(read.ownKeys().get("cart"));
        other.removeLast();
        assertThat(read.with(read.masterKeys(), new TreeMap<>(Map.of("cart", other)))
                        .hasSameKeys(keys))
                .isFalse();
    }
}
