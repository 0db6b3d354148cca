package dev.moorgate.operator.release;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A key signs only once every replica has it, and verifies as long as its tokens live (design 7, Keys; fault H12). */
class KeyRotationTest {
    private static final Instant START = Instant.parse("2026-11-22T12:00:00Z");
    private static final KeyRotation ROTATION = new KeyRotation(Duration.ofDays(30), Duration.ofDays(7));

    private final SecureRandom random = new SecureRandom();
    private List<MasterKey> keys = List.of(MasterKey.fresh(random, START));

    private boolean step(Duration after, boolean everywhere) {
        Optional<List<MasterKey>> next = ROTATION.next(keys, START.plus(after), key -> everywhere, random);
        next.ifPresent(rotated -> keys = rotated);
        return next.isPresent();
    }

    @Test
    void keyThatIsYoungSignsOn() {
        assertThat(step(Duration.ofDays(29), true)).isFalse();
    }

    @Test
    void newKeyVerifiesFirstAndSignsOnceEveryReplicaHasIt() {
        MasterKey old = keys.getFirst();

        assertThat(step(Duration.ofDays(30), false)).isTrue();
        assertThat(keys).hasSize(2).first().isEqualTo(old);
        MasterKey fresh = keys.getLast();
        assertThat(step(Duration.ofDays(31), false)).isFalse();
        assertThat(step(Duration.ofDays(31), true)).isTrue();

        assertThat(keys).extracting(MasterKey::kid).containsExactly(fresh.kid(), old.kid());
        assertThat(keys.getFirst().since()).isEqualTo(START.plus(Duration.ofDays(31)));
    }

    @Test
    void theNextKeyIsDueAPeriodAfterTheSignerBeganAndThenWaits() {
        assertThat(ROTATION.due(keys)).contains(START.plus(Duration.ofDays(30)));
        assertThat(KeyRotation.pending(keys)).isEmpty();

        step(Duration.ofDays(30), true);
        assertThat(ROTATION.due(keys)).isEmpty();
        assertThat(KeyRotation.pending(keys)).contains(keys.getLast());

        step(Duration.ofDays(31), true);
        assertThat(ROTATION.due(keys)).contains(START.plus(Duration.ofDays(61)));
        assertThat(KeyRotation.pending(keys)).isEmpty();
    }

    @Test
    void oldKeyVerifiesForItsTimeAndIsForgottenThen() {
        step(Duration.ofDays(30), true);
        step(Duration.ofDays(30), true);

        assertThat(step(Duration.ofDays(36), true)).isFalse();
        assertThat(step(Duration.ofDays(37), true)).isTrue();
        assertThat(keys).hasSize(1);
        assertThat(step(Duration.ofDays(38), true)).isFalse();
    }

    @Test
    void clockThatWasSetBackChangesNothing() {
        step(Duration.ofDays(30), true);
        step(Duration.ofDays(30), true);

        assertThat(step(Duration.ofDays(-400), true)).isFalse();
    }

    @Test
    void yearsOfRotationKeepOneSignerAndFewOthers() {
        for (int day = 0; day < 1000; day++) {
            step(Duration.ofDays(day), day % 3 == 0);

            assertThat(keys).hasSizeBetween(1, 3);
            assertThat(keys).extracting(MasterKey::kid).doesNotHaveDuplicates();
        }
        assertThat(keys.getFirst().since()).isAfter(START.plus(Duration.ofDays(950)));
    }
}
