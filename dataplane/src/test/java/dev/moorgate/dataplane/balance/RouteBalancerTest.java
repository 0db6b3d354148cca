package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.StickySession.EmptyPool;
import dev.moorgate.routetable.StickySession.HashOn;
import dev.moorgate.routetable.StickySession.Token;
import dev.moorgate.routetable.StickySession.ZeroWeight;
import dev.moorgate.routetable.Upstream.Balancing;
import dev.moorgate.routetable.Upstream.OutlierDetection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Weights choose the upstream first (GEP-1619); a session holds it only where the policy says StickToBackend (fault I8). */
class RouteBalancerTest {
    private static final KeyRing RING = Sessions.ring("k1");

    private final Sessions.Clock clock = new Sessions.Clock();
    private final EndpointRegistry registry = new EndpointRegistry(() -> 1);
    private final StickySessions sessions = Sessions.instance(clock);

    @Test
    void weightsAreKept() {
        RouteBalancer balancer = balancer(Optional.empty(), share("old", 70, null), share("new", 30, null));
        BalanceState state = state(Map.of("old", ready(2), "new", ready(2)));
        int[] counts = new int[2];
        for (int i = 0; i < 1_000; i++) {
            counts[balancer.pick(state, Pools.attempts()).share()]++;
        }

        assertThat(counts).containsExactly(700, 300);
    }

    @Test
    void aRetryKeepsToItsShare() {
        RouteBalancer balancer = balancer(Optional.empty(), share("old", 1, null), share("new", 1, null));
        BalanceState state = state(Map.of("old", ready(3), "new", ready(3)));
        for (int i = 0; i < 10; i++) {
            Attempts attempts = Pools.attempts();
            Pick.Chosen first = (Pick.Chosen) balancer.pick(state, attempts);
            attempts.failed(first.candidate());

            assertThat(balancer.pick(state, attempts).share()).isEqualTo(first.share());
        }
    }

    @Test
    void anInvalidShareAnswers500AndAnEmptyOne503() {
        BalanceState state = state(Map.of("empty", List.of()));

        assertThat(refusal(balancer(Optional.empty()), state)).isEqualTo(ProxyFailure.INVALID_BACKEND);
        assertThat(refusal(balancer(Optional.empty(), share("empty", 0, null)), state))
                .isEqualTo(ProxyFailure.INVALID_BACKEND);
        assertThat(refusal(balancer(Optional.empty(), share(null, 1, null)), state))
                .isEqualTo(ProxyFailure.INVALID_BACKEND);
        assertThat(refusal(balancer(Optional.empty(), share("empty", 1, null)), state))
                .isEqualTo(ProxyFailure.NO_ENDPOINTS);
    }

    @Test
    void perBackendTheWeightsRuleAndEachUpstreamHasItsOwnEndpointForAClient() {
        var one = Sessions.session("s1").token(Sessions.cookie("m1"));
        var two = Sessions.session("s2").token(Sessions.cookie("m2"));
        BalanceState state = state(Map.of("old", ready(4), "new", ready(4)), one, two);
        RouteBalancer balancer = balancer(Optional.empty(), share("old", 70, "s1"), share("new", 30, "s2"));
        Map<String, String> jar = new HashMap<>();
        Map<Integer, String> homes = new HashMap<>();
        int[] counts = new int[2];
        for (int i = 0; i < 200; i++) {
            Pick.Chosen pick = (Pick.Chosen) balancer.pick(state, Pools.attempts(cookies(jar)));
            counts[pick.share()]++;
            String home = homes.computeIfAbsent(pick.share(), share -> Pools.key(pick.candidate()));
            assertThat(Pools.key(pick.candidate())).isEqualTo(home);
            if (pick.session().newToken() != null) {
                jar.put(pick.share() == 0 ? "m1" : "m2", pick.session().newToken());
            }
        }

        assertThat(counts).containsExactly(140, 60);
    }

    @Test
    void aTokenForAnotherUpstreamOfTheSamePolicyIsForeign() {
        BalanceState state = state(Map.of("old", ready(4), "new", ready(4)), Sessions.session("s"));
        Pick.Chosen old =
                (Pick.Chosen) balancer(Optional.empty(), share("old", 1, "s")).pick(state, Pools.attempts());

        Pick pick = balancer(Optional.empty(), share("new", 1, "s")).pick(state, carrying(old));

        assertThat(pick.session().outcome()).isEqualTo(SessionOutcome.FOREIGN);
        assertThat(pick.session().newToken()).isNotNull();
    }

    @Test
    void stickToBackendHoldsOldSessionsWhileNewOnesFollowTheWeights() {
        BalanceState state = state(Map.of("old", ready(3), "new", ready(3)), Sessions.session("s"));
        RouteBalancer balancer = balancer(Optional.of("s"), share("old", 70, null), share("new", 30, null));
        List<Pick.Chosen> clients = new ArrayList<>();
        int[] counts = new int[2];
        for (int i = 0; i < 100; i++) {
            Pick.Chosen pick = (Pick.Chosen) balancer.pick(state, Pools.attempts());
            counts[pick.share()]++;
            clients.add(pick);
        }
        RouteBalancer shifted = balancer(Optional.of("s"), share("old", 1, null), share("new", 99, null));

        assertThat(counts).containsExactly(70, 30);
        for (Pick.Chosen client : clients) {
            Pick.Chosen again = (Pick.Chosen) shifted.pick(state, carrying(client));
            assertThat(again.share()).isEqualTo(client.share());
            assertThat(again.candidate().endpoint())
                    .isEqualTo(client.candidate().endpoint());
        }
    }

    @Test
    void weightZeroKeepsSessionsOrMovesThem() {
        for (ZeroWeight rule : ZeroWeight.values()) {
            BalanceState state = state(
                    Map.of("old", ready(3), "new", ready(3)),
                    Sessions.session("s").on(rule));
            Pick.Chosen client = (Pick.Chosen)
                    balancer(Optional.of("s"), share("old", 1, null)).pick(state, Pools.attempts());
            RouteBalancer closed = balancer(Optional.of("s"), share("old", 0, null), share("new", 1, null));

            Pick pick = closed.pick(state, carrying(client));

            assertThat(pick.share()).isEqualTo(rule == ZeroWeight.MOVE ? 1 : 0);
            assertThat(pick.session().outcome())
                    .isEqualTo(rule == ZeroWeight.MOVE ? SessionOutcome.MOVED_GONE : SessionOutcome.RESUMED);
            assertThat(closed.pick(state, Pools.attempts()).share()).isEqualTo(1);
        }
    }

    @Test
    void aSessionWhoseUpstreamLeftTheSplitMoves() {
        BalanceState state = state(Map.of("old", ready(3), "new", ready(3)), Sessions.session("s"));
        Pick.Chosen client =
                (Pick.Chosen) balancer(Optional.of("s"), share("old", 1, null)).pick(state, Pools.attempts());

        RouteBalancer without = balancer(Optional.of("s"), share("new", 1, null));
        Pick pick = without.pick(state, carrying(client));

        assertThat(pick.session().outcome())
                .as("a table with this upstream may be on its way")
                .isEqualTo(SessionOutcome.AHEAD);
        assertThat(pick.session().newToken()).isNull();
        clock.seconds += 10;
        assertThat(without.pick(state, carrying(client)).session().outcome()).isEqualTo(SessionOutcome.MOVED_GONE);
    }

    @Test
    void anEmptyPoolIsLeftOrNot() {
        for (EmptyPool rule : EmptyPool.values()) {
            for (Optional<String> holder : List.of(Optional.of("s"), Optional.<String>empty())) {
                String own = holder.isPresent() ? null : "s";
                RouteBalancer balancer =
                        balancer(holder, share("old", 1, own), share("new", 0, own), share("b", 1, own));
                var session = Sessions.session("s").on(rule);
                BalanceState state = state(Map.of("old", List.of(), "new", ready(1), "b", ready(1)), session);
                for (int i = 0; i < 4; i++) {
                    Pick pick = balancer.pick(state, Pools.attempts());

                    if (rule == EmptyPool.REPOOL || pick.share() == 2) {
                        assertThat(pick.share()).isEqualTo(2);
                        assertThat(pick).isInstanceOf(Pick.Chosen.class);
                    } else {
                        assertThat(((Pick.Refused) pick).failure()).isEqualTo(ProxyFailure.NO_ENDPOINTS);
                    }
                }
            }
        }
    }

    @Test
    void hashingHoldsTheShareAsWell() {
        var session = Sessions.session("s").token(new Token.Hash(HashOn.SOURCE_IP, "", 0));
        BalanceState state = state(Map.of("old", ready(3), "new", ready(3)), session);
        RouteBalancer one = balancer(Optional.of("s"), share("old", 50, null), share("new", 50, null));
        RouteBalancer two = balancer(Optional.of("s"), share("old", 50, null), share("new", 50, null));
        int[] counts = new int[2];
        for (int client = 0; client < 400; client++) {
            var head = Heads.get("h", "/");
            Pick here = one.pick(state, new Attempts().begin(head, "192.0.2." + client));
            Pick there = two.pick(state, new Attempts().begin(head, "192.0.2." + client));

            assertThat(here.share()).isEqualTo(there.share());
            counts[here.share()]++;
        }

        assertThat(counts[0]).isBetween(150, 250);
    }

    @Test
    void theUpstreamsOwnSessionCountsWhereTheShareNamesNone() {
        EndpointSet set = registry.set(
                Pools.upstream("u", Balancing.ROUND_ROBIN, OutlierDetection.STANDARD, Optional.of("s")), ready(3));
        BalanceState state = new BalanceState(
                Map.of("u", set),
                Map.of("s", sessions.policy(Sessions.session("s").made(), RING)));

        Pick pick = balancer(Optional.empty(), share("u", 1, null)).pick(state, Pools.attempts());

        assertThat(pick.session().id()).isEqualTo("s");
        assertThat(pick.session().newToken()).isNotNull();
    }

    private BalanceState state(Map<String, List<Endpoint>> upstreams, Sessions.Builder... policies) {
        Map<String, EndpointSet> sets = new HashMap<>();
        upstreams.forEach((name, endpoints) ->
                sets.put(name, registry.set(Pools.upstream(name, Balancing.ROUND_ROBIN), endpoints)));
        Map<String, SessionPolicy> byId = new HashMap<>();
        for (Sessions.Builder policy : policies) {
            byId.put(policy.made().id(), sessions.policy(policy.made(), RING));
        }
        return new BalanceState(sets, byId);
    }

    private static RouteBalancer balancer(Optional<String> holder, WeightedUpstream... shares) {
        return RouteBalancer.startingAt(new Forward(List.of(shares), holder), 0);
    }

    private static WeightedUpstream share(String upstream, int weight, String session) {
        return new WeightedUpstream(Optional.ofNullable(upstream), weight, List.of(), Optional.ofNullable(session));
    }

    private static ProxyFailure refusal(RouteBalancer balancer, BalanceState state) {
        return ((Pick.Refused) balancer.pick(state, Pools.attempts())).failure();
    }

    private static Attempts carrying(Pick.Chosen pick) {
        return Pools.attempts("Cookie: moor=" + pick.session().newToken());
    }

    private static String[] cookies(Map<String, String> jar) {
        return jar.entrySet().stream()
                .map(cookie -> "Cookie: " + cookie.getKey() + "=" + cookie.getValue())
                .toArray(String[]::new);
    }
}
