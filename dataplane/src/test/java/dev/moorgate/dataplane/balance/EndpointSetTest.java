package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.attempts;
import static dev.moorgate.dataplane.balance.Pools.draining;
import static dev.moorgate.dataplane.balance.Pools.key;
import static dev.moorgate.dataplane.balance.Pools.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Upstream.Balancing;
import dev.moorgate.routetable.Upstream.OutlierDetection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests are spread over what is healthy, and there is always somewhere to go while anything might serve (fault F1). */
class EndpointSetTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final AtomicLong nanos = new AtomicLong(-5 * SECOND);
    private final EndpointRegistry registry = new EndpointRegistry(nanos::get);

    @Test
    void roundRobinIsExact() {
        EndpointSet set = set(Balancing.ROUND_ROBIN, ready(4));

        assertThat(counts(set, 400))
                .containsExactly(
                        Map.entry("pod000", 100),
                        Map.entry("pod001", 100),
                        Map.entry("pod002", 100),
                        Map.entry("pod003", 100));
    }

    @Test
    void theShareOfAnEjectedEndpointIsSpreadOverAllOthers() {
        EndpointSet set = set(Balancing.ROUND_ROBIN, ready(4));
        eject(set, 1);

        Map<String, Integer> counts = counts(set, 3_000);

        assertThat(counts).doesNotContainKey("pod001").hasSize(3);
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isEqualTo(1_000));
    }

    @ParameterizedTest
    @EnumSource(Balancing.class)
    void everyBalancingIsFairOverEqualEndpoints(Balancing balancing) {
        Map<String, Integer> counts = counts(set(balancing, ready(10)), 100_000);

        assertThat(counts).hasSize(10);
        // E8's tenth is more than ten standard deviations of what is drawn.
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(9_000, 11_000));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void leastRequestFindsTheOneIdleEndpointAmongFew(int endpoints) {
        EndpointSet set = set(Balancing.LEAST_REQUEST, ready(endpoints));
        for (Candidate busy : set.all().subList(1, endpoints)) {
            busy.state().begin();
        }

        assertThat(counts(set, 200)).containsExactly(Map.entry("pod000", 200));
    }

    @Test
    void aRetryGoesToTheLessLoadedOfTheOthersHoweverIdleTheOneThatFailed() {
        EndpointSet set = set(Balancing.LEAST_REQUEST, ready(3));
        set.all().get(1).state().begin();
        set.all().get(2).state().begin();
        set.all().get(2).state().begin();
        for (int i = 0; i < 100; i++) {
            Attempts attempts = attempts();
            attempts.failed(set.all().getFirst());

            assertThat(key(set.pick(attempts))).isEqualTo("pod001");
        }
    }

    @Test
    void leastRequestOfManyAvoidsTheMostLoadedOnly() {
        EndpointSet set = set(Balancing.LEAST_REQUEST, ready(5));
        set.all().getFirst().state().begin();

        assertThat(counts(set, 1_000)).containsOnlyKeys("pod001", "pod002", "pod003", "pod004");
    }

    @Test
    void leastRequestAvoidsTheLoaded() {
        EndpointSet set = set(Balancing.LEAST_REQUEST, ready(2));
        set.all().get(0).state().begin();

        assertThat(counts(set, 50)).containsExactly(Map.entry("pod001", 50));

        set.all().get(0).state().end();
        assertThat(counts(set, 200)).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource(Balancing.class)
    void aRetryGoesElsewhereWhileThereIsElsewhere(Balancing balancing) {
        EndpointSet set = set(balancing, ready(3));
        for (int i = 0; i < 100; i++) {
            Attempts attempts = attempts();
            Candidate first = set.pick(attempts);
            attempts.failed(first);
            Candidate second = set.pick(attempts);
            attempts.failed(second);
            Candidate third = set.pick(attempts);
            attempts.failed(third);

            assertThat(List.of(key(first), key(second), key(third))).doesNotHaveDuplicates();
            assertThat(set.pick(attempts)).isNotNull();
        }
    }

    @Test
    void fiveFailuresInARowEjectForThirtySeconds() {
        EndpointSet set = set(Balancing.ROUND_ROBIN, ready(4));
        Candidate bad = set.all().get(0);
        for (int i = 0; i < 4; i++) {
            set.failed(bad);
        }
        set.answered(bad, 200);
        for (int i = 0; i < 4; i++) {
            set.failed(bad);
        }
        assertThat(counts(set, 40)).containsKey("pod000");

        set.failed(bad);

        assertThat(counts(set, 40)).doesNotContainKey("pod000");
        nanos.addAndGet(30 * SECOND);
        assertThat(counts(set, 40)).containsKey("pod000");
    }

    @Test
    void ejectionsGrowTenfoldAtMostAndGoodServiceForgives() {
        EndpointState state = set(Balancing.ROUND_ROBIN, ready(4)).all().get(0).state();
        Duration base = Duration.ofSeconds(30);
        for (int times = 1; times <= 12; times++) {
            state.eject(nanos.get(), base);
            long length = 30 * SECOND * Math.min(times, 10);
            nanos.addAndGet(length - 1);
            assertThat(state.isEjected(nanos.get())).isTrue();
            nanos.addAndGet(1);
            assertThat(state.isEjected(nanos.get())).isFalse();
        }

        nanos.addAndGet(30 * SECOND * 8);
        state.eject(nanos.get(), base);

        assertThat(state.isEjected(nanos.get() + 90 * SECOND - 1)).isTrue();
        assertThat(state.isEjected(nanos.get() + 90 * SECOND)).isFalse();
    }

    @ParameterizedTest(name = "{0} endpoints, at most {1} %: {2} may go")
    @CsvSource({"1, 50, 0", "1, 100, 0", "2, 50, 1", "3, 50, 1", "4, 50, 2", "4, 100, 3", "4, 0, 0", "10, 30, 3"})
    void ejectionsStopAtTheirShareAndNeverTakeTheLast(int endpoints, int percent, int mayGo) {
        EndpointSet set = registry.set(
                Pools.upstream(
                        "u" + endpoints + percent,
                        Balancing.ROUND_ROBIN,
                        new OutlierDetection(1, Duration.ofSeconds(30), percent),
                        Optional.empty()),
                ready(endpoints));

        set.all().forEach(set::failed);
        set.all().forEach(set::failed);

        assertThat(set.all().stream().filter(set::isEjected)).hasSize(mayGo);
    }

    @Test
    void whereAllAreEjectedEjectionIsIgnored() {
        EndpointSet set = set(Balancing.ROUND_ROBIN, ready(2));
        set.all().forEach(candidate -> candidate.state().eject(nanos.get(), Duration.ofSeconds(30)));

        assertThat(counts(set, 100)).containsOnlyKeys("pod000", "pod001");
    }

    @Test
    void whatFailedItsCheckServesNothingAndAllOfThemAreToldApartFromNone() {
        EndpointSet set = set(Balancing.ROUND_ROBIN, ready(2));
        set.all().get(0).state().checkFailed();
        assertThat(counts(set, 10)).containsExactly(Map.entry("pod001", 10));

        set.all().get(1).state().checkFailed();

        assertThat(set.pick(attempts())).isNull();
        assertThat(set.whyNone()).isEqualTo(ProxyFailure.ALL_UNHEALTHY);
        assertThat(set(Balancing.ROUND_ROBIN, List.of()).whyNone()).isEqualTo(ProxyFailure.NO_ENDPOINTS);

        set.all().get(0).state().checkPassed();
        assertThat(key(set.pick(attempts()))).isEqualTo("pod000");
    }

    @Test
    void drainingEndpointsServeNewRequestsOnlyWhereNothingElseDoes() {
        EndpointSet mixed = set(Balancing.ROUND_ROBIN, List.of(draining("a"), ready("b")));
        EndpointSet alone = set(Balancing.ROUND_ROBIN, List.of(draining("a")));

        assertThat(counts(mixed, 10)).containsExactly(Map.entry("b", 10));
        assertThat(counts(alone, 10)).containsExactly(Map.entry("a", 10));
    }

    @Test
    void stateOutlivesVersionsByKeyAndIsForgottenWithTheEndpoint() {
        EndpointSet before = set(Balancing.ROUND_ROBIN, ready(3));
        before.all().get(2).state().begin();
        Endpoint moved = new Endpoint(
                "pod002",
                "pod",
                Optional.empty(),
                Optional.of("2001:db8::9"),
                9090,
                Optional.empty(),
                Endpoint.State.READY);

        EndpointSet after = set(Balancing.ROUND_ROBIN, List.of(ready("pod001"), moved));
        registry.retain(List.of(after));

        assertThat(after.all().get(1).state()).isSameAs(before.all().get(2).state());
        assertThat(after.all().get(1).state().inFlight()).isEqualTo(1);
        EndpointSet again = set(Balancing.ROUND_ROBIN, ready(3));
        assertThat(again.all().get(0).state()).isNotSameAs(before.all().get(0).state());
        assertThat(again.all().get(1).state()).isSameAs(before.all().get(1).state());
    }

    private void eject(EndpointSet set, int place) {
        set.all().get(place).state().eject(nanos.get(), Duration.ofSeconds(30));
    }

    private EndpointSet set(Balancing balancing, List<Endpoint> endpoints) {
        return registry.set(Pools.upstream("shop/cart/80", balancing), endpoints);
    }

    private static Map<String, Integer> counts(EndpointSet set, int picks) {
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < picks; i++) {
            counts.merge(key(set.pick(attempts())), 1, Integer::sum);
        }
        return counts;
    }
}
