package dev.moorgate.dataplane.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RoutePolicy.Admission;
import dev.moorgate.routetable.RoutePolicy.BasicAuth;
import dev.moorgate.routetable.RoutePolicy.Buffering;
import dev.moorgate.routetable.RoutePolicy.Clients;
import dev.moorgate.routetable.RoutePolicy.ErrorBody;
import dev.moorgate.routetable.RoutePolicy.Fault;
import dev.moorgate.routetable.RoutePolicy.RateLimit;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is not let in gets an answer of ours, and the upstream hears nothing of it. */
class GateTest {
    private static final Admission OPEN =
            new Admission(false, List.of(), Optional.empty(), Optional.empty(), Optional.empty());
    private static final Buffering COLLECTED = new Buffering(true, false, 1 << 20, 0);
    private static final String BCRYPT = "$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
    private static final ProxySettings TRUSTING = new ProxySettings(
            new ProxySettings.TrustedProxies(1, List.of()),
            ProxySettings.AccessLog.OFF,
            false,
            ProxySettings.DownstreamLimits.STANDARD);

    private static Admission clients(List<String> allow, List<String> deny) {
        return new Admission(
                false, List.of(new Clients(allow, deny)), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static Admission users(String hash) {
        var auth = new BasicAuth("The shop", List.of(new BasicAuth.User("ada", new Redacted(hash))));
        return new Admission(false, List.of(), Optional.empty(), Optional.of(auth), Optional.empty());
    }

    private static Admission fault(Duration delay, int delayPercent, int status, int abortPercent) {
        return new Admission(
                false,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new Fault(delay, delayPercent, status, abortPercent)));
    }

    private static String basic(String credentials) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aClientOfADeniedNetworkGets403OnAConnectionThatServesOn() {
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(
                        Setup.to(upstream).admission(clients(List.of(), List.of("127.0.0.0/8", "::1/128"))));
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(403);
            assertThat(client.get("/").body()).contains("client_denied");
            assertThat(proxy.exchange(2).reason()).isEqualTo(ProxyFailure.CLIENT_DENIED);
            assertThat(upstream.connections()).isZero();

            proxy.install(Setup.to(upstream).admission(clients(List.of("127.0.0.0/8", "::1/128"), List.of())));
            assertThat(client.get("/").body()).isEqualTo("data");
        }
    }

    @Test
    void behindATrustedProxyTheClientIsWhomItTellsAndElseThePeer() {
        var denied = clients(List.of(), List.of("192.0.2.0/24"));
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(
                        Setup.to(upstream).admission(denied).settings(TRUSTING));
                var client = proxy.connect()) {
            assertThat(statusFor(client, "198.51.100.1, 192.0.2.7")).isEqualTo(403);
            assertThat(statusFor(client, "192.0.2.7, 198.51.100.1")).isEqualTo(200);
            assertThat(client.get("/").status()).isEqualTo(200);

            proxy.install(Setup.to(upstream).admission(clients(List.of(), List.of("127.0.0.0/8", "::1/128"))));
            try (var untrusted = proxy.connect()) {
                assertThat(statusFor(untrusted, "198.51.100.1")).isEqualTo(403);
            }
        }
    }

    private static int statusFor(RawClient client, String forwardedFor) {
        client.sendHead("GET / HTTP/1.1", "Host: a", "X-Forwarded-For: " + forwardedFor);
        return client.readAnswer().status();
    }

    @Test
    void moreThanTheRateGets429AndIsToldWhenToComeBack() {
        var limit = new RateLimit("all", 1, Duration.ofSeconds(90), 2, RateLimit.Key.ROUTE);
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(Setup.to(upstream)
                        .admission(new Admission(
                                false, List.of(), Optional.of(limit), Optional.empty(), Optional.empty())));
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(200);
            assertThat(client.get("/").status()).isEqualTo(200);

            var refused = client.get("/");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(Integer.parseInt(refused.field("Retry-After"))).isBetween(80, 90);
            assertThat(proxy.exchange(3).reason()).isEqualTo(ProxyFailure.RATE_LIMITED);

            proxy.clock().advance(Duration.ofSeconds(91));
            assertThat(client.get("/").status()).isEqualTo(200);
        }
    }

    @Test
    void aPasswordIsAskedForAndASlowHashIsCheckedOnce() {
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).admission(users(BCRYPT)));
                var client = proxy.connect()) {
            var asked = client.get("/");
            assertThat(asked.status()).isEqualTo(401);
            assertThat(asked.field("WWW-Authenticate")).isEqualTo("Basic realm=\"The shop\", charset=\"UTF-8\"");
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.UNAUTHENTICATED);

            for (String wrong : List.of("ada:wrong", "bob:secret", "ada:", ":secret")) {
                client.sendHead("GET / HTTP/1.1", "Host: a", basic(wrong));
                assertThat(client.readAnswer().status()).as(wrong).isEqualTo(401);
            }
            assertThat(upstream.requests()).isEmpty();

            for (int i = 0; i < 2; i++) {
                client.sendHead("GET / HTTP/1.1", "Host: a", basic("ada:secret"));
                assertThat(client.readAnswer().body()).isEqualTo("data");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBodyThatComesWhileThePasswordIsCheckedArrivesWhole(boolean collected) {
        String body = "x".repeat(200_000);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.answer(connection.read(body.length()).equals(body) ? "y" : "n");
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream)
                        .buffering(collected ? COLLECTED : Buffering.OFF)
                        .admission(users(BCRYPT)));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", basic("ada:secret"), "Content-Length: " + body.length());
            client.send(body);
            assertThat(client.readAnswer().body()).isEqualTo("y");
        }
    }

    /** More than is held for a gate comes before it opens, so that the client is not read for a while. */
    @Test
    void aBodyThatIsCollectedBehindTheGateArrivesWhole() {
        String body = "x".repeat(200_000);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.answer(connection.read(body.length()).equals(body) ? "y" : "n");
                });
                var proxy = ProxyUnderTest.startMeasured(
                        Setup.to(upstream).buffering(COLLECTED).admission(fault(Duration.ofSeconds(20), 100, 503, 0)));
                // One whose bytes the clock does not wait for: they wait for the clock.
                var client = RawClient.connect(proxy.port())) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + body.length());
            var sending = CompletableFuture.runAsync(() -> client.send(body));
            Await.until("as much to be held as may be", () -> proxy.bufferBytes() >= 64 << 10);

            proxy.clock().advance(Duration.ofSeconds(21));

            assertThat(client.readAnswer().body()).isEqualTo("y");
            Await.until("all to be sent", sending::isDone);
        }
    }

    @Test
    void aClientThatLeavesWhileItsPasswordIsCheckedLeavesNothingBehind() {
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).admission(users(BCRYPT)))) {
            for (int i = 0; i < 20; i++) {
                try (var client = proxy.connect()) {
                    client.sendHead("GET / HTTP/1.1", "Host: a", basic("ada:guess" + i));
                }
            }
            Await.until("all to be gone", () -> proxy.underWay() == 0 && proxy.openClients() == 0);
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void whoGuessesWithoutEndIsRefusedAndOtherAddressesAreNot() {
        String slow = OpenBSDBCrypt.generate("2y", "secret".toCharArray(), new byte[16], 7);
        List<Http2TestClient> connections = new ArrayList<>();
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(
                        Setup.to(upstream).admission(users(slow)).settings(TRUSTING))) {
            for (int i = 0; i < 399; i++) {
                if (i % 100 == 0) {
                    connections.add(Http2TestClient.to(proxy));
                }
                connections.getLast().get("/", "X-Forwarded-For: 192.0.2.7", basic("ada:guess" + i));
            }
            // behind the guesses of the same connection, while they wait
            var user = connections.getLast().get("/", "X-Forwarded-For: 192.0.2.8", basic("ada:secret"));

            assertThat(user.body()).isEqualTo("data");
            Await.until("the rest to be told", () -> proxy.underWay() == 0);
            assertThat(proxy.exchanges())
                    .anySatisfy(each -> assertThat(each.detail()).isEqualTo("passwords"));
        } finally {
            connections.forEach(Http2TestClient::close);
        }
    }

    @Test
    void aPreflightNeedsNoPasswordAndOtherOptionsDo() {
        var cors = new Filter.Cors(
                List.of("https://app.example"), false, List.of("PUT"), List.of(), List.of(), Duration.ZERO);
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(
                        Setup.to(upstream).filters(cors).admission(users("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=")));
                var client = proxy.connect()) {
            client.sendHead(
                    "OPTIONS / HTTP/1.1",
                    "Host: a",
                    "Origin: https://app.example",
                    "Access-Control-Request-Method: PUT");
            assertThat(client.readAnswer().status()).isEqualTo(204);
            client.sendHead("OPTIONS / HTTP/1.1", "Host: a");
            assertThat(client.readAnswer().status()).isEqualTo(401);
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void whatIsClosedOrHasNoUserLetsNobodyIn() {
        var closed = new Admission(true, List.of(), Optional.empty(), Optional.empty(), Optional.empty());
        var nobody = new Admission(
                false, List.of(), Optional.empty(), Optional.of(new BasicAuth("a", List.of())), Optional.empty());
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).admission(closed));
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(500);
            proxy.install(Setup.to(upstream).admission(nobody));
            assertThat(client.get("/").body()).contains("policy_broken");
            proxy.install(Setup.to(upstream).admission(OPEN));
            assertThat(client.get("/").body()).isEqualTo("data");
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    @Test
    void failuresOnPurposeHaveTheStatusThatWasAskedFor() {
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).admission(fault(Duration.ZERO, 0, 418, 100)));
                var client = proxy.connect()) {
            var aborted = client.get("/");
            assertThat(aborted.status()).isEqualTo(418);
            assertThat(aborted.body()).contains("fault_injected");
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.FAULT_INJECTED);
            assertThat(upstream.connections()).isZero();
        }
    }

    @Test
    void aDelayOnPurposeIsWaitedOut() {
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy =
                        ProxyUnderTest.start(Setup.to(upstream).admission(fault(Duration.ofSeconds(20), 100, 503, 0)));
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            assertThat(client.isSilent(100)).isTrue();
            assertThat(upstream.connections()).isZero();
            proxy.clock().advance(Duration.ofSeconds(21));
            assertThat(client.readAnswer().body()).isEqualTo("data");
        }
    }

    @Test
    void ourOwnAnswersSayWhatTheRouteWantsThemToSay() {
        try (var upstream = ScriptedUpstream.answering("data");
                var proxy = ProxyUnderTest.start(Setup.to(upstream)
                        .admission(clients(List.of("192.0.2.0/24"), List.of()))
                        .errorBodies(
                                new ErrorBody(403, "text/html; charset=utf-8", "<p>Not for you</p>"),
                                new ErrorBody(503, "text/plain", "later")));
                var client = proxy.connect()) {
            var refused = client.get("/");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.field("Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(refused.body()).isEqualTo("<p>Not for you</p>");
        }
    }
}
