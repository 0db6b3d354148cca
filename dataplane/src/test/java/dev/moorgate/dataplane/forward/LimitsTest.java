package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.Upstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Too large, too long, too many: refused by name and at once (faults F13, G8). */
class LimitsTest {

    @Test
    void aBodyOverTheLimitIsRefusedByItsLengthAndTheClientCanReadIt() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).bodyLimit(1000));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 50000");
            client.send(new byte[50000]);
            assertThat(client.readAnswer().status()).isEqualTo(413);
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
            assertThat(upstream.connections()).isZero();
        }
    }

    @Test
    void aChunkedBodyOverTheLimitIsRefusedWhileItComes() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.stall();
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream).bodyLimit(1000));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
            client.send("5\r\nhello\r\n");
            Await.until("the request", () -> !upstream.requests().isEmpty());
            client.send("400\r\n" + "x".repeat(1024) + "\r\n");
            assertThat(client.readAnswer().status()).isEqualTo(413);
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void ofAChunkedBodyOverTheLimitTheUpstreamIsNotGivenTheEnd() {
        var begun = new CountDownLatch(1);
        List<String> rest = new CopyOnWriteArrayList<>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.read("5\r\nhello\r\n".length());
                    begun.countDown();
                    rest.add(connection.readToEnd());
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream).bodyLimit(1000));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
            client.send("5\r\nhello\r\n");
            Await.until("its beginning to be there", () -> begun.getCount() == 0);

            client.send("400\r\n" + "x".repeat(1024) + "\r\n0\r\n\r\n");

            assertThat(client.readAnswer().status()).isEqualTo(413);
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
            assertThat(rest).containsExactly("");
        }
    }

    @Test
    void aClientThatSendsOnAfterItsRefusalIsCutOff() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).bodyLimit(1000));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 100000000");
            assertThat(client.readAnswer().status()).isEqualTo(413);
            var piece = new byte[64 << 10];
            Await.until("to be cut off", () -> !client.trySend(piece));
        }
    }

    @Test
    void largeHeadsAndLongTargetsAreRefused() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.to(upstream);
                var longTarget = proxy.connect();
                var largeHead = proxy.connect();
                var manyFields = proxy.connect()) {
            longTarget.sendHead("GET /" + "a".repeat(9000) + " HTTP/1.1", "Host: a");
            assertThat(longTarget.readAnswer().status()).isEqualTo(414);
            largeHead.sendHead("GET / HTTP/1.1", "Host: a", "X: " + "a".repeat(40_000));
            assertThat(largeHead.readAnswer().status()).isEqualTo(431);
            manyFields.send("GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(250) + "\r\n");
            assertThat(manyFields.readAnswer().status()).isEqualTo(431);
            assertThat(manyFields.awaitEnd()).isEqualTo(End.PROPER);
            assertThat(upstream.connections()).isZero();
        }
    }

    @Test
    void requestsWaitForAConnectionAndTooManyAreRefused() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        answer.await();
                        connection.answer("served");
                    }
                });
                var proxy = ProxyUnderTest.start(
                        Setup.to(upstream).upstreamLimits(new Upstream.Limits(2, 2, 256, Duration.ofSeconds(60))))) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                var client = proxy.connect();
                clients.add(client);
                client.sendHead("GET / HTTP/1.1", "Host: a");
                int open = Math.min(i + 1, 2);
                Await.until("request " + i, () -> upstream.requests().size() == open);
                int asked = i + 1;
                Await.until("request " + i + " to wait", () -> proxy.waiting() == asked - open);
            }
            try (var fifth = proxy.connect()) {
                fifth.sendHead("GET / HTTP/1.1", "Host: a");
                assertThat(fifth.readAnswer().status()).isEqualTo(503);
                assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.POOL_FULL);
            }
            answer.countDown();
            for (RawClient client : clients) {
                assertThat(client.readAnswer().body()).isEqualTo("served");
                client.close();
            }
            assertThat(upstream.connections()).isEqualTo(2);
        }
    }

    @Test
    void requestsBeyondWhatTheCircuitBreakerAllowsAre503AtOnceAndItClosesAgain() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        answer.await();
                        connection.answer("served");
                    }
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream)
                        .upstreamLimits(new Upstream.Limits(100, 100, 1, 0, 256, Duration.ofSeconds(60))));
                var first = proxy.connect();
                var second = proxy.connect()) {
            first.sendHead("GET / HTTP/1.1", "Host: a");
            Await.until("the first request", () -> upstream.requests().size() == 1);

            RawClient.Answer refused = second.get("/");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body()).contains("reason: circuit_open");
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.CIRCUIT_OPEN);

            answer.countDown();
            assertThat(first.readAnswer().body()).isEqualTo("served");
            proxy.exchange(2);
            assertThat(second.get("/").body()).isEqualTo("served");
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
        }
    }

    @Test
    void retriesBeyondTheirBoundAreNotMade() {
        try (var failing = ScriptedUpstream.answeringRaw("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
                var proxy = ProxyUnderTest.start(Setup.to(failing)
                        .retry(new RoutePolicy.Retry(
                                3,
                                List.of(503),
                                List.of(),
                                Duration.ofDays(365),
                                Duration.ofDays(365),
                                new RoutePolicy.RetryBudget(100, 100)))
                        .upstreamLimits(new Upstream.Limits(100, 100, 0, 1, 256, Duration.ofSeconds(60))));
                var waiting = proxy.connect();
                var client = proxy.connect()) {
            waiting.sendHead("GET / HTTP/1.1", "Host: a");
            Await.until("the first request", () -> failing.requests().size() == 1);
            Await.until("its wait for a retry", () -> proxy.underWay() == 1);

            assertThat(client.get("/").status()).isEqualTo(503);
            assertThat(proxy.exchange(1).attempts()).isEqualTo(1);
        }
    }

    @Test
    void withoutEndpointsTheAnswerIs503() {
        try (var proxy = ProxyUnderTest.start(Setup.toPorts());
                var client = proxy.connect()) {
            var answer = client.get("/");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("reason: no_endpoints");
            assertThat(answer.has("date")).isTrue();
            assertThat(client.get("/").status()).isEqualTo(503);
        }
    }
}
