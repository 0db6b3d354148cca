package dev.moorgate.dataplane.forward.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.Sticky;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.KeyRing.Algorithm;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Skip;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a policy may choose of sessions, over sockets. */
class SessionChoicesTest {
    private static final TlsCertificate CERTIFICATE = TlsCertificate.of("shop.example");

    private static StickySession staying(Duration deadline, boolean returns) {
        return Sticky.plain().leaving(false, deadline, returns);
    }

    private static String cookie(Answer answer) {
        return answer.field("set-cookie").split(";", 2)[0];
    }

    private static Answer get(RawClient client, String path, String cookie) {
        client.sendHead("GET " + path + " HTTP/1.1", "Host: shop.example", "Cookie: " + cookie);
        return client.readAnswer();
    }

    /** A cookie of a session at the endpoint that answers so. */
    private static String at(RawClient client, String home) {
        Answer answer = client.get("/");
        while (!answer.body().equals(home)) {
            answer = client.get("/");
        }
        return cookie(answer);
    }

    // ------------------------------------------------------------------ skip

    @Test
    void aSkippedRequestGetsNoCookieAndOneWithACookieGoesHome() {
        StickySession session = Sticky.plain()
                .beginning(
                        List.of(
                                new Skip(PathMatch.prefix("/static"), List.of()),
                                new Skip(PathMatch.ALL, List.of("OPTIONS"))),
                        Optional.empty());
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.start(Sticky.to(session, one, two));
                var client = proxy.connect()) {
            assertThat(client.get("/static/app.js").has("set-cookie")).isFalse();
            client.sendHead("OPTIONS /cart HTTP/1.1", "Host: a");
            assertThat(client.readAnswer().has("set-cookie")).isFalse();
            Answer forged = get(client, "/static/app.js", "mg=v1.k1.forged");
            assertThat(forged.status()).isEqualTo(200);
            assertThat(forged.has("set-cookie")).isFalse();
            String cookie = at(client, "two");
            for (int i = 0; i < 4; i++) {
                assertThat(get(client, "/static/app.js", cookie).body()).isEqualTo("two");
            }
        }
    }

    // ------------------------------------------------------------------ retryMovesSession

    @Test
    void aRequestThatIsRepeatedElsewhereTakesItsSessionAlongWhereThePolicySaysSo() {
        for (boolean moves : List.of(true, false)) {
            StickySession session = Sticky.plain().leaving(moves, Duration.ofMinutes(30), false);
            try (var one = ScriptedUpstream.answering("one");
                    var two = ScriptedUpstream.running((connection, _) -> {
                        // It takes requests for / and breaks off at all others, as a bug of an application does.
                        for (String head = connection.readRequest();
                                head != null && head.startsWith("GET / ");
                                head = connection.readRequest()) {
                            connection.answer("two");
                        }
                    });
                    var proxy = ProxyUnderTest.start(Sticky.to(session, one, two));
                    var client = proxy.connect()) {
                String cookie = at(client, "two");

                Answer retried = get(client, "/broken", cookie);

                assertThat(retried.body()).isEqualTo("one");
                assertThat(retried.has("set-cookie")).isEqualTo(moves);
                String kept = moves ? cookie(retried) : cookie;
                for (int i = 0; i < 3; i++) {
                    assertThat(get(client, "/", kept).body()).isEqualTo(moves ? "one" : "two");
                }
            }
        }
    }

    // ------------------------------------------------------------------ crossSiteTwin

    @Test
    void overTlsASecondCookieBringsTheSameSessionFromOtherSites() {
        StickySession session = Sticky.plain().carried(Optional.of("mg-cors"), Algorithm.AES_256_GCM);
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var secured = ProxyUnderTest.startSecured(Sticky.to(session, one, two), CERTIFICATE);
                var clear = ProxyUnderTest.start(Sticky.to(session, one, two));
                var client = secured.connectSecured(CERTIFICATE);
                var plain = clear.connect()) {
            Answer first = client.get("/");
            List<String> lines = first.fields("set-cookie");
            assertThat(lines).hasSize(2);
            assertThat(lines.get(0)).startsWith("mg=v1.k1.").contains("; Secure;", "SameSite=Lax");
            assertThat(lines.get(1)).startsWith("mg-cors=v1.k1.").contains("; Secure;", "SameSite=None");
            String twin = lines.get(1).split(";", 2)[0];
            for (int i = 0; i < 4; i++) {
                Answer next = get(client, "/", "theme=dark; " + twin);
                assertThat(next.body()).isEqualTo(first.body());
                assertThat(next.has("set-cookie")).isFalse();
            }
            ScriptedUpstream home = first.body().equals("one") ? one : two;
            assertThat(home.requests().getLast())
                    .contains("Cookie: theme=dark\r\n")
                    .doesNotContain("mg-cors");
            assertThat(plain.get("/").fields("set-cookie")).hasSize(1);
        }
    }

    // ------------------------------------------------------------------ drainDeadline

    @Test
    void aSessionLeavesAnEndpointThatDrainsAtItsDeadline() {
        StickySession session = staying(Duration.ofSeconds(20), false);
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.start(Sticky.to(session, one, two));
                var client = proxy.connect()) {
            String cookie = at(client, "two");
            Setup setup = Sticky.to(session, one, two);
            List<Endpoint> endpoints =
                    new ArrayList<>(setup.endpoints().upstreams().getFirst().endpoints());
            endpoints.set(1, Setup.draining(endpoints.get(1)));
            proxy.install(
                    setup.table(),
                    new EndpointTable(List.of(new EndpointTable.UpstreamEndpoints(Setup.UPSTREAM, endpoints))));
            proxy.clock().advance(Duration.ofSeconds(19));
            assertThat(get(client, "/", cookie).body()).isEqualTo("two");
            assertThat(client.get("/").body()).as("a session that begins").isEqualTo("one");
            proxy.clock().advance(Duration.ofSeconds(1));

            Answer moved = get(client, "/", cookie);

            assertThat(moved.body()).isEqualTo("one");
            assertThat(get(client, "/", cookie(moved)).has("set-cookie")).isFalse();
        }
    }

    // ------------------------------------------------------------------ returnToOrigin

    @Test
    void aSessionGoesBackWhenItsEndpointServesAgainWhereThePolicySaysSo() {
        for (boolean returns : List.of(true, false)) {
            try (var one = ScriptedUpstream.answering("one");
                    var two = ScriptedUpstream.answering("two");
                    var proxy = ProxyUnderTest.start(Sticky.to(staying(Duration.ZERO, returns), one, two));
                    var client = proxy.connect()) {
                String cookie = at(client, "two");
                proxy.endpoint(Setup.UPSTREAM, Setup.UPSTREAM + "-1").checkFailed();
                Answer moved = get(client, "/", cookie);
                assertThat(moved.body()).isEqualTo("one");
                proxy.endpoint(Setup.UPSTREAM, Setup.UPSTREAM + "-1").checkPassed();

                Answer back = get(client, "/", cookie(moved));

                assertThat(back.body()).isEqualTo(returns ? "two" : "one");
                assertThat(back.has("set-cookie")).isEqualTo(returns);
            }
        }
    }

    // ------------------------------------------------------------------ signing.algorithm

    @Test
    void aChangeOfTheAlgorithmLosesNoSession() {
        StickySession sealed = Sticky.plain();
        StickySession signed = sealed.carried(Optional.empty(), Algorithm.HMAC_SHA256);
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.start(Sticky.to(sealed, one, two));
                var client = proxy.connect()) {
            String cookie = at(client, "two");
            for (StickySession next : List.of(signed, sealed)) {
                proxy.install(Sticky.to(next, one, two));
                Answer changed = get(client, "/", cookie);
                assertThat(changed.body()).isEqualTo("two");
                cookie = cookie(changed);
                assertThat(cookie).startsWith(next.equals(signed) ? "mg=s1.k1." : "mg=v1.k1.");
                assertThat(get(client, "/", cookie).has("set-cookie")).isFalse();
            }
        }
    }
}
