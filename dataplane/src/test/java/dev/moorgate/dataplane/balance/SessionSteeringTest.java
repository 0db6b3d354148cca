package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.draining;
import static dev.moorgate.dataplane.balance.Pools.key;
import static dev.moorgate.dataplane.balance.Pools.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.balance.census.SessionSample;
import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Form;
import dev.moorgate.routetable.StickySession.ImportedCookie;
import dev.moorgate.routetable.StickySession.Limits;
import dev.moorgate.routetable.StickySession.OldBackend;
import dev.moorgate.routetable.StickySession.Rebalance;
import dev.moorgate.routetable.StickySession.Share;
import dev.moorgate.routetable.StickySession.Steering;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What tells sessions where to begin, and some where to go: limits, the leader's word, cookies of another balancer. */
class SessionSteeringTest {
    private static final Upstream CART = Pools.upstream("shop/cart/80", Balancing.ROUND_ROBIN);
    private static final Upstream CANARY = Pools.upstream("shop/canary/80", Balancing.ROUND_ROBIN);
    private static final String OLD_TO_THIRD = "1763700000.000.30.1";
    private static final String OF_CART = "210a2307f4fe9110ec03fecd033b51b0";
    private static final String OF_CANARY = "80b48df3f3492c809e8a73057f191206";

    private final Sessions.Clock clock = new Sessions.Clock();
    private final EndpointRegistry registry = new EndpointRegistry(() -> 1);
    private final StickySessions sessions = Sessions.instance(clock);
    private final RouteBalancer balancer = RouteBalancer.of(new Forward(
            List.of(new WeightedUpstream(Optional.of(CART.name()), 1, List.of(), Optional.of("s"))), Optional.empty()));

    // ------------------------------------------------------------------ limits

    @Test
    void aFullEndpointGetsNoNewSessionsAndKeepsItsOwn() {
        BalanceState state = state(limited(new Limits(10, 0)), ready(3));
        List<Pick.Chosen> first = new ArrayList<>();
        Map<String, Integer> begun = new TreeMap<>();
        for (int i = 0; i < 30; i++) {
            first.add(count(state, begun));
        }
        assertThat(begun).containsOnly(Map.entry("pod000", 10), Map.entry("pod001", 10), Map.entry("pod002", 10));

        BalanceState more = state(limited(new Limits(10, 0)), ready(4));
        begun.clear();
        for (int i = 0; i < 10; i++) {
            count(more, begun);
        }
        assertThat(begun).containsOnly(Map.entry("pod003", 10));
        for (Pick.Chosen client : first) {
            assertThat(key(pick(more, carrying(client)).candidate())).isEqualTo(key(client.candidate()));
        }
        assertThat(sample().overLimit()).isZero();
    }

    @Test
    void whereAllAreFullSessionsBeginWhereTheFewestAreAndAreCounted() {
        BalanceState state = state(limited(new Limits(2, 0)), ready(2));
        Map<String, Integer> begun = new TreeMap<>();
        for (int i = 0; i < 10; i++) {
            count(state, begun);
        }

        assertThat(begun).containsOnly(Map.entry("pod000", 5), Map.entry("pod001", 5));
        assertThat(sample().overLimit()).isEqualTo(6);
    }

    @Test
    void sessionsThatWereNotSeenForLongMakeRoom() {
        BalanceState state = state(limited(new Limits(1, 0)), ready(2));
        Map<String, Integer> begun = new TreeMap<>();
        count(state, begun);
        count(state, begun);
        clock.seconds += 601;
        count(state, begun);
        count(state, begun);

        assertThat(begun).containsOnly(Map.entry("pod000", 2), Map.entry("pod001", 2));
        assertThat(sample().overLimit()).isZero();
    }

    @Test
    void anEndpointThatIsNewGetsAllNewSessionsUntilTheSkewIsWhatItMayBe() {
        BalanceState few = state(limited(new Limits(0, 120)), ready(2));
        for (int i = 0; i < 100; i++) {
            count(few, new HashMap<>());
        }
        BalanceState more = state(limited(new Limits(0, 120)), ready(3));
        Map<String, Integer> begun = new TreeMap<>();
        for (int i = 0; i < 20; i++) {
            count(more, begun);
        }

        // 50 against a mean of 33 to 40 is more than 1.2.
        assertThat(begun).containsOnlyKeys("pod002");
    }

    @Test
    void theLeadersWordKeepsNewAndMovedSessionsOff() {
        StickySession told = Sessions.session("s")
                .made()
                .seated(new Limits(1_000, 0), List.of(), new Steering(List.of("pod000", "pod001"), Optional.empty()));
        BalanceState before = state(Sessions.session("s").made(), List.of(ready("gone")));
        List<Pick.Chosen> homeless = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            homeless.add(pick(before, ""));
        }
        BalanceState state = state(told, ready(4));
        Map<String, Integer> begun = new TreeMap<>();
        for (int i = 0; i < 20; i++) {
            count(state, begun);
            begun.merge(key(pick(state, carrying(homeless.get(i))).candidate()), 1, Integer::sum);
        }

        assertThat(begun).containsOnlyKeys("pod002", "pod003");
    }

    // ------------------------------------------------------------------ rebalance

    @Test
    void aRebalanceMovesItsShareOnceAndNobodyWhoBeganLater() {
        StickySession plain = Sessions.session("s").made();
        List<Pick.Chosen> clients = new ArrayList<>();
        for (int i = 0; i < 4_000; i++) {
            clients.add(pick(state(plain, ready(3)), ""));
        }
        clock.seconds += 60;
        long since = clock.seconds;
        StickySession evened = plain.seated(
                Limits.NONE,
                List.of(),
                new Steering(
                        List.of(),
                        Optional.of(new Rebalance(since, List.of(new Share("pod003", 2_500)), 0, Duration.ZERO))));
        BalanceState state = state(evened, ready(4));
        int moved = 0;
        for (Pick.Chosen client : clients) {
            Pick.Chosen now = pick(state, carrying(client));
            if (now.session().outcome() == SessionOutcome.MOVED_REBALANCED) {
                moved++;
                assertThat(key(now.candidate())).isEqualTo("pod003");
                Pick.Chosen next = pick(state, carrying(now));
                assertThat(next.session().outcome()).isEqualTo(SessionOutcome.RESUMED);
                assertThat(key(next.candidate())).isEqualTo("pod003");
                // A replica that has not heard of the rebalance leaves it there.
                assertThat(key(pick(state(plain, ready(4)), carrying(now)).candidate()))
                        .isEqualTo("pod003");
            } else {
                assertThat(key(now.candidate())).isEqualTo(key(client.candidate()));
            }
        }
        // a quarter, by chance: seven standard deviations
        assertThat(moved).isBetween(800, 1_200);
        assertThat(sample().state(clock.seconds).rebalanced()).isEqualTo(moved);
        for (int i = 0; i < 50; i++) {
            Pick.Chosen fresh = pick(state, "");
            assertThat(key(pick(state, carrying(fresh)).candidate())).isEqualTo(key(fresh.candidate()));
        }
    }

    @Test
    void nobodyMovesToAnEndpointThatDrainsOrFails() {
        Steering all = new Steering(
                List.of(),
                Optional.of(new Rebalance(clock.seconds + 1, List.of(new Share("b", 10_000)), 0, Duration.ZERO)));
        StickySession evened = Sessions.session("s").made().seated(Limits.NONE, List.of(), all);
        Pick.Chosen client = pick(state(evened, List.of(ready("a"))), "");
        clock.seconds += 60;

        assertThat(key(pick(state(evened, List.of(ready("a"), draining("b"))), carrying(client))
                        .candidate()))
                .isEqualTo("a");
        BalanceState both = state(evened, List.of(ready("a"), ready("b")));
        EndpointSet set = both.set(CART.name());
        assertThat(set).isNotNull();
        set.all().get(1).state().checkFailed();
        assertThat(key(pick(both, carrying(client)).candidate())).isEqualTo("a");
        set.all().get(1).state().checkPassed();
        assertThat(key(pick(both, carrying(client)).candidate())).isEqualTo("b");
    }

    // ------------------------------------------------------------------ cookies of another balancer

    @Test
    void aClientOfIngressNginxGoesOnWhereItWasAndGetsACookieOfOurs() {
        BalanceState state = state(importing(nginx()), addresses());

        Pick.Chosen first = pick(state, "Cookie: INGRESSCOOKIE=" + OLD_TO_THIRD + "|" + OF_CART);
        Pick.Chosen second = pick(state, carrying(first) + "; INGRESSCOOKIE=" + OLD_TO_THIRD + "|" + OF_CART);

        assertThat(first.candidate().endpoint().address()).isEqualTo("10.0.0.3");
        assertThat(first.session().outcome()).isEqualTo(SessionOutcome.IMPORTED);
        assertThat(first.session().newToken()).startsWith("v1.k1.");
        assertThat(second.session().outcome()).isEqualTo(SessionOutcome.RESUMED);
        assertThat(second.candidate().endpoint().address()).isEqualTo("10.0.0.3");
    }

    @Test
    void theOldCookieMayHaveTheNameOfTheNewOne() {
        StickySession session =
                importing(new ImportedCookie(Form.INGRESS_NGINX, "moor", OptionalLong.empty(), nginx().backends()));

        Pick.Chosen first = pick(state(session, addresses()), "Cookie: moor=" + OLD_TO_THIRD + "|" + OF_CART);

        assertThat(first.candidate().endpoint().address()).isEqualTo("10.0.0.3");
        assertThat(first.session().outcome()).isEqualTo(SessionOutcome.IMPORTED);
    }

    @Test
    void aCookieOfAnotherBackendOrOfTheDayAfterIsNotRead() {
        ImportedCookie until = new ImportedCookie(
                Form.INGRESS_NGINX, "INGRESSCOOKIE", OptionalLong.of(clock.seconds + 10), nginx().backends());
        BalanceState state = state(importing(until), addresses());

        assertThat(pick(state, "Cookie: INGRESSCOOKIE=" + OLD_TO_THIRD + "|" + OF_CANARY)
                        .session()
                        .outcome())
                .isEqualTo(SessionOutcome.NEW);
        assertThat(pick(state, "Cookie: INGRESSCOOKIE=" + OLD_TO_THIRD)
                        .session()
                        .outcome())
                .isEqualTo(SessionOutcome.IMPORTED);
        clock.seconds += 10;
        assertThat(pick(state, "Cookie: INGRESSCOOKIE=" + OLD_TO_THIRD)
                        .session()
                        .outcome())
                .isEqualTo(SessionOutcome.NEW);
    }

    @Test
    void theBackendThatAnOldCookieNamesIsKeptWithASplit() {
        RouteBalancer split = RouteBalancer.of(new Forward(
                List.of(
                        new WeightedUpstream(Optional.of(CART.name()), 999, List.of(), Optional.empty()),
                        new WeightedUpstream(Optional.of(CANARY.name()), 1, List.of(), Optional.empty())),
                Optional.of("s")));
        BalanceState state = new BalanceState(
                Map.of(
                        CART.name(), registry.set(CART, addresses()),
                        CANARY.name(), registry.set(CANARY, ready(2))),
                Map.of("s", sessions.policy(importing(nginx()), Sessions.ring("k1"))));

        for (int i = 0; i < 20; i++) {
            Pick pick = split.pick(
                    state, Pools.attempts("Cookie: INGRESSCOOKIE=" + (1_763_700_000 + i) + ".000.30.1|" + OF_CANARY));
            assertThat(pick.share()).isEqualTo(1);
        }
    }

    @Test
    void requestsWithOneOpaqueCookieMeetInOnePlaceAndManySpread() {
        StickySession session = importing(new ImportedCookie(Form.OPAQUE, "JROUTE", OptionalLong.empty(), List.of()));
        BalanceState state = state(session, ready(4));
        Set<String> taken = new HashSet<>();
        for (int client = 0; client < 40; client++) {
            Set<String> places = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                places.add(key(pick(state, "Cookie: JROUTE=client" + client).candidate()));
            }
            assertThat(places).hasSize(1);
            taken.addAll(places);
        }
        assertThat(taken).hasSize(4);
    }

    @Test
    void noiseInOldAndNewCookiesIsNeverAnError() {
        BalanceState state = state(importing(nginx()), addresses());
        Random random = new Random(17);
        for (int i = 0; i < 3_000; i++) {
            String noise = noise(random);
            Pick.Chosen chosen =
                    pick(state, "Cookie: moor=" + noise + "; INGRESSCOOKIE=" + noise(random) + "; moor=" + noise);

            assertThat(chosen.session().newToken()).isNotNull();
            assertThat(chosen.session().outcome())
                    .isIn(SessionOutcome.NEW, SessionOutcome.MALFORMED, SessionOutcome.IMPORTED);
        }
    }

    /** Up to eight KiB of what may stand in a field's value; every other one is short. */
    private static String noise(Random random) {
        int length = random.nextInt(random.nextBoolean() ? 300 : 8_192);
        StringBuilder noise = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            int octet = 0x21 + random.nextInt(0xff - 0x21);
            noise.append(octet == 0x7f ? '|' : (char) octet);
        }
        return noise.toString();
    }

    // ------------------------------------------------------------------ in few words

    private static StickySession limited(Limits limits) {
        return Sessions.session("s").made().seated(limits, List.of(), Steering.NONE);
    }

    private static StickySession importing(ImportedCookie cookie) {
        return Sessions.session("s").made().seated(Limits.NONE, List.of(cookie), Steering.NONE);
    }

    private static ImportedCookie nginx() {
        return new ImportedCookie(
                Form.INGRESS_NGINX,
                "INGRESSCOOKIE",
                OptionalLong.empty(),
                List.of(new OldBackend(CART.name(), "shop-cart-80"), new OldBackend(CANARY.name(), "shop-canary-80")));
    }

    /** Those of NginxNamesTest. */
    private static List<Endpoint> addresses() {
        List<Endpoint> endpoints = new ArrayList<>();
        for (String address : List.of("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.5")) {
            endpoints.add(new Endpoint(
                    "e" + address,
                    "",
                    Optional.of(address),
                    Optional.empty(),
                    8080,
                    Optional.empty(),
                    Endpoint.State.READY));
        }
        endpoints.add(new Endpoint(
                "e4", "", Optional.empty(), Optional.of("fd00::4"), 8080, Optional.empty(), Endpoint.State.READY));
        return Collections.unmodifiableList(endpoints);
    }

    private SessionSample sample() {
        SessionSample sample = sessions.census().samples().get("s");
        assertThat(sample).isNotNull();
        return sample;
    }

    private Pick.Chosen count(BalanceState state, Map<String, Integer> begun) {
        Pick.Chosen chosen = pick(state, "");
        begun.merge(key(chosen.candidate()), 1, Integer::sum);
        return chosen;
    }

    private BalanceState state(StickySession session, List<Endpoint> endpoints) {
        return new BalanceState(
                Map.of(CART.name(), registry.set(CART, endpoints)),
                Map.of("s", sessions.policy(session, Sessions.ring("k1"))));
    }

    private Pick.Chosen pick(BalanceState state, String field) {
        Pick pick = balancer.pick(state, field.isEmpty() ? Pools.attempts() : Pools.attempts(field));
        assertThat(pick).isInstanceOf(Pick.Chosen.class);
        return (Pick.Chosen) pick;
    }

    private static String carrying(Pick.Chosen pick) {
        return "Cookie: moor=" + pick.session().newToken();
    }
}
