package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.draining;
import static dev.moorgate.dataplane.balance.Pools.key;
import static dev.moorgate.dataplane.balance.Pools.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.balance.SessionUse.Transport;
import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.AppCookie;
import dev.moorgate.routetable.StickySession.Skip;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A session begins where the application sets its cookie, follows it, and ends with it. */
class AppCookieTest {
    private static final Upstream CART = Pools.upstream("shop/cart/80", Balancing.ROUND_ROBIN);

    private final Sessions.Clock clock = new Sessions.Clock();
    private final EndpointRegistry registry = new EndpointRegistry(() -> 1);
    private final RouteBalancer balancer = RouteBalancer.of(new Forward(
            List.of(new WeightedUpstream(Optional.of(CART.name()), 1, List.of(), Optional.of("s"))), Optional.empty()));

    @Test
    void nobodyIsKeptBeforeTheApplicationHasSetItsCookie() {
        BalanceState state = state(session(null), ready(3));
        Set<String> places = new HashSet<>();
        for (int i = 0; i < 6; i++) {
            Pick.Chosen chosen = pick(state);
            answered(chosen, "Set-Cookie: theme=dark");
            assertThat(chosen.session().newToken()).isNull();
            assertThat(chosen.session().outcome()).isNull();
            places.add(key(chosen.candidate()));
        }
        assertThat(places).hasSize(3);
    }

    @Test
    void whoeverIsGivenTheCookieStaysThereInEveryReplica() {
        StickySession session = session(null);
        BalanceState one = state(session, ready(5));
        BalanceState two = state(session, ready(5));
        Pick.Chosen login = pick(one);
        String token = answered(login, "Set-Cookie: JSESSIONID=a; Path=/");
        assertThat(login.session().outcome()).isEqualTo(SessionOutcome.NEW);

        for (int i = 0; i < 10; i++) {
            Pick.Chosen next = pick(i % 2 == 0 ? one : two, cookies("a", token));
            String again = answered(next, "Set-Cookie: JSESSIONID=a; Path=/");

            assertThat(key(next.candidate())).isEqualTo(key(login.candidate()));
            assertThat(next.session().outcome()).isEqualTo(SessionOutcome.RESUMED);
            assertThat(again).as("the client has it").isNull();
        }
    }

    @Test
    void bothCookiesAreNeeded() {
        BalanceState state = state(session(null), ready(5));
        String token = answered(pick(state), "Set-Cookie: JSESSIONID=a");
        Set<String> places = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            Pick.Chosen without = pick(state, "Cookie: moor=" + token);
            assertThat(without.session().outcome()).isNull();
            places.add(key(without.candidate()));
        }
        assertThat(places).hasSize(5);
    }

    @Test
    void aClientOfWhomOnlyTheApplicationKnowsMeetsOneEndpointInEveryReplica() {
        BalanceState one = state(session(null), ready(5));
        BalanceState two = state(session(null), ready(5));
        Set<String> all = new HashSet<>();
        for (int client = 0; client < 40; client++) {
            String cookie = "Cookie: JSESSIONID=client" + client;
            Pick.Chosen here = pick(one, cookie);
            assertThat(here.session().newToken()).isNull();
            assertThat(key(pick(two, cookie).candidate())).isEqualTo(key(here.candidate()));
            all.add(key(here.candidate()));
        }
        assertThat(all).hasSize(5);
    }

    @Test
    void theSessionEndsWhenTheApplicationDeletesItsCookie() {
        BalanceState state = state(session(null), ready(3));
        String token = answered(pick(state), "Set-Cookie: JSESSIONID=a");
        Pick.Chosen logout = pick(state, cookies("a", token));

        HeadWriter out = new HeadWriter();
        var answer = Heads.response(200, "Set-Cookie: JSESSIONID=; Max-Age=0");
        out.startResponse(answer);
        logout.session().write(answer, Transport.CLEAR, out);

        assertThat(logout.session().outcome()).isEqualTo(SessionOutcome.ENDED);
        String written = Heads.written(out);
        assertThat(Heads.values(written, "set-cookie"))
                .containsExactly("moor=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        assertThat(Heads.values(written, "cache-control")).containsExactly("private");
        Pick.Chosen stranger = pick(state);
        answered(stranger, "Set-Cookie: JSESSIONID=; Max-Age=0");
        assertThat(stranger.session().outcome()).as("there was none").isNull();
    }

    @Test
    void aSessionFollowsToWhoeverSetTheCookieAnew() {
        BalanceState state = state(session(null), ready(3));
        Pick.Chosen login = pick(state);
        String token = answered(login, "Set-Cookie: JSESSIONID=a");
        login.candidate().state().eject(1, Duration.ofSeconds(30));
        Pick.Chosen elsewhere = pick(state, cookies("a", token));
        assertThat(key(elsewhere.candidate())).isNotEqualTo(key(login.candidate()));
        assertThat(elsewhere.session().newToken()).as("for once").isNull();

        String moved = answered(elsewhere, "Set-Cookie: JSESSIONID=b");

        assertThat(elsewhere.session().outcome()).isEqualTo(SessionOutcome.MOVED_FOLLOWED);
        assertThat(key(pick(state, cookies("b", moved)).candidate())).isEqualTo(key(elsewhere.candidate()));
        Pick.Chosen again = pick(state, cookies("a", token));
        answered(again);
        assertThat(again.session().outcome()).as("nothing was set").isEqualTo(SessionOutcome.RESUMED);
    }

    @Test
    void aSessionWhoseEndpointIsGoneMovesAtOnceAndTheTokenOfTheMoveStands() {
        BalanceState before = state(session(null), ready(2));
        Pick.Chosen login = pick(before);
        String token = answered(login, "Set-Cookie: JSESSIONID=a");
        List<Endpoint> left = ready(2).stream()
                .filter(one -> !one.key().equals(key(login.candidate())))
                .toList();
        BalanceState after = state(session(null), left);

        Pick.Chosen moved = pick(after, cookies("a", token));
        String next = answered(moved, "Set-Cookie: JSESSIONID=b");

        assertThat(moved.session().outcome()).isEqualTo(SessionOutcome.MOVED_GONE);
        assertThat(pick(after, cookies("b", next)).session().outcome()).isEqualTo(SessionOutcome.RESUMED);
    }

    @Test
    void noSessionBeginsOnAnEndpointThatDrains() {
        BalanceState state = state(session(null), List.of(draining("a")));

        assertThat(answered(pick(state), "Set-Cookie: JSESSIONID=a")).isNull();
    }

    @Test
    void theSessionEndsWhenTheApplicationHasNotSetItsCookieForTheTtl() {
        BalanceState state = state(session(Duration.ofSeconds(1_000)), ready(3));
        Pick.Chosen login = pick(state);
        String token = answered(login, "Set-Cookie: JSESSIONID=a");
        assertThat(token).startsWith("v2.k1.");
        clock.seconds += 99;
        assertThat(answered(pick(state, cookies("a", token)), "Set-Cookie: JSESSIONID=a"))
                .as("less than a tenth has passed")
                .isNull();
        clock.seconds += 801;
        String slid = answered(pick(state, cookies("a", token)), "Set-Cookie: JSESSIONID=a");
        assertThat(slid).isNotNull();
        clock.seconds += 999;
        assertThat(pick(state, cookies("a", slid)).session().outcome()).isEqualTo(SessionOutcome.RESUMED);
        assertThat(pick(state, cookies("a", token)).session().outcome()).isEqualTo(SessionOutcome.EXPIRED);
        clock.seconds += 1;

        Pick.Chosen late = pick(state, cookies("a", slid));

        assertThat(late.session().outcome()).isEqualTo(SessionOutcome.EXPIRED);
        assertThat(late.session().newToken())
                .as("the application is to begin anew")
                .isNull();
        assertThat(answered(late, "Set-Cookie: JSESSIONID=b")).isNotNull();
    }

    @Test
    void skippedRequestsBeginNoSessionWhateverTheApplicationSets() {
        StickySession all = session(null);
        StickySession session = all.beginning(List.of(new Skip(PathMatch.prefix("/static"), List.of())), all.follows());
        BalanceState state = state(session, ready(3));
        Pick.Chosen chosen = (Pick.Chosen) balancer.pick(state, Pools.attempts(Heads.get("h", "/static/a.js")));

        assertThat(answered(chosen, "Set-Cookie: JSESSIONID=a")).isNull();
        assertThat(answered(pick(state), "Set-Cookie: JSESSIONID=a")).isNotNull();
    }

    @Test
    void ofASplitTheBackendIsKeptToo() {
        Upstream canary = Pools.upstream("shop/canary/80", Balancing.ROUND_ROBIN);
        RouteBalancer split = RouteBalancer.of(new Forward(
                List.of(
                        new WeightedUpstream(Optional.of(CART.name()), 1, List.of(), Optional.empty()),
                        new WeightedUpstream(Optional.of(canary.name()), 1, List.of(), Optional.empty())),
                Optional.of("s")));
        BalanceState state = new BalanceState(
                Map.of(
                        CART.name(), registry.set(CART, ready(2)),
                        canary.name(), registry.set(canary, List.of(ready("x"), ready("y")))),
                Map.of("s", Sessions.instance(clock).policy(session(null), Sessions.ring("k1"))));
        for (int i = 0; i < 8; i++) {
            Pick.Chosen login = (Pick.Chosen) split.pick(state, Pools.attempts());
            String token = answered(login, "Set-Cookie: JSESSIONID=a");
            for (int again = 0; again < 3; again++) {
                Pick.Chosen next = (Pick.Chosen) split.pick(state, Pools.attempts(cookies("a", token)));
                assertThat(next.share()).isEqualTo(login.share());
                assertThat(key(next.candidate())).isEqualTo(key(login.candidate()));
            }
            Set<Integer> shares = new HashSet<>();
            for (int again = 0; again < 4; again++) {
                shares.add(split.pick(state, Pools.attempts("Cookie: JSESSIONID=known" + i))
                        .share());
            }
            assertThat(shares).hasSize(1);
        }
    }

    @Test
    void noiseOfUpToEightKibibytesBeginsASessionWhenTheApplicationSaysSoAndIsNeverAnError() {
        BalanceState state = state(session(Duration.ofHours(1)), ready(3));
        Random random = new Random(31);
        for (int i = 0; i < 2_000; i++) {
            String noise = noise(random);
            Pick.Chosen chosen = pick(state, "Cookie: moor=" + noise + "; JSESSIONID=" + noise(random));
            assertThat(chosen.session().newToken()).isNull();
            String token = answered(chosen, "Set-Cookie: JSESSIONID=fresh; " + noise.replace(';', ','));

            assertThat(pick(state, cookies("fresh", token)).session().outcome()).isEqualTo(SessionOutcome.RESUMED);
        }
    }

    /** What may stand in a cookie's value; every other one is short. */
    private static String noise(Random random) {
        int length = random.nextInt(random.nextBoolean() ? 200 : 7_900);
        StringBuilder noise = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            int octet = 0x21 + random.nextInt(0xff - 0x21);
            noise.append(octet == 0x7f || octet == ';' ? '|' : (char) octet);
        }
        return noise.toString();
    }

    private static StickySession session(Duration ttl) {
        return Sessions.session("s")
                .made()
                .beginning(List.of(), Optional.of(new AppCookie("JSESSIONID", Optional.ofNullable(ttl))))
                .leaving(false, Duration.ZERO, false);
    }

    private static String cookies(String app, String token) {
        return "Cookie: JSESSIONID=" + app + "; moor=" + token;
    }

    /** The token that the client gets with this answer, or null. */
    private static String answered(Pick.Chosen chosen, String... fields) {
        chosen.session().follow(Heads.response(200, fields));
        return chosen.session().newToken();
    }

    private Pick.Chosen pick(BalanceState state, String... fields) {
        return (Pick.Chosen) balancer.pick(state, Pools.attempts(fields));
    }

    private BalanceState state(StickySession session, List<Endpoint> endpoints) {
        return Pools.state(registry, CART, endpoints, Sessions.instance(clock).policy(session, Sessions.ring("k1")));
    }
}
