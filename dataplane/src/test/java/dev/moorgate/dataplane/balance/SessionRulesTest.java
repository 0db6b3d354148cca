package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.key;
import static dev.moorgate.dataplane.balance.Pools.ready;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Skip;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Requests that begin no session, and retries that take one along. */
class SessionRulesTest {
    private static final Upstream CART = Pools.upstream("shop/cart/80", Balancing.ROUND_ROBIN);

    private final EndpointRegistry registry = new EndpointRegistry(() -> 1);
    private final StickySessions sessions = Sessions.instance(new Sessions.Clock());
    private final RouteBalancer balancer = RouteBalancer.of(new Forward(
            List.of(new WeightedUpstream(Optional.of(CART.name()), 1, List.of(), Optional.of("s"))), Optional.empty()));

    @Test
    void aSkippedRequestBeginsNoSessionAndOneThatIsThereIsHonoured() {
        StickySession session = Sessions.session("s")
                .made()
                .beginning(
                        List.of(
                                new Skip(PathMatch.prefix("/static"), List.of("GET", "HEAD")),
                                new Skip(PathMatch.exact("/healthz"), List.of()),
                                new Skip(new PathMatch(PathMatch.Kind.REGEX, "/.*[.]css"), List.of())),
                        Optional.empty());
        BalanceState state = state(session, ready(3));
        for (String target : List.of("/static", "/static/a.js", "/healthz?x=1", "/theme/a.css")) {
            Pick.Chosen chosen = pick(state, Heads.get("h", target));
            assertThat(chosen.session().newToken()).as(target).isNull();
            assertThat(chosen.session().outcome()).isNull();
        }
        for (String target : List.of("/statics", "/", "/healthz/x", "/a.css/x")) {
            assertThat(pick(state, Heads.get("h", target)).session().newToken())
                    .as(target)
                    .isNotNull();
        }
        assertThat(pick(state, Heads.request("POST", "h", "/static")).session().newToken())
                .isNotNull();
        Pick.Chosen first = pick(state, Heads.get("h", "/"));
        for (int i = 0; i < 5; i++) {
            assertThat(key(pick(state, Heads.get("h", "/static", carrying(first)))
                            .candidate()))
                    .isEqualTo(key(first.candidate()));
        }
    }

    @Test
    void aRetryTakesItsSessionAlongWhereThePolicySaysSo() {
        BalanceState state = state(Sessions.session("s").made().leaving(true, Duration.ofMinutes(30), false), ready(3));
        Pick.Chosen first = pick(state, Heads.get("h", "/"));
        Attempts attempts = Pools.attempts(carrying(first));
        Pick.Chosen tried = (Pick.Chosen) balancer.pick(state, attempts);
        attempts.failed(tried.candidate());

        Pick.Chosen retried = (Pick.Chosen) balancer.pick(state, attempts);

        assertThat(retried.session().outcome()).isEqualTo(SessionOutcome.MOVED_RETRIED);
        assertThat(key(retried.candidate())).isNotEqualTo(key(first.candidate()));
        assertThat(key(pick(state, Heads.get("h", "/", carrying(retried))).candidate()))
                .isEqualTo(key(retried.candidate()));
    }

    private BalanceState state(StickySession session, List<Endpoint> endpoints) {
        return new BalanceState(
                Map.of(CART.name(), registry.set(CART, endpoints)),
                Map.of("s", sessions.policy(session, Sessions.ring("k1"))));
    }

    private Pick.Chosen pick(BalanceState state, RequestHead head) {
        Pick pick = balancer.pick(state, Pools.attempts(head));
        assertThat(pick).isInstanceOf(Pick.Chosen.class);
        return (Pick.Chosen) pick;
    }

    private static String carrying(Pick.Chosen pick) {
        return "Cookie: moor=" + pick.session().newToken();
    }
}
