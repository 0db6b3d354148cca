package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.draining;
import static dev.moorgate.dataplane.balance.Pools.key;
import static dev.moorgate.dataplane.balance.Pools.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Binding;
import dev.moorgate.routetable.StickySession.Draining;
import dev.moorgate.routetable.StickySession.HashOn;
import dev.moorgate.routetable.StickySession.Token;
import dev.moorgate.routetable.StickySession.Unhealthy;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client stays on its endpoint while that serves; only what every replica sees moves it. */
class StickySessionTest {
    private static final Upstream CART = Pools.upstream("shop/cart/80", Balancing.ROUND_ROBIN);
    private static final KeyRing RING = Sessions.ring("k1");

    private final Sessions.Clock clock = new Sessions.Clock();
    private final EndpointRegistry registry = new EndpointRegistry(() -> 1);
    private final RouteBalancer balancer = RouteBalancer.of(new Forward(
            List.of(new WeightedUpstream(Optional.of(CART.name()), 1, List.of(), Optional.of("s"))), Optional.empty()));

    @Test
    void aClientComesBackToItsEndpointAndNoNewTokenIsMade() {
        BalanceState state = state(Sessions.session("s"), RING, ready(5));
        Pick.Chosen first = chosen(balancer.pick(state, Pools.attempts()));
        assertThat(first.session().outcome()).isEqualTo(SessionOutcome.NEW);

        for (int i = 0; i < 50; i++) {
            Pick.Chosen again = chosen(balancer.pick(state, carrying(first)));

            assertThat(key(again.candidate())).isEqualTo(key(first.candidate()));
            assertThat(again.session().word()).isEqualTo("resumed");
            assertThat(again.session().newToken()).isNull();
        }
    }

    @Test
    void instancesThatShareOnlyKeysHonourEachOthersTokens() {
        StickySession session = Sessions.session("s").made();
        BalanceState one = state(Sessions.instance(clock), session, RING, ready(5));
        BalanceState two = state(Sessions.instance(clock), session, RING, ready(5));
        BalanceState rotated = state(Sessions.instance(clock), session, Sessions.ring("k2", "k1"), ready(5));
        BalanceState stranger = state(Sessions.instance(clock), session, Sessions.ring("k3"), ready(5));
        Pick.Chosen first = chosen(balancer.pick(one, Pools.attempts()));

        Pick.Chosen other = chosen(balancer.pick(two, carrying(first)));
        Pick.Chosen later = chosen(balancer.pick(rotated, carrying(first)));
        Pick.Chosen strange = chosen(balancer.pick(stranger, carrying(first)));

        assertThat(key(other.candidate())).isEqualTo(key(first.candidate()));
        assertThat(other.session().newToken()).isNull();
        assertThat(key(later.candidate())).isEqualTo(key(first.candidate()));
        assertThat(later.session().outcome()).isEqualTo(SessionOutcome.RESUMED);
        assertThat(later.session().newToken()).startsWith("v1.k2.");
        assertThat(strange.session().outcome()).isEqualTo(SessionOutcome.UNKNOWN_KEY);
        assertThat(strange.session().newToken()).startsWith("v1.k3.");
    }

    @Test
    void aSessionWhoseEndpointIsGoneMovesOnceAndTheOthersStay() {
        BalanceState before = state(Sessions.session("s"), RING, ready(3));
        List<Pick.Chosen> clients = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            clients.add(chosen(balancer.pick(before, Pools.attempts())));
        }
        BalanceState after = state(Sessions.session("s"), RING, List.of(ready("pod000"), ready("pod002")));

        for (Pick.Chosen client : clients) {
            Pick.Chosen now = chosen(balancer.pick(after, carrying(client)));
            if (key(client.candidate()).equals("pod001")) {
                assertThat(now.session().outcome()).isEqualTo(SessionOutcome.MOVED_GONE);
                Pick.Chosen next = chosen(balancer.pick(after, carrying(now)));
                assertThat(key(next.candidate())).isEqualTo(key(now.candidate()));
                assertThat(next.session().outcome()).isEqualTo(SessionOutcome.RESUMED);
            } else {
                assertThat(key(now.candidate())).isEqualTo(key(client.candidate()));
                assertThat(now.session().newToken()).isNull();
            }
        }
    }

    @Test
    void anEjectionOrARetryServesElsewhereAndLeavesTheToken() {
        BalanceState state = state(Sessions.session("s"), RING, ready(4));
        Pick.Chosen first = chosen(balancer.pick(state, Pools.attempts()));
        Attempts attempts = carrying(first);
        attempts.failed(first.candidate());

        Pick.Chosen retry = chosen(balancer.pick(state, attempts));
        first.candidate().state().eject(1, Duration.ofSeconds(30));
        Pick.Chosen ejected = chosen(balancer.pick(state, carrying(first)));

        assertThat(key(retry.candidate())).isNotEqualTo(key(first.candidate()));
        assertThat(retry.session().newToken()).isNull();
        assertThat(retry.session().outcome()).isEqualTo(SessionOutcome.RESUMED);
        assertThat(key(ejected.candidate())).isEqualTo(key(retry.candidate()));
        assertThat(ejected.session().newToken()).isNull();
    }

    @Test
    void aRetryOfANewSessionIsBoundToWhoeverServesIt() {
        BalanceState state = state(Sessions.session("s"), RING, ready(3));
        Attempts attempts = Pools.attempts();
        attempts.failed(chosen(balancer.pick(state, attempts)).candidate());

        Pick.Chosen second = chosen(balancer.pick(state, attempts));
        Pick.Chosen after = chosen(balancer.pick(state, carrying(second)));

        assertThat(key(after.candidate())).isEqualTo(key(second.candidate()));
    }

    @ParameterizedTest
    @EnumSource(Unhealthy.class)
    void aFailedCheckDoesWhatThePolicySays(Unhealthy rule) {
        BalanceState state = state(Sessions.session("s").on(rule), RING, ready(3));
        Pick.Chosen first = chosen(balancer.pick(state, Pools.attempts()));
        first.candidate().state().checkFailed();

        Attempts attempts = carrying(first);
        Pick pick = balancer.pick(state, attempts);

        switch (rule) {
            case REBALANCE -> assertThat(pick.session().outcome()).isEqualTo(SessionOutcome.MOVED_UNHEALTHY);
            case FAIL -> assertThat(((Pick.Refused) pick).failure()).isEqualTo(ProxyFailure.SESSION_UNAVAILABLE);
            case WAIT -> {
                assertThat(((Pick.Waiting) pick).most()).isEqualTo(Duration.ofSeconds(3));
                attempts.waited();
                assertThat(chosen(balancer.pick(state, attempts)).session().outcome())
                        .isEqualTo(SessionOutcome.MOVED_UNHEALTHY);
                first.candidate().state().checkPassed();
                assertThat(key(chosen(balancer.pick(state, carrying(first))).candidate()))
                        .isEqualTo(key(first.candidate()));
            }
        }
    }

    @Test
    void aStrictSessionIsNotServedElsewhereForOnce() {
        BalanceState state = state(Sessions.session("s").on(Unhealthy.FAIL), RING, ready(3));
        Pick.Chosen first = chosen(balancer.pick(state, Pools.attempts()));
        first.candidate().state().eject(1, Duration.ofSeconds(30));
        Attempts attempts = carrying(first);

        assertThat(key(chosen(balancer.pick(state, attempts)).candidate())).isEqualTo(key(first.candidate()));
        attempts.failed(first.candidate());
        assertThat(((Pick.Refused) balancer.pick(state, attempts)).failure())
                .isEqualTo(ProxyFailure.SESSION_UNAVAILABLE);
    }

    @ParameterizedTest
    @EnumSource(Draining.class)
    void aDrainingEndpointKeepsItsSessionsOrNot(Draining rule) {
        Sessions.Builder session = Sessions.session("s").on(rule);
        Pick.Chosen first = chosen(balancer.pick(state(session, RING, List.of(ready("a"))), Pools.attempts()));
        BalanceState later = state(session, RING, List.of(draining("a"), ready("b")));

        Pick.Chosen now = chosen(balancer.pick(later, carrying(first)));

        assertThat(key(now.candidate())).isEqualTo(rule == Draining.KEEP ? "a" : "b");
        assertThat(now.session().word()).isEqualTo(rule == Draining.KEEP ? "resumed" : "moved_draining");
        assertThat(key(chosen(balancer.pick(later, Pools.attempts())).candidate()))
                .isEqualTo("b");
    }

    @Test
    void noSessionIsMooredToAnEndpointThatDrains() {
        Pick.Chosen pick =
                chosen(balancer.pick(state(Sessions.session("s"), RING, List.of(draining("a"))), Pools.attempts()));

        assertThat(key(pick.candidate())).isEqualTo("a");
        assertThat(pick.session().newToken()).isNull();
    }

    @ParameterizedTest
    @EnumSource(Binding.class)
    void theBindingSaysWhatAnEndpointIsKnownBy(Binding binding) {
        Sessions.Builder session = Sessions.session("s").binding(binding);
        List<Endpoint> others = ready(3);
        Pick.Chosen first = chosen(
                balancer.pick(state(session, RING, List.of(endpoint("uid-1", "web-0", "10.0.0.1"))), Pools.attempts()));

        Map<String, Endpoint> changed = new TreeMap<>(Map.of(
                "same pod, other address", endpoint("uid-1", "web-0", "10.0.0.9"),
                "other pod, same name", endpoint("uid-2", "web-0", "10.0.0.9"),
                "other pod, same address", endpoint("uid-2", "web-7", "10.0.0.1")));

        changed.forEach((what, endpoint) -> {
            // Back to where the session began: what was there a moment ago is the same for each.
            state(session, RING, List.of(endpoint("uid-1", "web-0", "10.0.0.1")));
            List<Endpoint> now = new ArrayList<>(others.subList(1, 3).stream()
                    .map(other -> endpoint(
                            other.key(),
                            other.podName(),
                            "10.9.9." + other.key().charAt(5)))
                    .toList());
            now.add(endpoint);
            Pick.Chosen pick = chosen(balancer.pick(state(session, RING, now), carrying(first)));
            boolean stays = switch (binding) {
                case POD_UID -> what.startsWith("same pod");
                case POD_NAME -> !what.endsWith("same address");
                case ENDPOINT -> what.endsWith("same address");
            };
            assertThat(pick.session().word()).as(what).isEqualTo(stays ? "resumed" : "moved_gone");
            if (stays) {
                assertThat(key(pick.candidate())).isEqualTo(endpoint.key());
            }
        });
    }

    @Test
    void tokensSlideWithUseAndKeepTheirBeginning() {
        BalanceState state = state(
                Sessions.session("s").idle(Duration.ofSeconds(100)).absolute(Duration.ofSeconds(250)), RING, ready(5));
        Pick.Chosen now = chosen(balancer.pick(state, Pools.attempts()));
        String home = key(now.candidate());
        clock.seconds += 9;
        assertThat(chosen(balancer.pick(state, carrying(now))).session().newToken())
                .isNull();
        clock.seconds -= 9;

        for (int used = 0; used < 4; used++) {
            clock.seconds += 60;
            now = chosen(balancer.pick(state, carrying(now)));
            assertThat(key(now.candidate())).isEqualTo(home);
            assertThat(now.session().newToken()).isNotNull();
        }
        clock.seconds += 10;

        assertThat(chosen(balancer.pick(state, carrying(now))).session().outcome())
                .isEqualTo(SessionOutcome.EXPIRED);
    }

    @Test
    void aTokenIsMadeAnewEachDayItIsUsed() {
        BalanceState state = state(Sessions.session("s"), RING, ready(5));
        Pick.Chosen now = chosen(balancer.pick(state, Pools.attempts()));
        String home = key(now.candidate());
        for (int day = 0; day < 20; day++) {
            clock.seconds += 86_400;
            now = chosen(balancer.pick(state, carrying(now)));

            assertThat(key(now.candidate())).isEqualTo(home);
            assertThat(now.session().newToken()).isNotNull();
        }
    }

    @Test
    void headersCarryWhatCookiesWould() {
        Sessions.Builder session =
                Sessions.session("s").token(new Token.Header("X-Session")).stripped();
        BalanceState state = state(session, RING, ready(5));
        Pick.Chosen first = chosen(balancer.pick(state, Pools.attempts()));

        Attempts attempts = Pools.attempts(
                "x-session: nonsense", "X-Session: " + first.session().newToken());
        Pick.Chosen again = chosen(balancer.pick(state, attempts));

        assertThat(key(again.candidate())).isEqualTo(key(first.candidate()));
        assertThat(again.session().outcome()).isEqualTo(SessionOutcome.RESUMED);
    }

    @ParameterizedTest
    @EnumSource(HashOn.class)
    void hashingNeedsNoTokenAndAgreesEverywhere(HashOn on) {
        boolean named = on == HashOn.HEADER || on == HashOn.COOKIE || on == HashOn.QUERY;
        Sessions.Builder session = Sessions.session("s").token(new Token.Hash(on, named ? "who" : "", 125));
        BalanceState one = state(session, RING, ready(7));
        BalanceState two = state(session, RING, ready(7));
        Map<String, Integer> used = new TreeMap<>();
        for (int client = 0; client < 200; client++) {
            var head = Heads.get("h", "/p" + client + "?who=" + client, "Who: " + client, "Cookie: who=" + client);
            Attempts attempts = new Attempts().begin(head, "192.0.2." + client);

            Pick.Chosen here = chosen(balancer.pick(one, attempts));
            Pick.Chosen there = chosen(balancer.pick(two, new Attempts().begin(head, "192.0.2." + client)));

            assertThat(key(here.candidate())).isEqualTo(key(there.candidate()));
            assertThat(here.session().newToken()).isNull();
            assertThat(here.session().outcome()).isNull();
            used.merge(key(here.candidate()), 1, Integer::sum);
        }
        assertThat(used).hasSize(7);
    }

    @Test
    void aPolicyThatIsUnchangedIsKeptFromTableToTable() {
        StickySessions sessions = Sessions.instance(clock);
        StickySession session = Sessions.session("s").made();
        SessionPolicy policy = sessions.policy(session, RING);

        assertThat(policy.isFor(Sessions.session("s").made(), Sessions.ring("k1")))
                .isTrue();
        assertThat(policy.isFor(session, Sessions.ring("k2", "k1"))).isFalse();
        assertThat(policy.isFor(Sessions.session("s").stripped().made(), RING)).isFalse();
    }

    private BalanceState state(Sessions.Builder session, KeyRing ring, List<Endpoint> endpoints) {
        return state(Sessions.instance(clock), session.made(), ring, endpoints);
    }

    private BalanceState state(StickySessions sessions, StickySession session, KeyRing ring, List<Endpoint> endpoints) {
        return Pools.state(registry, CART, endpoints, sessions.policy(session, ring));
    }

    private static Endpoint endpoint(String key, String pod, String address) {
        return new Endpoint(
                key, pod, Optional.of(address), Optional.empty(), 8080, Optional.empty(), Endpoint.State.READY);
    }

    private static Pick.Chosen chosen(Pick pick) {
        assertThat(pick).isInstanceOf(Pick.Chosen.class);
        return (Pick.Chosen) pick;
    }

    private static Attempts carrying(Pick.Chosen pick) {
        return Pools.attempts("Cookie: a=b; moor=" + pick.session().newToken() + "; c=d");
    }
}
