package dev.moorgate.dataplane.balance.steer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.StickySession.Rebalance;
import dev.moorgate.routetable.StickySession.Share;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RebalancingTest {
    private static final long SINCE = 1_763_800_000L;
    private static final int SESSIONS = 20_000;

    private final Random random = new Random(3);

    @Test
    void eachEndpointGetsItsShareAndTwoReplicasMoveTheSameSessions() {
        Rebalancing one = rebalancing(0, Duration.ZERO, new Share("d", 500), new Share("e", 1_000));
        Rebalancing other = rebalancing(0, Duration.ZERO, new Share("d", 500), new Share("e", 1_000));
        int d = 0;
        int e = 0;
        for (int i = 0; i < SESSIONS; i++) {
            long session = random.nextLong();
            String target = target(one, session, SINCE, "a");
            assertThat(target(other, session, SINCE, "a")).isEqualTo(target);
            d += "d".equals(target) ? 1 : 0;
            e += "e".equals(target) ? 1 : 0;
        }

        assertThat(d).isBetween(900, 1_100);
        assertThat(e).isBetween(1_880, 2_120);
    }

    @Test
    void whoBeganLaterOrIsWhereOthersGoStays() {
        Rebalancing all = rebalancing(0, Duration.ZERO, new Share("d", 10_000));
        for (int i = 0; i < 100; i++) {
            long session = random.nextLong();
            assertThat(target(all, session, SINCE, "a")).isEqualTo("d");
            assertThat(target(all, session, SINCE, "d")).isNull();
            assertThat(all.target(session, SINCE, SINCE, SINCE + 60, "a", key -> true))
                    .isNull();
        }
    }

    @Test
    void anEndpointOfAnotherUpstreamGetsNobody() {
        Rebalancing rebalancing = rebalancing(0, Duration.ZERO, new Share("d", 5_000), new Share("e", 5_000));
        Set<String> here = Set.of("a", "e");
        List<String> targets = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            String target = rebalancing.target(random.nextLong(), 1, SINCE, SINCE, "a", here::contains);
            if (target != null) {
                targets.add(target);
            }
        }

        assertThat(targets).containsOnly("e").hasSizeBetween(430, 570);
    }

    @Test
    void aBudgetMovesSoManyPercentAMinute() {
        // A fifth of all at two percent a minute: ten minutes.
        Rebalancing slow = rebalancing(2, Duration.ZERO, new Share("d", 2_000));
        long[] sessions = random.longs(SESSIONS).toArray();

        for (int minute = 1; minute <= 10; minute++) {
            int moved = moved(slow, sessions, SINCE + minute * 60L);
            assertThat(moved * 100.0 / SESSIONS).as("minute " + minute).isBetween(minute * 2 - 0.7, minute * 2 + 0.7);
        }
        assertThat(moved(slow, sessions, SINCE + 1_200)).isEqualTo(moved(slow, sessions, SINCE + 600));
    }

    @Test
    void aSessionThatIsNotIdleForLongEnoughStays() {
        Rebalancing patient = rebalancing(100, Duration.ofSeconds(100), new Share("d", 10_000));
        long now = SINCE + 600;

        assertThat(patient.target(7, 1, now - 109, now, "a", key -> true)).isNull();
        assertThat(patient.target(7, 1, now - 110, now, "a", key -> true)).isEqualTo("d");
        assertThat(patient.target(7, 1, SINCE - 1, now, "a", key -> true)).isNull();
    }

    private static int moved(Rebalancing rebalancing, long[] sessions, long now) {
        int moved = 0;
        for (long session : sessions) {
            moved += target(rebalancing, session, now, "a") == null ? 0 : 1;
        }
        return moved;
    }

    private static @Nullable String target(Rebalancing rebalancing, long session, long now, String home) {
        return rebalancing.target(session, SINCE - 1, now, now, home, key -> true);
    }

    private static Rebalancing rebalancing(int percent, Duration idle, Share... shares) {
        return new Rebalancing(new Rebalance(SINCE, List.of(shares), percent, idle));
    }
}
