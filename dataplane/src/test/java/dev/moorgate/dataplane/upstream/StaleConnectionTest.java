package dev.moorgate.dataplane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.HeldLoop;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.Upstream.UpstreamTls;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaleConnectionTest {
    private static final TlsCertificate CERTIFICATE = TlsCertificate.of("shop.internal");
    private static final RoutePolicy.Retry NO_RETRY = new RoutePolicy.Retry(
            0, List.of(), List.of(), Duration.ZERO, Duration.ZERO, RoutePolicy.RetryBudget.STANDARD);

    /** Answers once, then closes (or resets) when the second request has come. */
    private static ScriptedUpstream closingUnderTheSecondRequest(boolean reset) {
        return ScriptedUpstream.running((connection, number) -> {
            connection.readRequest();
            connection.answer("first on " + number);
            if (connection.readRequestHead() != null) {
                if (reset) {
                    connection.reset();
                }
            }
        });
    }

    @Test
    void noGetFailsWhenPooledConnectionsAreClosedUnderIt() {
        try (var upstream = closingUnderTheSecondRequest(false);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            for (int i = 0; i < 50; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
            assertThat(proxy.exchange(2).retries()).containsExactly(ProxyFailure.UPSTREAM_RESET);
        }
    }

    @Test
    void noGetFailsWhenPooledConnectionsAreResetUnderIt() {
        try (var upstream = closingUnderTheSecondRequest(true);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            for (int i = 0; i < 50; i++) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }
        }
    }

    @Test
    void aSmallPutIsSentAgainWithItsBody() {
        var bodies = new java.util.concurrent.CopyOnWriteArrayList<String>();
        try (var upstream = ScriptedUpstream.running((connection, number) -> {
                    connection.readRequest();
                    connection.answer("warm");
                    if (connection.readRequestHead() != null) {
                        bodies.add(connection.read(5));
                        if (number > 1) {
                            connection.answer("put");
                        }
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.get("/warm");
            client.sendHead("PUT /x HTTP/1.1", "Host: a", "Content-Length: 5");
            client.send("hello");
            // The fresh connection answers its first request, which is this one, with "warm".
            assertThat(client.readAnswer().status()).isEqualTo(200);
            assertThat(bodies).containsExactly("hello");
            assertThat(upstream.requests().get(2)).startsWith("PUT /x ");
        }
    }

    @Test
    void aPostThatWasSentIsNotSentAgain() {
        try (var upstream = closingUnderTheSecondRequest(false);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.get("/");
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 2");
            client.send("hi");
            assertThat(client.readAnswer().status()).isEqualTo(502);
            assertThat(proxy.exchange(2).reason()).isEqualTo(ProxyFailure.UPSTREAM_RESET);
            assertThat(upstream.requests()).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPostThatMeetsStrayBytesBeforeItLeavesReachesTheEndpointOnce(boolean secured) {
        var speak = new CountDownLatch(1);
        var said = new CountDownLatch(1);
        ScriptedUpstream.Script script = (connection, number) -> {
            connection.readRequest();
            connection.answer("first on " + number);
            if (number == 1) {
                speak.await();
                connection.send("X");
                said.countDown();
            }
            while (connection.readRequest() != null) {
                connection.answer("another on " + number);
            }
        };
        try (var upstream =
                        secured ? ScriptedUpstream.securedBy(CERTIFICATE, script) : ScriptedUpstream.running(script);
                var proxy = ProxyUnderTest.start(secured ? secured(upstream) : Setup.to(upstream));
                var client = proxy.connect()) {
            assertThat(client.get("/").body()).isEqualTo("first on 1");
            try (HeldLoop _ = proxy.hold()) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
                speak.countDown();
                Await.until("the stray byte", () -> said.getCount() == 0);
            }

            assertThat(client.readAnswer().body()).isEqualTo("first on 2");
            Await.until("the first connection to be left", () -> upstream.openConnections() == 1);
            assertThat(upstream.requests())
                    .filteredOn(head -> head.startsWith("POST "))
                    .hasSize(1);
        }
    }

    private static Setup secured(ScriptedUpstream upstream) {
        return Setup.to(upstream)
                .upstreamTls(new UpstreamTls(
                        "shop.internal", Optional.of(CERTIFICATE.certificatePem()), List.of(), Optional.empty()));
    }

    /** It may have waited as long as any other when the next one gets it. */
    @Test
    void aConnectionWhoseRequesterLeftBeforeItWasThereCountsAsUsed() {
        var greet = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.securedBy(CERTIFICATE, (connection, number) -> {
                    greet.await();
                    // The handshake comes with the first byte that is read.
                    connection.readRequest();
                    if (number > 1) {
                        connection.answer("fresh");
                    }
                });
                var proxy = ProxyUnderTest.start(secured(upstream).retry(NO_RETRY));
                var client = proxy.connect()) {
            try (var leaves = proxy.connect()) {
                leaves.sendHead("GET /leaves HTTP/1.1", "Host: a");
                Await.until("its connection", () -> upstream.connections() == 1);
                leaves.reset();
            }
            proxy.exchange(1);
            greet.countDown();
            Await.until("the connection to be kept", () -> proxy.openUpstreams() == 1);

            assertThat(client.get("/").body()).isEqualTo("fresh");
            assertThat(upstream.requests()).noneMatch(head -> head.startsWith("GET /leaves "));
        }
    }

    @Test
    void anIdleConnectionThatEndsLeavesThePool() {
        var end = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.answer("x");
                    end.await();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.get("/");
            end.countDown();
            Await.until("the pool to be empty", () -> proxy.openUpstreams() == 0);
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 0");
            assertThat(client.readAnswer().status()).isEqualTo(200);
        }
    }

    @Test
    void anIdleConnectionThatSpeaksUnaskedIsClosed() {
        var speak = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, number) -> {
                    connection.readRequest();
                    connection.answer("good " + number);
                    if (number == 1) {
                        speak.await();
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
                        connection.stall();
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            assertThat(client.get("/").body()).isEqualTo("good 1");
            speak.countDown();
            Await.until("the poisoned one to be closed", () -> proxy.openUpstreams() == 0);
            assertThat(client.get("/").body()).isEqualTo("good 2");
        }
    }
}
