package dev.moorgate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.Sticky;
import dev.moorgate.dataplane.live.Gate;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.SessionCensus.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A data plane tells which sessions it has seen, where they are moored, and what became of their requests. */
class CensusTest {

    private static String cookie(RawClient client) {
        return client.get("/").field("set-cookie").split(";", 2)[0];
    }

    private static void use(RawClient client, String cookie) {
        client.sendHead("GET / HTTP/1.1", "Host: a", "Cookie: " + cookie);
        assertThat(client.readAnswer().status()).isEqualTo(200);
    }

    private static long moored(SessionCensus.Sessions sessions) {
        return sessions.endpoints().stream()
                .mapToLong(one -> one.sessions().size())
                .sum();
    }

    private static long moored(Gate gate, String endpoint) {
        return gate.dataPlane().census().sessions().getFirst().endpoints().stream()
                .filter(one -> one.endpoint().equals(endpoint))
                .mapToLong(one -> one.sessions().size())
                .sum();
    }

    @Test
    void sessionsAreToldByEndpointWithWhatBecameOfTheirRequests() {
        try (var gate = new Gate();
                var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two")) {
            gate.install(Sticky.to(one, two));
            assertThat(gate.dataPlane().census().sessions()).isEmpty();
            List<String> cookies = new ArrayList<>();
            try (var client = gate.connect()) {
                for (int i = 0; i < 6; i++) {
                    cookies.add(cookie(client));
                }
                cookies.forEach(cookie -> use(client, cookie));
                use(client, "mg=v1.k1.forged");
            }

            SessionCensus.Sessions told = gate.dataPlane().census().sessions().getFirst();

            assertThat(told.id()).isEqualTo("cart");
            assertThat(told.halvings()).isZero();
            assertThat(told.endpoints()).hasSize(2);
            assertThat(moored(told)).isEqualTo(7);
            assertThat(told.outcomes())
                    .contains(new Outcome("new", 6), new Outcome("resumed", 6))
                    .hasSize(3);
            assertThat(MetricText.of(gate.dataPlane().metrics()))
                    .contains("moorgate_sessions_active{policy=\"cart\"} 7");
        }
    }

    @Test
    void sessionsBeyondEveryLimitAreServedAndCounted() {
        try (var gate = new Gate();
                var one = ScriptedUpstream.answering("one")) {
            gate.install(Sticky.to(new StickySession.Limits(2, 0), List.of(), one));
            try (var client = gate.connect()) {
                for (int i = 0; i < 5; i++) {
                    cookie(client);
                }
            }

            assertThat(MetricText.of(gate.dataPlane().metrics()))
                    .contains("moorgate_sessions_over_limit_total{policy=\"cart\"} 3");
        }
    }

    @Test
    void aSessionThatMovesCountsAtItsNewEndpointAndAPolicyThatIsGoneIsForgotten() {
        try (var gate = new Gate();
                var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two")) {
            gate.install(Sticky.to(one, two));
            try (var client = gate.connect()) {
                String cookie = "";
                for (String body = ""; !body.equals("two"); ) {
                    var answer = client.get("/");
                    body = answer.body();
                    cookie = answer.field("set-cookie").split(";", 2)[0];
                }
                long onTwo = moored(gate, "app-1");
                long onOne = moored(gate, "app-0");
                gate.install(Sticky.to(one));
                use(client, cookie);

                assertThat(moored(gate, "app-1")).isEqualTo(onTwo - 1);
                assertThat(moored(gate, "app-0")).isEqualTo(onOne + 1);
                assertThat(gate.dataPlane().census().sessions().getFirst().outcomes())
                        .contains(new Outcome("moved_gone", 1));
            }
            gate.install(Setup.to(two));
            gate.install(Setup.to(one));
            assertThat(gate.dataPlane().census().sessions()).isEmpty();
        }
    }

    @Test
    void sessionsThatFollowTheApplicationCountFromItsCookieToItsEnd() {
        StickySession session =
                Sticky.plain().beginning(List.of(), Optional.of(new StickySession.AppCookie("APP", Optional.empty())));
        try (var gate = new Gate();
                var app = ScriptedUpstream.running((connection, _) -> {
                    for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                        String set = head.startsWith("GET /in")
                                ? "Set-Cookie: APP=1\r\n"
                                : head.startsWith("GET /out") ? "Set-Cookie: APP=; Max-Age=0\r\n" : "";
                        connection.send("HTTP/1.1 200 OK\r\n" + set + "Content-Length: 0\r\n\r\n");
                    }
                })) {
            gate.install(Sticky.to(session, app));
            try (var client = gate.connect()) {
                assertThat(client.get("/").has("set-cookie")).isFalse();
                String ours = client.get("/in").fields("set-cookie").stream()
                        .filter(line -> line.startsWith("mg="))
                        .findFirst()
                        .orElseThrow()
                        .split(";", 2)[0];
                for (String path : List.of("/", "/out")) {
                    client.sendHead("GET " + path + " HTTP/1.1", "Host: a", "Cookie: APP=1; " + ours);
                    assertThat(client.readAnswer().status()).isEqualTo(200);
                }
            }

            assertThat(gate.dataPlane().census().sessions().getFirst().outcomes())
                    .containsExactlyInAnyOrder(
                            new Outcome("new", 1), new Outcome("resumed", 1), new Outcome("ended", 1));
        }
    }

    @Test
    void ofAnEndpointThatDrainsItIsToldSinceWhen() {
        try (var gate = new Gate();
                var one = ScriptedUpstream.answering("one")) {
            gate.install(Sticky.to(one));
            try (var client = gate.connect()) {
                cookie(client);
            }
            assertThat(drainsSince(gate)).isZero();
            long before = System.currentTimeMillis() / 1_000;
            Setup setup = Sticky.to(one).settings(Gate.silent());
            Endpoint ready =
                    setup.endpoints().upstreams().getFirst().endpoints().getFirst();
            gate.install(
                    setup.table(),
                    new EndpointTable(List.of(
                            new EndpointTable.UpstreamEndpoints(Setup.UPSTREAM, List.of(Setup.draining(ready))))));

            assertThat(drainsSince(gate)).isBetween(before, System.currentTimeMillis() / 1_000);
        }
    }

    private static long drainsSince(Gate gate) {
        return gate.dataPlane()
                .census()
                .sessions()
                .getFirst()
                .endpoints()
                .getFirst()
                .drainsSince();
    }
}
