package dev.moorgate.dataplane.balance.census;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.balance.census.SessionSample.Moored;
import dev.moorgate.dataplane.balance.census.SessionSample.State;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SessionSampleTest {
    private static final int WINDOW = 600;
    private static final int MOST = 64;

    private final Random random = new Random(7);
    private final SessionSample sample = sample();

    private static SessionSample sample() {
        var made = new SessionSample(wanted -> Math.min(MOST, wanted));
        made.keep(WINDOW, MOST);
        return made;
    }

    private static long estimate(State state, String endpoint) {
        return state.sessions().stream()
                        .filter(one -> one.endpoint().equals(endpoint))
                        .count()
                << state.halvings();
    }

    @Test
    void fewSessionsAreCountedExactlyWhereTheyWereSeenLast() {
        sample.seen(8, "a", 100);
        sample.seen(7, "a", 100);
        sample.seen(7, "b", 130);
        sample.seen(7, "b", 120);

        assertThat(sample.state(160)).isEqualTo(new State(0, List.of(moored(8, "a", 60), moored(7, "b", 30)), 0, 0));
    }

    private static Moored moored(long session, String endpoint, long idle) {
        return new Moored(session, endpoint, idle);
    }

    @Test
    void aSessionWithoutRequestsForAWindowIsForgotten() {
        sample.seen(1, "a", 100);
        sample.seen(2, "a", 400);

        assertThat(sample.state(100 + WINDOW - 1).sessions()).hasSize(2);
        assertThat(sample.state(100 + WINDOW).sessions())
                .extracting(Moored::session)
                .containsExactly(2L);
        assertThat(sample.state(400 + WINDOW).sessions()).isEmpty();
    }

    @Test
    void manySessionsAreEstimatedByNoMoreThanTheLimit() {
        for (int i = 0; i < 40_000; i++) {
            sample.seen(random.nextLong(), i % 4 == 0 ? "small" : "large", 100);
        }

        State state = sample.state(100);
        assertThat(state.sessions()).hasSizeLessThanOrEqualTo(MOST).hasSizeGreaterThan(MOST / 4);
        assertThat(estimate(state, "large")).isBetween(20_000L, 40_000L);
        assertThat(estimate(state, "small")).isBetween(5_000L, 18_000L);
    }

    @Test
    void samplesOfTwoReplicasAreOfTheSameSessions() {
        SessionSample other = sample();
        for (int i = 0; i < 40_000; i++) {
            long session = random.nextLong();
            sample.seen(session, "a", 100);
            other.seen(session, "a", 100);
        }

        assertThat(other.state(100)).isEqualTo(sample.state(100));
    }

    @Test
    void theSampleGrowsDenserAgainWhenSessionsEndAndNeverCountsWhatItDidNotTake() {
        for (int i = 0; i < 10_000; i++) {
            sample.seen(random.nextLong(), "a", 100);
        }
        assertThat(sample.state(100).halvings()).isPositive();
        long now = 100;
        State state = sample.state(now);
        for (int round = 0; round < 40 && state.halvings() > 0; round++) {
            now += WINDOW;
            // Ten sessions that go on for ever.
            for (long session = 1; session <= 10; session++) {
                sample.seen(session, "a", now);
            }
            state = sample.state(now);
            assertThat(estimate(state, "a")).isLessThanOrEqualTo(10L << state.halvings());
        }
        for (long session = 1; session <= 10; session++) {
            sample.seen(session, "a", now);
        }

        assertThat(sample.state(now)).satisfies(exact -> {
            assertThat(exact.halvings()).isZero();
            assertThat(estimate(exact, "a")).isEqualTo(10);
        });
    }

    @Test
    void sessionsOfAnEndpointAreCountedWhereTheyGoAndUntilTheyAreForgotten() {
        sample.seen(1, "a", 100);
        sample.seen(2, "a", 100);
        sample.seen(2, "b", 110);
        sample.seen(3, "b", 110);
        assertThat(List.of(sample.moored("a", 110), sample.moored("b", 110), sample.moored("c", 110)))
                .containsExactly(1L, 2L, 0L);

        assertThat(List.of(sample.moored("a", 100 + WINDOW), sample.moored("b", 100 + WINDOW)))
                .containsExactly(0L, 2L);
    }

    @Test
    void countsOfManyAreEstimatesAsTheSampleIs() {
        for (int i = 0; i < 10_000; i++) {
            sample.seen(random.nextLong(), i % 4 == 0 ? "small" : "large", 100);
        }

        State state = sample.state(100);
        assertThat(sample.moored("large", 100)).isEqualTo(estimate(state, "large"));
        assertThat(sample.moored("small", 100)).isEqualTo(estimate(state, "small"));
    }

    @Test
    void movesAreCountedOfTheLastRebalance() {
        sample.rebalanced(50);
        sample.rebalanced(50);
        sample.rebalanced(90);

        assertThat(sample.state(100)).satisfies(state -> {
            assertThat(state.rebalance()).isEqualTo(90);
            assertThat(state.rebalanced()).isEqualTo(1);
        });
    }

    @Test
    void allSamplesTogetherAreBounded() {
        var census = new Census();
        for (int policy = 0; policy < 1_000; policy++) {
            SessionSample one = census.sample("policy-" + policy, WINDOW, false);
            for (int i = 0; i < 400; i++) {
                one.seen(random.nextLong(), "a", 100);
            }
        }

        int kept = census.samples().values().stream()
                .mapToInt(one -> one.state(100).sessions().size())
                .sum();
        assertThat(kept).isLessThanOrEqualTo(32_768).isPositive();
    }
}
