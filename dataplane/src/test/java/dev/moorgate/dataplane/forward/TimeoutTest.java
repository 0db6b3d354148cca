package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.FilledBacklog;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RoutePolicy.Timeouts;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TimeoutTest {
    private static final Timeouts S = Timeouts.STANDARD;

    private static ScriptedUpstream blackHole() {
        return ScriptedUpstream.running((connection, _) -> {
            connection.readRequestHead();
            connection.stall();
        });
    }

    private static Timeouts limits(Duration request, Duration perTry) {
        return new Timeouts(request, perTry, S.connect(), S.responseHead(), S.bodyIdle(), S.streamIdle());
    }

    private static void awaitRequests(ScriptedUpstream upstream, int count) {
        Await.until("request " + count, () -> upstream.requests().size() >= count);
    }

    @Test
    void aHeadThatTakesTenSecondsInAllIs408() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHo");
            proxy.clock().advance(Duration.ofSeconds(9));
            client.send("st: a\r\n");
            assertThat(client.isSilent(200)).isTrue();
            proxy.clock().advance(Duration.ofSeconds(2));
            assertThat(client.readAnswer().status()).isEqualTo(408);
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.HEAD_TIMEOUT);
        }
    }

    @Test
    void aBodyThatStopsForThirtySecondsIs408AndTheUpstreamIsLeft() {
        try (var upstream = blackHole();
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 100");
            client.send("some");
            awaitRequests(upstream, 1);
            proxy.clock().advance(Duration.ofSeconds(31));
            assertThat(client.readAnswer().status()).isEqualTo(408);
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void anUpstreamThatNeverAnswersIs504AfterItsTime() {
        try (var upstream = blackHole();
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            awaitRequests(upstream, 1);
            proxy.clock().advance(Duration.ofSeconds(59));
            assertThat(client.isSilent(300)).isTrue();
            proxy.clock().advance(Duration.ofSeconds(2));
            var answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body()).contains("reason: response_timeout");
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    @Test
    void aHeadThatDripsDoesNotPutTheLimitOff() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nX: ");
                    while (connection.trySend("x")) {
                        Thread.sleep(20);
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            awaitRequests(upstream, 1);
            proxy.clock().advance(Duration.ofSeconds(61));
            assertThat(client.readAnswer().status()).isEqualTo(504);
        }
    }

    @Test
    void theRequestsLimitCoversEverything() {
        try (var upstream = blackHole();
                var proxy = ProxyUnderTest.start(
                        Setup.to(upstream).timeouts(limits(Duration.ofSeconds(3), Duration.ZERO)));
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            awaitRequests(upstream, 1);
            proxy.clock().advance(Duration.ofSeconds(4));
            assertThat(client.readAnswer().body()).contains("reason: request_timeout");
        }
    }

    /** Its first byte might be one of HTTP/2's preface. */
    @Test
    void aRequestWhoseFirstByteCameAloneHasAllOfItsTime() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    answer.await();
                    connection.answer("in time");
                });
                var proxy = ProxyUnderTest.start(
                        Setup.to(upstream).timeouts(limits(Duration.ofSeconds(10), Duration.ZERO)));
                var before = proxy.connect();
                var client = proxy.connect()) {
            before.sendHead("GET / HTTP/1.1", "Host: a");
            awaitRequests(upstream, 1);
            proxy.clock().advance(Duration.ofSeconds(9));
            client.send("P");
            assertThat(proxy.taken(client)).isEqualTo(1);
            client.sendHead("OST / HTTP/1.1", "Host: a", "Content-Length: 0");
            awaitRequests(upstream, 2);
            proxy.clock().advance(Duration.ofSeconds(2));
            // All that was due has been met when this one has.
            assertThat(before.readAnswer().status()).isEqualTo(504);

            answer.countDown();

            assertThat(client.readAnswer().body()).isEqualTo("in time");
            assertThat(proxy.exchange(2).took()).isBetween(Duration.ofSeconds(2), Duration.ofMinutes(1));
        }
    }

    @Test
    void aHeadWhoseFirstByteCameAloneHasTenSecondsInAll() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.send("P");
            assertThat(proxy.taken(client)).isEqualTo(1);
            client.send("OST / HTTP/1.1\r\nHo");
            proxy.clock().advance(Duration.ofSeconds(9));
            assertThat(client.isSilent(200)).isTrue();
            proxy.clock().advance(Duration.ofSeconds(2));
            assertThat(client.readAnswer().status()).isEqualTo(408);
            assertThat(proxy.exchange(1).took()).isBetween(Duration.ofSeconds(10), Duration.ofMinutes(1));
        }
    }

    @Test
    void aTryThatTakesTooLongIsFollowedByAnother() {
        try (var slow = blackHole();
                var good = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.start(
                        Setup.to(slow, good).timeouts(limits(Duration.ZERO, Duration.ofSeconds(1))));
                var client = proxy.connect()) {
            for (int i = 1; slow.requests().isEmpty(); i++) {
                client.sendHead("GET / HTTP/1.1", "Host: a");
                int answered = i;
                Await.until(
                        "an answer or the slow one",
                        () -> proxy.exchanges().size() >= answered
                                || !slow.requests().isEmpty());
                proxy.clock().advance(Duration.ofSeconds(2));
                assertThat(client.readAnswer().body()).isEqualTo("good");
            }
            assertThat(proxy.exchanges())
                    .anySatisfy(each -> assertThat(each.retries()).containsExactly(ProxyFailure.TRY_TIMEOUT));
        }
    }

    @Test
    void theRequestsLimitGoesOnFromTryToTry() {
        var retry = new RoutePolicy.Retry(
                5, List.of(), List.of(), Duration.ZERO, Duration.ZERO, new RoutePolicy.RetryBudget(100, 100));
        try (var one = blackHole();
                var two = blackHole();
                var proxy = ProxyUnderTest.start(Setup.to(one, two)
                        .timeouts(limits(Duration.ofSeconds(10), Duration.ofSeconds(4)))
                        .retry(retry));
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            Await.until(
                    "the first try",
                    () -> one.requests().size() + two.requests().size() == 1);
            proxy.clock().advance(Duration.ofSeconds(5));
            Await.until("another", () -> one.requests().size() + two.requests().size() == 2);
            proxy.clock().advance(Duration.ofSeconds(6));

            assertThat(client.readAnswer().body()).contains("reason: request_timeout");
            assertThat(proxy.exchange(1).retries()).containsExactly(ProxyFailure.TRY_TIMEOUT);
            assertThat(proxy.exchange(1).attempts()).isEqualTo(2);
        }
    }

    @Test
    void aStreamThatStopsIsCut() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            client.readHead();
            assertThat(client.read(5)).isEqualTo("begin");
            proxy.clock().advance(Duration.ofMinutes(6));
            client.awaitEnd();
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.STREAM_IDLE);
        }
    }

    @Test
    void anEventStreamMayBeSilentForHours() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            client.readHead();
            client.read(3 + 9 + 2);
            proxy.clock().advance(Duration.ofHours(5));
            assertThat(client.isSilent(300)).isTrue();
        }
    }

    @Test
    void whoDoesNotReadAnEventStreamLosesIt() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
                    byte[] event = ("data: " + "x".repeat(16_000) + "\n\n").getBytes(StandardCharsets.US_ASCII);
                    while (connection.trySend(event)) {
                        Thread.onSpinWait();
                    }
                });
                var proxy = ProxyUnderTest.to(upstream)) {
            proxy.shrinkClientBuffers();
            try (var client = proxy.connect()) {
                client.sendHead("GET / HTTP/1.1", "Host: a");
                client.readHead();
                proxy.clock().advanceUntil("the end", Duration.ofMinutes(1), () -> proxy.openClients() == 0);
                assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.CLIENT_GONE);
            }
        }
    }

    @Test
    void aConnectionThatIsNotMadeInTimeIs504() {
        try (var filled = FilledBacklog.open();
                var proxy = ProxyUnderTest.start(Setup.toPorts(filled.port()));
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            proxy.clock().advance(Duration.ofSeconds(1));
            assertThat(client.isSilent(200)).isTrue();
            proxy.clock()
                    .advanceUntil(
                            "both tries to end",
                            Duration.ofMillis(1_200),
                            () -> !proxy.exchanges().isEmpty());
            var answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.body()).contains("reason: connect_timeout");
            assertThat(proxy.exchange(1).attempts()).isEqualTo(2);
        }
    }
}
