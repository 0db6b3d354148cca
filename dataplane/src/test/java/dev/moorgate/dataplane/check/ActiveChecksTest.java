package dev.moorgate.dataplane.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.Upstream.UpstreamTls;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** F14: what checks find decides where requests go, neither too soon nor too late. */
class ActiveChecksTest {
    private final AtomicInteger status = new AtomicInteger(200);
    private final AtomicInteger checked = new AtomicInteger();

    @Test
    void anEndpointIsDownAfterThreeFailuresAndUpAfterTwoPasses() {
        try (var sick = Checks.application("sick", status, checked);
                var well = Checks.application("well", new AtomicInteger(200), new AtomicInteger());
                var proxy = ProxyUnderTest.start(Setup.to(sick, well).healthCheck(Checks.http()))) {
            EndpointState state = proxy.endpoint(Setup.UPSTREAM, "app-0");
            rounds(proxy, 1);
            assertThat(sick.requests().getFirst())
                    .startsWith("GET /healthz?deep=1 HTTP/1.1\r\nHost: cart.internal\r\n")
                    .contains("\r\nConnection: close\r\n");

            status.set(503);
            rounds(proxy, 2);
            assertThat(state.isCheckFailed()).isFalse();
            rounds(proxy, 1);
            Await.until("the endpoint to be down", state::isCheckFailed);
            assertThat(state.why()).isEqualTo("status 503");
            for (int i = 0; i < 4; i++) {
                assertThat(get(proxy)).isEqualTo("well");
            }

            status.set(204);
            rounds(proxy, 1);
            assertThat(state.isCheckFailed()).isTrue();
            rounds(proxy, 1);
            Await.until("the endpoint to be up", () -> !state.isCheckFailed());
            assertThat(List.of(get(proxy), get(proxy))).contains("sick");
            assertThat(proxy.healthMetrics())
                    .contains("moorgate_upstream_checks_total{outcome=\"failed\",upstream=\"app\"} 3.0")
                    .contains("change=\"check_failed\",reason=\"\",upstream=\"app\"} 1.0")
                    .contains("change=\"check_passed\",reason=\"\",upstream=\"app\"} 1.0");
        }
    }

    @Test
    void flappingChangesNothing() {
        try (var flapping = Checks.application("flapping", status, checked);
                var proxy = ProxyUnderTest.start(Setup.to(flapping).healthCheck(Checks.http()))) {
            for (int i = 0; i < 4; i++) {
                status.set(500);
                rounds(proxy, 2);
                status.set(200);
                rounds(proxy, 1);
            }
            assertThat(proxy.healthMetrics()).doesNotContain("check_failed");
        }
    }

    @Test
    void whereAllAreDownRequestsAre503() {
        status.set(500);
        try (var down = Checks.application("down", status, checked);
                var proxy = ProxyUnderTest.start(Setup.to(down).healthCheck(Checks.http()))) {
            rounds(proxy, 3);
            Await.until(
                    "the endpoint to be down",
                    () -> proxy.endpoint(Setup.UPSTREAM, "app-0").isCheckFailed());

            try (var client = proxy.connect()) {
                assertThat(client.get("/").status()).isEqualTo(503);
            }
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.ALL_UNHEALTHY);
        }
    }

    @Test
    void whereAllAreDownAndThePolicyFailsOpenRequestsAreTried() {
        status.set(500);
        try (var down = Checks.application("tried", status, checked);
                var proxy = ProxyUnderTest.start(Setup.to(down, down).healthCheck(Checks.failingOpen()))) {
            // both are one address, whose checks are spread over time
            proxy.clock().advance(Checks.INTERVAL);
            proxy.clock()
                    .advanceUntil(
                            "all to fail open",
                            Duration.ofMillis(200),
                            () -> proxy.healthMetrics().contains("change=\"opened\""));

            assertThat(get(proxy)).isEqualTo("tried");
            assertThat(proxy.endpoint(Setup.UPSTREAM, "app-0").isCheckFailed()).isTrue();
        }
    }

    @Test
    void whatIsKnownOutlivesATableAndEndsWithTheChecks() {
        status.set(500);
        try (var down = Checks.application("down", status, checked);
                var well = Checks.application("well", new AtomicInteger(200), new AtomicInteger());
                var proxy = ProxyUnderTest.start(Setup.to(down, well).healthCheck(Checks.http()))) {
            rounds(proxy, 3);
            EndpointState state = proxy.endpoint(Setup.UPSTREAM, "app-0");
            Await.until("the endpoint to be down", state::isCheckFailed);

            proxy.install(Setup.to(down, well).healthCheck(Checks.http()).bodyLimit(100));
            assertThat(proxy.endpoint(Setup.UPSTREAM, "app-0")).isSameAs(state);
            assertThat(get(proxy)).isEqualTo("well");
            assertThat(get(proxy)).isEqualTo("well");

            proxy.install(Setup.to(down, well));
            Await.until("the checks to be forgotten", () -> !state.isCheckFailed());
        }
    }

    @Test
    void anEndpointThatDoesNotAnswerInTimeFails() {
        try (var silent = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.stall();
                });
                var proxy = ProxyUnderTest.start(Setup.to(silent).healthCheck(Checks.http(List.of(), "")))) {
            proxy.clock().advance(Checks.INTERVAL);
            Await.until("the check to begin", () -> silent.requests().size() == 1);

            proxy.clock().advance(Duration.ofSeconds(2));

            EndpointState state = proxy.endpoint(Setup.UPSTREAM, "app-0");
            Await.until("the endpoint to be down", state::isCheckFailed);
            assertThat(state.why()).isEqualTo("no outcome within 1000 ms");
            Await.until("the check's connection to end", () -> silent.openConnections() == 0);
        }
    }

    @ParameterizedTest(name = "{0} for statuses {1} and body {2}: {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nup | | | passed",
                "HTTP/1.1 302 Found\\r\\nContent-Length: 0\\r\\n\\r\\n | | | passed",
                "HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\n\\r\\n | | | status 404",
                "HTTP/1.1 418 Teapot\\r\\nContent-Length: 0\\r\\n\\r\\n | 418 | | passed",
                "HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n | 418 | | status 200",
                "HTTP/1.1 103 Early\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n | | | passed",
                "HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\nisup | | up | passed",
                "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n1\\r\\nu\\r\\n1\\r\\np\\r\\n0\\r\\n\\r\\n | | up"
                        + " | passed",
                "HTTP/1.0 200 OK\\r\\n\\r\\nis up | | up | passed",
                "HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\ndown | | up | the body does not contain what it should",
                "HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\ncut | | up | the endpoint closed the connection",
                "SSH-2.0-OpenSSH\\r\\n | | | the answer is not HTTP/1.1",
                "'' | | | the endpoint closed the connection"
            })
    void anAnswerPassesByItsStatusAndBody(String answer, String statuses, String body, String outcome) {
        String bytes = answer.replace("\\r\\n", "\r\n");
        List<Integer> wanted = statuses == null ? List.of() : List.of(Integer.valueOf(statuses));
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(bytes);
                });
                var proxy = ProxyUnderTest.start(
                        Setup.to(upstream).healthCheck(Checks.http(wanted, body == null ? "" : body)))) {
            assertThat(firstOutcome(proxy)).isEqualTo(outcome);
        }
    }

    @Test
    void aPortThatConnectsPassesATcpCheckAndOneThatRefusesFails() {
        try (var open = ScriptedUpstream.running((connection, _) -> connection.stall());
                var up = ProxyUnderTest.start(Setup.to(open).healthCheck(Checks.tcp()));
                var down = ProxyUnderTest.start(
                        Setup.toPorts(ScriptedUpstream.refusedPort()).healthCheck(Checks.tcp()))) {
            assertThat(firstOutcome(up)).isEqualTo("passed");
            assertThat(firstOutcome(down)).isEqualTo("connection refused");
        }
    }

    @Test
    void aCheckThatThereIsNoDescriptorForFailsAndTheNextOnesAreMade() {
        try (var well = Checks.application("well", status, checked);
                var proxy = ProxyUnderTest.start(Setup.to(well).healthCheck(Checks.http(List.of(), "")))) {
            EndpointState state = proxy.endpoint(Setup.UPSTREAM, "app-0");
            proxy.withoutDescriptors(true);
            rounds(proxy, 3);
            assertThat(state.isCheckFailed()).isTrue();
            assertThat(checked).hasValue(0);

            proxy.withoutDescriptors(false);
            rounds(proxy, 2);
            assertThat(state.isCheckFailed()).isFalse();
            assertThat(checked).hasValue(2);
        }
    }

    @Test
    void checksSpeakTlsAsRequestsDo() {
        TlsCertificate good = TlsCertificate.of("shop.internal");
        try (var upstream = ScriptedUpstream.securedBy(good, ScriptedUpstream.answeringScript("over tls"));
                var right = ProxyUnderTest.start(secured(upstream, good, Checks.http(List.of(), "over tls")));
                var wrong = ProxyUnderTest.start(secured(upstream, TlsCertificate.of("shop.internal"), Checks.tcp()))) {
            assertThat(firstOutcome(right)).isEqualTo("passed");
            assertThat(firstOutcome(wrong)).startsWith("TLS handshake failed");
        }
    }

    private static Setup secured(
            ScriptedUpstream upstream, TlsCertificate trusted, dev.moorgate.routetable.Upstream.HealthCheck check) {
        return Setup.to(upstream)
                .upstreamTls(new UpstreamTls(
                        "shop.internal", Optional.of(trusted.certificatePem()), List.of(), Optional.empty()))
                .healthCheck(check);
    }

    private static String firstOutcome(ProxyUnderTest proxy) {
        rounds(proxy, 1);
        EndpointState state = proxy.endpoint(Setup.UPSTREAM, "app-0");
        if (proxy.healthMetrics().contains("outcome=\"passed\"")) {
            return "passed";
        }
        Await.until("the endpoint to be down", state::isCheckFailed);
        return state.why();
    }

    /** On a connection of its own: others have been idle for longer than is borne. */
    private static String get(ProxyUnderTest proxy) {
        try (var client = proxy.connect()) {
            return client.get("/").body();
        }
    }

    /** Lets time pass until every endpoint has been checked so often again. */
    private static void rounds(ProxyUnderTest proxy, int more) {
        for (int i = 0; i < more; i++) {
            int want = outcomes(proxy) + proxy.endpoints(Setup.UPSTREAM);
            proxy.clock().advance(Checks.INTERVAL);
            Await.until(want + " outcomes", () -> outcomes(proxy) >= want);
        }
    }

    private static int outcomes(ProxyUnderTest proxy) {
        return proxy.healthMetrics()
                .lines()
                .filter(line -> line.startsWith("moorgate_upstream_checks_total{"))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }
}
