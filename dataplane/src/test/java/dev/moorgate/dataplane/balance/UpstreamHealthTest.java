package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.attempts;
import static dev.moorgate.dataplane.balance.Pools.key;
import static dev.moorgate.dataplane.balance.Pools.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import dev.moorgate.routetable.Upstream.HealthCheck;
import dev.moorgate.routetable.Upstream.OutlierDetection;
import dev.moorgate.routetable.Upstream.SlowStart;
import dev.moorgate.routetable.Upstream.SuccessRate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who is put aside, for how long, when that is ignored, and how a place is taken again; every change is told once. */
class UpstreamHealthTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final Duration HALF_MINUTE = Duration.ofSeconds(30);

    private final AtomicLong nanos = new AtomicLong(-5 * SECOND);
    private final List<String> changes = new ArrayList<>();
    private final EndpointRegistry registry = new EndpointRegistry(
            nanos::get,
            "",
            (upstream, endpoint, change, reason) -> changes.add((endpoint == null ? upstream : endpoint.key()) + " "
                    + change + (reason.isEmpty() ? "" : " " + reason)));

    private final Upstream plain = Pools.upstream("u", Balancing.ROUND_ROBIN);

    @Test
    void errorsFailuresAndLocalFailuresAreCountedApart() {
        EndpointSet set = registry.set(plain.with(rules(4, 3, 2, 0)), ready(6));
        List<Candidate> all = set.all();

        times(3, () -> set.answered(all.get(0), 500));
        assertThat(changes).isEmpty();
        set.answered(all.get(0), 503);
        times(3, () -> set.answered(all.get(1), 502));
        times(2, () -> set.failed(all.get(2)));
        times(2, () -> {
            set.answered(all.get(3), 503);
            set.answered(all.get(3), 503);
            set.failed(all.get(3));
            set.answered(all.get(3), 404);
        });

        assertThat(changes)
                .containsExactly(
                        "pod000 EJECTED consecutive_errors",
                        "pod001 EJECTED consecutive_failures",
                        "pod002 EJECTED consecutive_local_failures");
    }

    @Test
    void anyOtherErrorEndsARowOfFailuresAndAnyAnswerARowOfLocalOnes() {
        EndpointSet set = registry.set(plain.with(rules(0, 3, 2, 0)), ready(4));
        Candidate one = set.all().getFirst();
        for (int i = 0; i < 3; i++) {
            times(2, () -> set.answered(one, 503));
            set.answered(one, 500);
            set.failed(one);
        }

        assertThat(changes).isEmpty();
    }

    @Test
    void ejectionsGrowToTheLongestAndTheirEndIsToldOnce() {
        EndpointSet set = registry.set(
                plain.with(
                        new OutlierDetection(0, 1, 0, HALF_MINUTE, Duration.ofSeconds(70), 100, 0, Optional.empty())),
                ready(3));
        EndpointState state = set.all().getFirst().state();
        for (long seconds : new long[] {30, 60, 70, 70}) {
            set.failed(set.all().getFirst());
            assertThat(state.outFor(nanos.get())).isEqualTo(Duration.ofSeconds(seconds));
            nanos.addAndGet(seconds * SECOND);
            registry.tick();
            registry.tick();
        }

        assertThat(changes).hasSize(8).endsWith("pod000 EJECTED consecutive_failures", "pod000 RETURNED");
    }

    @Test
    void aReturnIsSeenByPicksAsWellAndEndsTheLooksAtTheClock() {
        EndpointSet set = registry.set(plain.with(rules(0, 1, 0, 0)), ready(2));
        set.failed(set.all().getFirst());
        nanos.addAndGet(30 * SECOND);

        assertThat(picks(set, 10)).contains("pod000");
        assertThat(changes).containsExactly("pod000 EJECTED consecutive_failures", "pod000 RETURNED");
    }

    @Test
    void belowThePanicThresholdEjectionsAreIgnoredAndFailedChecksAreNot() {
        EndpointSet set = registry.set(plain.with(rules(0, 1, 0, 50)), ready(4));
        set.failed(set.all().get(0));
        set.failed(set.all().get(1));
        assertThat(picks(set, 20)).doesNotContain("pod000", "pod001");

        set.all().get(2).state().checkFailed("status 500");

        assertThat(picks(set, 20)).contains("pod000", "pod001", "pod003").doesNotContain("pod002");
        set.all().get(2).state().checkPassed();
        assertThat(picks(set, 20)).doesNotContain("pod000", "pod001").contains("pod002", "pod003");
        assertThat(changes)
                .containsSequence(
                        "pod002 CHECK_FAILED status 500",
                        "u PANIC 1 of 4 endpoints are good",
                        "pod002 CHECK_PASSED",
                        "u CALM 2 of 4 endpoints are good");
    }

    @Test
    void whereNobodyIsGoodEjectionsAreIgnoredWithoutAThresholdToo() {
        EndpointSet set = registry.set(plain.with(rules(0, 1, 0, 0)), ready(3));
        set.failed(set.all().get(0));
        set.all().get(1).state().checkFailed("refused");
        assertThat(picks(set, 20)).containsOnly("pod002");

        set.all().get(2).state().checkFailed("refused");

        assertThat(picks(set, 20)).containsOnly("pod000");
        set.all().get(1).state().checkPassed();
        assertThat(picks(set, 20)).containsOnly("pod001");
        assertThat(changes)
                .containsSubsequence("u PANIC 0 of 3 endpoints are good", "u CALM 1 of 3 endpoints are good");
    }

    @Test
    void failingOpenIsToldAndEndsWithTheFirstPass() {
        EndpointSet set = registry.set(plain.with(check(true)), ready(2));
        set.all().forEach(candidate -> candidate.state().checkFailed("refused"));
        assertThat(picks(set, 10)).contains("pod000", "pod001");

        set.all().getFirst().state().checkPassed();

        assertThat(picks(set, 10)).containsOnly("pod000");
        assertThat(changes)
                .containsSubsequence("u OPENED 2 of 2 fail their checks", "u CLOSED 1 of 2 fail their checks");
    }

    @Test
    void whereNothingFailsOpenAllDownServesNobody() {
        EndpointSet set = registry.set(plain.with(check(false)), ready(2));
        set.all().forEach(candidate -> candidate.state().checkFailed("refused"));

        assertThat(set.pick(attempts())).isNull();
        assertThat(set.canServe()).isFalse();
    }

    @Test
    void anEndpointFarBelowTheOthersSuccessIsEjectedAtTheIntervalsEnd() {
        var rule = new SuccessRate(Duration.ofSeconds(10), 5, 100, 190);
        EndpointSet set = registry.set(
                plain.with(new OutlierDetection(0, 0, 0, HALF_MINUTE, HALF_MINUTE, 50, 0, Optional.of(rule))),
                ready(6));
        for (Candidate candidate : set.all()) {
            IntStream.range(0, 120)
                    .forEach(i -> set.answered(candidate, candidate.place() == 4 && i % 2 == 0 ? 500 : 200));
        }
        nanos.addAndGet(9 * SECOND);
        registry.tick();
        assertThat(changes).isEmpty();
        nanos.addAndGet(SECOND);
        registry.tick();
        nanos.addAndGet(10 * SECOND);
        registry.tick();

        assertThat(changes).containsExactly("pod004 EJECTED success_rate");
    }

    @Test
    void newAndReturningEndpointsGetTheirShareBitByBit() {
        Upstream slow = plain.with(new SlowStart(Duration.ofSeconds(100), 10)).with(rules(0, 1, 0, 0));
        EndpointSet first = registry.set(slow, ready(3));
        assertThat(share(first, "pod000")).isBetween(0.30, 0.36);

        EndpointSet grown = registry.set(slow, ready(4));
        registry.retain(List.of(grown));
        EndpointState fresh = grown.all().get(3).state();

        assertThat(fresh.sharePercent(nanos.get())).isEqualTo(10);
        assertThat(share(grown, "pod003")).isBetween(0.02, 0.05);
        nanos.addAndGet(50 * SECOND);
        assertThat(share(grown, "pod003")).isBetween(0.11, 0.18);
        nanos.addAndGet(50 * SECOND);
        registry.tick();
        assertThat(share(grown, "pod003")).isBetween(0.23, 0.27);
        assertThat(changes).containsExactly("pod003 WARMED");

        grown.failed(grown.all().getFirst());
        nanos.addAndGet(30 * SECOND);
        registry.tick();
        assertThat(grown.all().getFirst().state().sharePercent(nanos.get())).isEqualTo(10);
    }

    private double share(EndpointSet set, String endpoint) {
        return picks(set, 8_000).stream().filter(endpoint::equals).count() / 8_000.0;
    }

    private static List<String> picks(EndpointSet set, int times) {
        Attempts attempts = attempts();
        return IntStream.range(0, times).mapToObj(i -> key(set.pick(attempts))).toList();
    }

    private static OutlierDetection rules(int errors, int failures, int local, int panic) {
        return new OutlierDetection(
                errors, failures, local, HALF_MINUTE, Duration.ofMinutes(5), 50, panic, Optional.empty());
    }

    private static HealthCheck check(boolean failsOpen) {
        return new HealthCheck(
                HealthCheck.Kind.TCP,
                "",
                Optional.empty(),
                List.of(),
                "",
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                2,
                3,
                failsOpen);
    }

    private static void times(int count, Runnable action) {
        IntStream.range(0, count).forEach(_ -> action.run());
    }
}
