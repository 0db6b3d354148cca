package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.draining;
import static dev.moorgate.dataplane.balance.Pools.key;
import static dev.moorgate.dataplane.balance.Pools.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Binding;
import dev.moorgate.routetable.StickySession.Drain;
import dev.moorgate.routetable.StickySession.Limits;
import dev.moorgate.routetable.StickySession.Steering;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** How long a session stays on an endpoint that terminates, and whether it comes back to one that has returned. */
class SessionStayTest {
    private static final Upstream CART = Pools.upstream("shop/cart/80", Balancing.ROUND_ROBIN);

    private final Sessions.Clock clock = new Sessions.Clock();
    private final EndpointRegistry registry = new EndpointRegistry(() -> clock.seconds * 1_000_000_000L);
    private final RouteBalancer balancer = RouteBalancer.of(new Forward(
            List.of(new WeightedUpstream(Optional.of(CART.name()), 1, List.of(), Optional.of("s"))), Optional.empty()));

    // ------------------------------------------------------------------ drainDeadline

    @Test
    void aSessionLeavesADrainingEndpointAtItsDeadlineAndNotBefore() {
        StickySession session = session(Duration.ofMinutes(10), false);
        Pick.Chosen first = pick(state(session, List.of(ready("a"))));
        BalanceState drains = state(session, List.of(draining("a"), ready("b")));
        assertThat(registry.draining()).containsExactly(Map.entry("a", 0L));
        clock.seconds += 599;
        assertThat(pick(drains, carrying(first)).session().outcome()).isEqualTo(SessionOutcome.RESUMED);
        assertThat(registry.draining()).containsExactly(Map.entry("a", 599L));
        clock.seconds += 1;

        Pick.Chosen moved = pick(drains, carrying(first));

        assertThat(key(moved.candidate())).isEqualTo("b");
        assertThat(moved.session().word()).isEqualTo("moved_deadline");
        assertThat(pick(drains, carrying(moved)).session().outcome()).isEqualTo(SessionOutcome.RESUMED);
    }

    @Test
    void theTimeGoesOnFromTableToTableAndBeginsAnewForAnEndpointThatCameBack() {
        StickySession session = session(Duration.ofMinutes(10), false);
        Pick.Chosen first = pick(state(session, List.of(ready("a"))));
        state(session, List.of(draining("a"), ready("b")));
        clock.seconds += 300;
        BalanceState later = state(session, List.of(draining("a"), ready("b"), ready("c")));
        clock.seconds += 300;
        assertThat(pick(later, carrying(first)).session().word()).isEqualTo("moved_deadline");
        state(session, List.of(ready("a"), ready("b")));
        BalanceState again = state(session, List.of(draining("a"), ready("b")));
        clock.seconds += 599;
        assertThat(pick(again, carrying(first)).session().word()).isEqualTo("resumed");
    }

    @Test
    void whatAllReplicasAreToldGoesBeforeWhatOneHasSeen() {
        StickySession session = session(Duration.ofMinutes(10), false);
        Pick.Chosen first = pick(state(session, List.of(ready("a"))));
        StickySession told = session.seated(
                Limits.NONE,
                List.of(),
                new Steering(List.of(), Optional.empty(), List.of(new Drain("a", clock.seconds - 599))));
        BalanceState drains = state(told, List.of(draining("a"), ready("b")));
        assertThat(pick(drains, carrying(first)).session().word()).isEqualTo("resumed");
        clock.seconds += 1;

        assertThat(pick(drains, carrying(first)).session().word()).isEqualTo("moved_deadline");
    }

    @Test
    void aSessionStaysPastItsDeadlineWhereNobodyElseServes() {
        StickySession session = session(Duration.ofMinutes(10), false);
        Pick.Chosen first = pick(state(session, List.of(ready("a"))));
        BalanceState alone = state(session, List.of(draining("a"), draining("b")));
        clock.seconds += 3_600;

        Pick.Chosen still = pick(alone, carrying(first));

        assertThat(key(still.candidate())).isEqualTo("a");
        assertThat(still.session().word()).isEqualTo("resumed");
    }

    @Test
    void withoutADeadlineASessionStaysForAsLongAsItsEndpointServes() {
        StickySession session = session(Duration.ZERO, false);
        Pick.Chosen first = pick(state(session, List.of(ready("a"))));
        BalanceState drains = state(session, List.of(draining("a"), ready("b")));
        clock.seconds += 6 * 86_400;

        assertThat(key(pick(drains, carrying(first)).candidate())).isEqualTo("a");
    }

    // ------------------------------------------------------------------ returnToOrigin

    @Test
    void aSessionComesBackWhenItsEndpointServesAgainWhereThePolicySaysSo() {
        for (boolean returns : List.of(true, false)) {
            StickySession session = session(Duration.ZERO, returns);
            BalanceState state = state(session, ready(3));
            Pick.Chosen first = pick(state);
            first.candidate().state().checkFailed();
            Pick.Chosen moved = pick(state, carrying(first));
            assertThat(moved.session().word()).isEqualTo("moved_unhealthy");
            assertThat(moved.session().newToken()).startsWith(returns ? "v2.k1." : "v1.k1.");
            moved.candidate().state().checkFailed();
            Pick.Chosen again = pick(state, carrying(moved));
            assertThat(again.session().word()).isEqualTo("moved_unhealthy");
            moved.candidate().state().checkPassed();
            assertThat(key(pick(state, carrying(again)).candidate())).isEqualTo(key(again.candidate()));
            first.candidate().state().checkPassed();

            Pick.Chosen back = pick(state, carrying(again));

            assertThat(key(back.candidate())).isEqualTo(key(returns ? first.candidate() : again.candidate()));
            assertThat(back.session().word()).isEqualTo(returns ? "moved_returned" : "resumed");
            if (returns) {
                assertThat(back.session().newToken()).startsWith("v1.k1.");
                assertThat(pick(state, carrying(back)).session().word()).isEqualTo("resumed");
            }
        }
    }

    @Test
    void aSessionComesBackToThePodOfItsNameAndNotWhileThatOneDrainsOrIsFull() {
        StickySession session =
                Sessions.session("s").binding(Binding.POD_NAME).made().leaving(false, Duration.ofMinutes(1), true);
        Pick.Chosen first = pick(state(session, List.of(pod("u1", "web-0", Endpoint.State.READY))));
        BalanceState drains = state(
                session,
                List.of(pod("u1", "web-0", Endpoint.State.DRAINING), pod("u2", "web-1", Endpoint.State.READY)));
        clock.seconds += 60;
        Pick.Chosen moved = pick(drains, carrying(first));
        assertThat(moved.session().word()).isEqualTo("moved_deadline");
        assertThat(key(pick(drains, carrying(moved)).candidate())).isEqualTo("u2");
        List<Endpoint> both =
                List.of(pod("u3", "web-0", Endpoint.State.READY), pod("u2", "web-1", Endpoint.State.READY));
        StickySession full = session.seated(new Limits(5, 0), List.of(), new Steering(List.of("u3"), Optional.empty()));
        assertThat(key(pick(state(full, both), carrying(moved)).candidate())).isEqualTo("u2");

        Pick.Chosen back = pick(state(session, both), carrying(moved));

        assertThat(key(back.candidate())).isEqualTo("u3");
        assertThat(back.session().word()).isEqualTo("moved_returned");
    }

    @Test
    void whoMovedWithARetryDoesNotGoBackToWhatFailedIt() {
        StickySession session = session(Duration.ZERO, true).leaving(true, Duration.ZERO, true);
        BalanceState state = state(session, ready(3));
        Pick.Chosen first = pick(state);
        Attempts attempts = Pools.attempts(carrying(first));
        attempts.failed(((Pick.Chosen) balancer.pick(state, attempts)).candidate());
        Pick.Chosen retried = (Pick.Chosen) balancer.pick(state, attempts);
        assertThat(retried.session().word()).isEqualTo("moved_retried");

        assertThat(key(pick(state, carrying(retried)).candidate())).isEqualTo(key(retried.candidate()));
    }

    private static Endpoint pod(String key, String name, Endpoint.State state) {
        return new Endpoint(key, name, Optional.of("10.0.0.1"), Optional.empty(), 8080, Optional.empty(), state);
    }

    private static StickySession session(Duration deadline, boolean returns) {
        return Sessions.session("s").made().leaving(false, deadline, returns);
    }

    private static String carrying(Pick.Chosen chosen) {
        return "Cookie: moor=" + chosen.session().newToken();
    }

    private Pick.Chosen pick(BalanceState state, String... fields) {
        return (Pick.Chosen) balancer.pick(state, Pools.attempts(fields));
    }

    private BalanceState state(StickySession session, List<Endpoint> endpoints) {
        return Pools.state(registry, CART, endpoints, Sessions.instance(clock).policy(session, Sessions.ring("k1")));
    }
}
