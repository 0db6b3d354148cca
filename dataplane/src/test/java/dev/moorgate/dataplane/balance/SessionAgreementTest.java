package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.key;
import static dev.moorgate.dataplane.balance.Pools.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.ZeroWeight;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Replicas that share nothing but keys and tables move a session to the same place: its client may ask all of them at once. */
class SessionAgreementTest {
    private static final Upstream CART = Pools.upstream("shop/cart/80", Balancing.ROUND_ROBIN);
    private static final Upstream CANARY = Pools.upstream("shop/canary/80", Balancing.ROUND_ROBIN);
    private static final KeyRing RING = Sessions.ring("k1");

    private final Sessions.Clock clock = new Sessions.Clock();

    /** A process: its own balancing, health and random numbers. */
    private final class Replica {
        private final EndpointRegistry registry = new EndpointRegistry(() -> 1);
        private final StickySessions sessions = Sessions.instance(clock);

        Pick.Chosen pick(
                Forward forward, StickySession session, Map<Upstream, List<Endpoint>> endpoints, String... head) {
            Map<String, EndpointSet> sets = new HashMap<>();
            endpoints.forEach((upstream, ready) -> sets.put(upstream.name(), registry.set(upstream, ready)));
            registry.retain(sets.values());
            BalanceState state = new BalanceState(sets, Map.of(session.id(), sessions.policy(session, RING)));
            return (Pick.Chosen) RouteBalancer.of(forward).pick(state, Pools.attempts(head));
        }
    }

    private final List<Replica> replicas = List.of(new Replica(), new Replica(), new Replica());

    @Test
    void sessionsOfAnEndpointThatIsGoneMeetAgainAndSpreadOverAllOthers() {
        StickySession session = Sessions.session("s").made();
        Forward forward = new Forward(
                List.of(new WeightedUpstream(Optional.of(CART.name()), 1, List.of(), Optional.of("s"))),
                Optional.empty());
        List<Endpoint> left = ready(6).subList(1, 6);
        Set<String> taken = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            replicas.forEach(replica -> replica.pick(forward, session, Map.of(CART, ready(6))));
            Pick.Chosen first = replicas.getFirst().pick(forward, session, Map.of(CART, ready(1)));

            Set<String> moved = new HashSet<>();
            replicas.forEach(replica ->
                    moved.add(key(replica.pick(forward, session, Map.of(CART, left), carrying(first))
                            .candidate())));

            assertThat(moved).hasSize(1);
            taken.addAll(moved);
        }
        assertThat(taken).hasSize(5);
    }

    @Test
    void replicaThatHasNotHeardOfTheEndpointYetLeavesTheSessionWhereItIs() {
        StickySession session = Sessions.session("s").made();
        Forward forward = new Forward(
                List.of(new WeightedUpstream(Optional.of(CART.name()), 1, List.of(), Optional.of("s"))),
                Optional.empty());
        List<Endpoint> old = ready(6).subList(1, 6);
        for (int i = 0; i < 20; i++) {
            Pick.Chosen first = replicas.getFirst().pick(forward, session, Map.of(CART, ready(1)));

            Pick.Chosen elsewhere = replicas.get(1).pick(forward, session, Map.of(CART, old), carrying(first));

            assertThat(elsewhere.session().outcome()).isEqualTo(SessionOutcome.AHEAD);
            assertThat(elsewhere.session().newToken()).isNull();
            assertThat(key(replicas.get(2)
                            .pick(forward, session, Map.of(CART, old), carrying(first))
                            .candidate()))
                    .isEqualTo(key(elsewhere.candidate()));
        }
        Pick.Chosen last = replicas.getFirst().pick(forward, session, Map.of(CART, ready(1)));
        Pick.Chosen heard = replicas.get(1).pick(forward, session, Map.of(CART, ready(6)), carrying(last));
        assertThat(heard.session().outcome()).isEqualTo(SessionOutcome.RESUMED);
        assertThat(key(heard.candidate())).isEqualTo(key(last.candidate()));
        assertThat(replicas.get(1)
                        .pick(forward, session, Map.of(CART, old), carrying(last))
                        .session()
                        .outcome())
                .as("it knew the endpoint, which is gone")
                .isEqualTo(SessionOutcome.MOVED_GONE);
        clock.seconds += 10;
        assertThat(replicas.get(2)
                        .pick(forward, session, Map.of(CART, old), carrying(last))
                        .session()
                        .outcome())
                .as("it should have heard by now")
                .isEqualTo(SessionOutcome.MOVED_GONE);
    }

    @Test
    void sessionsThatLeaveAnUpstreamOfASplitMeetAgainInAnother() {
        StickySession session = Sessions.session("s").on(ZeroWeight.MOVE).made();
        Map<Upstream, List<Endpoint>> endpoints = Map.of(CART, ready(3), CANARY, ready(6).subList(3, 6));
        Forward before = split(1, 0, 0);
        Forward after = split(0, 1, 1);
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Pick.Chosen first = replicas.getFirst().pick(before, session, endpoints);

            Set<String> moved = new HashSet<>();
            replicas.forEach(replica -> {
                Pick.Chosen now = replica.pick(after, session, endpoints, carrying(first));
                moved.add(now.share() + " " + key(now.candidate()));
            });

            assertThat(moved).hasSize(1);
            taken.addAll(moved);
        }
        assertThat(taken).anyMatch(place -> place.startsWith("1 ")).anyMatch(place -> place.startsWith("2 "));
    }

    /** The second share of the canary stands for a third upstream. */
    private static Forward split(int cart, int canary, int again) {
        return new Forward(
                List.of(
                        new WeightedUpstream(Optional.of(CART.name()), cart, List.of(), Optional.empty()),
                        new WeightedUpstream(Optional.of(CANARY.name()), canary, List.of(), Optional.empty()),
                        new WeightedUpstream(Optional.of(CANARY.name()), again, List.of(), Optional.empty())),
                Optional.of("s"));
    }

    private static String carrying(Pick.Chosen pick) {
        return "Cookie: moor=" + pick.session().newToken();
    }
}
