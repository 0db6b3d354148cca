package dev.moorgate.operator.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.crd.StickyPolicy;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicyStatus;
import dev.moorgate.operator.crd.StickyPolicyStatus.Draining;
import dev.moorgate.operator.crd.StickyPolicyStatus.LastRebalance;
import dev.moorgate.operator.crd.StickyPolicyStatus.Rebalance;
import dev.moorgate.operator.crd.StickyPolicyStatus.Share;
import dev.moorgate.operator.crd.StickyPolicyStatus.Steering;
import dev.moorgate.operator.sessions.SessionSummary.SeatCount;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SessionSteeringTest {
    private final SessionSteering steering = new SessionSteering();
    private Instant now = Instant.parse("2026-11-22T21:00:00Z");
    private List<Steering> shown = List.of();

    // ------------------------------------------------------------------ limits

    @Test
    void anEndpointIsFullAtItsLimitAndTakesSessionsAgainATenthBelow() {
        StickyPolicySpec spec = spec("limits: {maxSessionsPerEndpoint: 100}");

        assertThat(full(spec, 99, 100, 120)).containsExactly("pod1-uid/8080", "pod2-uid/8080");
        assertThat(full(spec, 95, 91, 90)).containsExactly("pod1-uid/8080", "pod2-uid/8080");
        assertThat(full(spec, 95, 89, 89)).isEmpty();
    }

    @Test
    void anEndpointWithMoreThanItsShareIsFullOnceThereAreEnoughToTell() {
        StickyPolicySpec spec = spec("limits: {maxSkew: 1.5}");

        assertThat(full(spec, 10, 1, 1)).isEmpty();
        assertThat(full(spec, 150, 75, 75)).containsExactly("pod0-uid/8080");
        assertThat(full(spec, 140, 80, 80)).containsExactly("pod0-uid/8080");
        assertThat(full(spec, 120, 90, 90)).isEmpty();
    }

    @Test
    void anEndpointThatDrainsIsNotSpokenOf() {
        EndpointTable endpoints = Fleet.endpoints(
                Fleet.endpoint("pod0", Endpoint.State.READY), Fleet.endpoint("pod1", Endpoint.State.DRAINING));
        SessionSteering.Plan plan = plan(spec("limits: {maxSessionsPerEndpoint: 10}"), count(20, 20), endpoints);

        assertThat(plan.steering().getFirst().full()).containsExactly("pod0-uid/8080");
    }

    // ------------------------------------------------------------------ rebalance

    @Test
    void anEndpointThatIsNewGetsWhatLiftsItToTheMeanOnceEveryReplicaKnowsIt() {
        StickyPolicySpec spec = spec("rebalance: {mode: Balanced}");
        plan(spec, count(100, 100, 100), endpoints(3));
        assertThat(plan(spec, count(100, 100, 100, 0), endpoints(4)).steering()).isEmpty();

        SessionSteering.Plan begun = plan(spec, count(100, 100, 100, 0), endpoints(4));

        assertThat(begun.steering())
                .containsExactly(new Steering(
                        Fleet.ID,
                        List.of(),
                        new Rebalance(now.toString(), List.of(new Share("pod3-uid/8080", 2_500)), 1.33),
                        List.of()));
    }

    @Test
    void itGoesOnUnchangedUntilAllWhoAreAboutHaveComeAndThenItsOutcomeIsTold() {
        StickyPolicySpec spec = spec("rebalance: {mode: Balanced}");
        plan(spec, count(100, 100, 100, 0), endpoints(4));
        List<Steering> begun = plan(spec, count(100, 100, 100, 0), endpoints(4)).steering();
        Instant since = now;
        for (int minute = 1; minute < 10; minute++) {
            SessionSteering.Plan going = plan(spec, count(90, 90, 90, 30), endpoints(4));
            assertThat(going.steering()).isEqualTo(begun);
            assertThat(going.last()).isEmpty();
        }

        SessionSteering.Plan over = plan(spec, moved(since, 74, 76, 75, 75, 74), endpoints(4));

        assertThat(over.steering()).isEmpty();
        assertThat(over.last()).contains(new LastRebalance(now.toString(), 74L, 1.33, 1.01));
    }

    @Test
    void aBudgetedOneLastsAsLongAsItsBudgetAsks() {
        StickyPolicySpec spec = spec("rebalance: {mode: Budgeted, maxMovePercentPerMinute: 5, minIdle: 2m}");
        plan(spec, count(100, 100, 100, 0), endpoints(4));
        // A quarter at five percent a minute takes five, then two of idleness and ten of the window.
        for (int minute = 0; minute < 17; minute++) {
            assertThat(plan(spec, count(100, 100, 100, 0), endpoints(4)).steering())
                    .as("minute " + minute)
                    .hasSize(1);
        }
        assertThat(plan(spec, count(75, 75, 75, 75), endpoints(4)).last()).isPresent();
    }

    @Test
    void neitherChanceNorFewSessionsNorPersistenceMoveAnybody() {
        for (String rule : List.of("rebalance: {mode: Balanced}", "rebalance: {mode: Persistent}")) {
            StickyPolicySpec spec = spec(rule);
            boolean moves = rule.contains("Balanced");
            for (int i = 0; i < 3; i++) {
                assertThat(plan(spec, count(110, 95, 105, 90), endpoints(4)).steering())
                        .isEmpty();
                assertThat(plan(spec, count(5, 5, 5, 0), endpoints(4)).steering())
                        .isEmpty();
            }
            assertThat(plan(spec, count(400, 0), endpoints(2)).steering()).hasSize(moves ? 1 : 0);
            shown = List.of();
        }
    }

    @Test
    void aRebalanceEndsWithTheWishForIt() {
        StickyPolicySpec spec = spec("rebalance: {mode: Balanced}");
        plan(spec, count(100, 0), endpoints(2));
        assertThat(plan(spec, count(100, 0), endpoints(2)).steering()).hasSize(1);

        assertThat(plan(spec("limits: {maxSkew: 9}"), count(100, 0), endpoints(2))
                        .steering())
                .isEmpty();
    }

    // ------------------------------------------------------------------ draining

    @Test
    void ofAnEndpointThatDrainsForLongerThanASurveyAllAreToldSinceWhen() {
        StickyPolicySpec spec = spec("drainDeadline: 10m");
        EndpointTable endpoints = Fleet.endpoints(
                Fleet.endpoint("pod0", Endpoint.State.DRAINING), Fleet.endpoint("pod1", Endpoint.State.READY));
        Instant since = now.plusSeconds(30);
        assertThat(plan(spec, draining(since), endpoints).steering())
                .as("most pods are gone by the next survey")
                .isEmpty();
        assertThat(plan(spec, draining(since), endpoints).steering())
                .containsExactly(new Steering(
                        Fleet.ID, List.of(), null, List.of(new Draining("pod0-uid/8080", since.toString()))));
        assertThat(plan(spec, draining(since.plusSeconds(50)), endpoints)
                        .steering()
                        .getFirst()
                        .draining())
                .as("what was told stands, whoever forgot it")
                .containsExactly(new Draining("pod0-uid/8080", since.toString()));
        assertThat(plan(spec, count(0, 3), endpoints).steering())
                .as("nobody is left on it, and somebody may come back")
                .hasSize(1);
        assertThat(plan(spec, count(0, 3), endpoints(2)).steering()).isEmpty();
        assertThat(plan(spec("onDraining: Rebalance, limits: {maxSkew: 9}"), draining(since), endpoints)
                        .steering())
                .isEmpty();
    }

    private static SeatCount draining(Instant since) {
        return new SeatCount(moored(1, 3), 0, 0, new TreeMap<>(Map.of("pod0-uid/8080", since.getEpochSecond())));
    }

    private List<String> full(StickyPolicySpec spec, long... counts) {
        List<Steering> told =
                plan(spec, count(counts), endpoints(counts.length)).steering();
        return told.isEmpty() ? List.of() : told.getFirst().full();
    }

    /** A minute later; what comes of it is what the status shows then. */
    private SessionSteering.Plan plan(StickyPolicySpec spec, SeatCount count, EndpointTable endpoints) {
        now = now.plusSeconds(60);
        StickyPolicyStatus status =
                new StickyPolicyStatus(List.of(), null, null, null, null, null, null, List.of(), null, shown);
        SessionSteering.Plan plan = steering.plan(spec, status, new TreeMap<>(Map.of(Fleet.ID, count)), endpoints, now);
        shown = plan.steering();
        return plan;
    }

    private static SeatCount count(long... counts) {
        return new SeatCount(moored(counts), 0, 0);
    }

    private static SeatCount moved(Instant since, long moved, long... counts) {
        return new SeatCount(moored(counts), since.getEpochSecond(), moved);
    }

    private static SortedMap<String, Long> moored(long... counts) {
        SortedMap<String, Long> moored = new TreeMap<>();
        for (int i = 0; i < counts.length; i++) {
            moored.put("pod" + i + "-uid/8080", counts[i]);
        }
        return moored;
    }

    private static EndpointTable endpoints(int count) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            endpoints.add(Fleet.endpoint("pod" + i, Endpoint.State.READY));
        }
        return Fleet.endpoints(endpoints.toArray(Endpoint[]::new));
    }

    private static StickyPolicySpec spec(String rules) {
        StickyPolicy policy = new KubernetesSerialization().unmarshal("""
                apiVersion: moorgate.dev/v1alpha1
                kind: StickyPolicy
                metadata: {namespace: shop, name: cart}
                spec: {targetRefs: [{kind: Service, name: cart}], %s}
                """.formatted(rules), StickyPolicy.class);
        StickyPolicySpec spec = policy.getSpec();
        assertThat(spec).isNotNull();
        return spec;
    }
}
