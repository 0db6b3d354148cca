package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.failure.RetryRefusal;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RoutePolicy.Retry;
import dev.moorgate.routetable.RoutePolicy.RetryBudget;
import dev.moorgate.routetable.Upstream.OutlierDetection;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is tried again, how often, and what never is (fault F1; F9). */
class RetryTest {
    private static Retry retry(int attempts, List<Integer> statuses, List<String> methods, RetryBudget budget) {
        return new Retry(attempts, statuses, methods, Duration.ZERO, Duration.ZERO, budget);
    }

    private static ScriptedUpstream resetting() {
        return ScriptedUpstream.running((connection, _) -> {
            connection.readRequest();
            connection.reset();
        });
    }

    @Test
    void aRefusedConnectionIsTriedElsewhereWhateverTheMethod() {
        try (var upstream = ScriptedUpstream.answering("here");
                var proxy = ProxyUnderTest.start(Setup.toPorts(ScriptedUpstream.refusedPort(), upstream.port()));
                var client = proxy.connect()) {
            for (int i = 0; i < 6; i++) {
                client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 3");
                client.send("abc");
                assertThat(client.readAnswer().body()).isEqualTo("here");
            }
            assertThat(proxy.exchanges()).anySatisfy(each -> {
                assertThat(each.attempts()).isEqualTo(2);
                assertThat(each.retries()).containsExactly(ProxyFailure.CONNECT_REFUSED);
            });
        }
    }

    @Test
    void whereEveryEndpointRefusesTheClientGets502AfterTwoTries() {
        try (var proxy = ProxyUnderTest.start(
                        Setup.toPorts(ScriptedUpstream.refusedPort(), ScriptedUpstream.refusedPort()));
                var client = proxy.connect()) {
            var answer = client.get("/");
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("reason: connect_refused");
            assertThat(proxy.exchange(1).attempts()).isEqualTo(2);
            assertThat(proxy.exchange(1).retryRefused()).isEqualTo(RetryRefusal.ATTEMPTS_SPENT);
            assertThat(client.get("/").status()).isEqualTo(502);
        }
    }

    @Test
    void aResetBeforeTheAnswerIsTriedElsewhereWhereTheMethodIsIdempotent() {
        try (var bad = resetting();
                var good = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(bad, good);
                var client = proxy.connect()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.get("/").body()).isEqualTo("good");
            }
        }
    }

    @Test
    void aPostIsNotRepeatedOnceItWasSent() {
        try (var bad = resetting();
                var proxy = ProxyUnderTest.to(bad);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 0");
            assertThat(client.readAnswer().status()).isEqualTo(502);
            assertThat(bad.requests()).hasSize(1);
            assertThat(proxy.exchange(1).retryRefused()).isEqualTo(RetryRefusal.NOT_IDEMPOTENT);
        }
    }

    @Test
    void aPostThatTheRouteListsIsRepeatedWithItsBody() {
        try (var bad = resetting();
                var good = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequestHead() != null) {
                        connection.answer(connection.read(4));
                    }
                });
                var proxy = ProxyUnderTest.start(
                        Setup.to(bad, good).retry(retry(1, List.of(), List.of("POST"), RetryBudget.STANDARD)));
                var client = proxy.connect()) {
            for (int i = 0; i < 4; i++) {
                client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 4");
                client.send("body");
                assertThat(client.readAnswer().body()).isEqualTo("body");
            }
        }
    }

    @Test
    void aListedStatusIsTriedElsewhere() {
        try (var busy = ScriptedUpstream.answeringRaw("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
                var good = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.start(
                        Setup.to(busy, good).retry(retry(1, List.of(503), List.of(), RetryBudget.STANDARD)));
                var client = proxy.connect()) {
            for (int i = 0; i < 4; i++) {
                assertThat(client.get("/").body()).isEqualTo("good");
            }
            assertThat(busy.requests()).isNotEmpty();
        }
    }

    /** Fault A25. */
    @Test
    void aNewConnectionIsNoReasonToReadAClientThatIsFarAhead() {
        var told = new CountDownLatch(1);
        try (var busy = ScriptedUpstream.running((connection, number) -> {
                    connection.readRequestHead();
                    if (number == 1) {
                        told.await();
                        connection.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                    } else {
                        connection.stall();
                    }
                });
                var proxy = ProxyUnderTest.start(
                        Setup.to(busy).retry(retry(1, List.of(503), List.of(), RetryBudget.STANDARD)));
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            var sending = CompletableFuture.runAsync(() -> client.send(new byte[1 << 20]));
            Await.until("the limit to be reached", () -> proxy.taken(client) >= 64 << 10);
            long held = proxy.taken(client);
            told.countDown();
            Await.until("the second try", () -> busy.requests().size() == 2);
            assertThat(proxy.taken(client)).isEqualTo(held).isLessThanOrEqualTo(129 << 10);
            client.reset();
            Await.until("the sender to end", sending::isDone);
        }
    }

    @Test
    void theLastAnswerIsPassedOnWhereNoTryIsLeft() {
        try (var busy = ScriptedUpstream.answeringRaw("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
                var proxy = ProxyUnderTest.start(
                        Setup.to(busy).retry(retry(2, List.of(503), List.of(), RetryBudget.STANDARD)));
                var client = proxy.connect()) {
            assertThat(client.get("/").body()).isEqualTo("busy");
            assertThat(busy.requests()).hasSize(3);
        }
    }

    @Test
    void retriesEndWithTheBudget() {
        try (var busy = ScriptedUpstream.answeringRaw("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
                var proxy = ProxyUnderTest.start(
                        Setup.to(busy).retry(retry(1, List.of(503), List.of(), new RetryBudget(0, 2))));
                var client = proxy.connect()) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/").status()).isEqualTo(503);
            }
            assertThat(busy.requests()).as("two in each second of the clock").hasSize(12);
            assertThat(proxy.exchange(1).retryRefused()).isEqualTo(RetryRefusal.ATTEMPTS_SPENT);
            assertThat(proxy.exchange(10).retryRefused()).isEqualTo(RetryRefusal.BUDGET_SPENT);
        }
    }

    @Test
    void whatTheRouteWantsRepeatedAndCannotBeSaysWhy() {
        try (var busy = ScriptedUpstream.answeringRaw(
                        "HTTP/1.1 503 Busy\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n");
                var proxy = ProxyUnderTest.start(
                        Setup.to(busy).retry(retry(1, List.of(503), List.of(), RetryBudget.STANDARD)));
                var client = proxy.connect()) {
            client.get("/");
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 0");
            client.readAnswer();
            assertThat(proxy.exchange(1).retryRefused()).isEqualTo(RetryRefusal.TOO_LATE);
            assertThat(proxy.exchange(2).retryRefused()).isEqualTo(RetryRefusal.NOT_IDEMPOTENT);
        }
    }

    @Test
    void whereRetriesAreOffTheRefusalSaysSo() {
        try (var proxy = ProxyUnderTest.start(Setup.toPorts(ScriptedUpstream.refusedPort())
                        .retry(retry(0, List.of(), List.of(), RetryBudget.STANDARD)));
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(502);
            assertThat(proxy.exchange(1).retryRefused()).isEqualTo(RetryRefusal.SWITCHED_OFF);
        }
    }

    @Test
    void aBackoffIsWaitedFor() {
        int refused = 0;
        try (var bad = resetting();
                var good = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.start(Setup.to(bad, good)
                        .retry(new Retry(
                                3,
                                List.of(),
                                List.of(),
                                Duration.ofMillis(50),
                                Duration.ofMillis(100),
                                RetryBudget.STANDARD)));
                var client = proxy.connect()) {
            for (int i = 1; i <= 4; i++) {
                int before = bad.requests().size();
                int asked = before + good.requests().size() + 1;
                int ended = i;
                client.sendHead("GET / HTTP/1.1", "Host: a");
                Await.until(
                        "a try", () -> bad.requests().size() + good.requests().size() == asked);
                if (bad.requests().size() > before) {
                    refused++;
                    assertThat(client.isSilent(100)).as("within the backoff").isTrue();
                    proxy.clock()
                            .advanceUntil(
                                    "its end",
                                    Duration.ofMillis(50),
                                    () -> proxy.exchanges().size() == ended);
                }
                assertThat(client.readAnswer().body()).isEqualTo("good");
            }
            assertThat(refused).isPositive();
        }
    }

    @Test
    void requestsThatFailTogetherDoNotComeBackTogether() {
        Queue<Long> retried = new ConcurrentLinkedQueue<>();
        try (var bad = resetting();
                var good = ScriptedUpstream.running((connection, _) -> {
                    for (String head = connection.readRequest(); head != null; head = connection.readRequest()) {
                        if (head.contains("X-Moorgate-Retry: ")) {
                            retried.add(System.nanoTime());
                        }
                        connection.answer("good");
                    }
                });
                var proxy = ProxyUnderTest.start(Setup.to(bad, good)
                        .outliers(new OutlierDetection(0, Duration.ofSeconds(30), 50))
                        .retry(new Retry(
                                1,
                                List.of(),
                                List.of(),
                                Duration.ofMillis(400),
                                Duration.ofMillis(400),
                                new RetryBudget(100, 1_000))))) {
            proxy.clock().run();
            List<RawClient> clients = Stream.generate(proxy::connect).limit(200).toList();
            // On a wheel of 100 ms at least a dozen come at once; a busy machine brings even these together now and
            // then.
            Await.until("a round in which they are spread", () -> {
                retried.clear();
                clients.forEach(client -> client.sendHead("GET / HTTP/1.1", "Host: a"));
                clients.forEach(client -> assertThat(client.readAnswer().body()).isEqualTo("good"));
                return mostWithin(TimeUnit.MILLISECONDS.toNanos(10), retried) <= 8;
            });
            clients.forEach(RawClient::close);
        }
    }

    /** How many moments fall into the fullest span of such a length. */
    private static long mostWithin(long span, Queue<Long> moments) {
        assertThat(moments).hasSizeGreaterThan(60);
        return moments.stream()
                .mapToLong(from -> moments.stream()
                        .filter(at -> at >= from && at < from + span)
                        .count())
                .max()
                .orElseThrow();
    }

    @Test
    void nothingIsRepeatedOnceTheAnswerHasBegun() {
        try (var bad = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                    connection.reset();
                });
                var proxy = ProxyUnderTest.to(bad);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            client.readHead();
            client.awaitEnd();
            assertThat(bad.requests()).hasSize(1);
            assertThat(proxy.exchange(1).retryRefused()).isEqualTo(RetryRefusal.ANSWER_BEGUN);
        }
    }

    @Test
    void aRepeatedRequestSaysSoAndAFirstOneDoesNot() {
        try (var bad = resetting();
                var good = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.start(Setup.to(bad, good));
                var client = proxy.connect()) {
            for (int i = 0; i < 2; i++) {
                client.sendHead("GET / HTTP/1.1", "Host: a", "X-Moorgate-Retry: 7");
                assertThat(client.readAnswer().body()).isEqualTo("good");
            }
            assertThat(bad.requests())
                    .isNotEmpty()
                    .noneMatch(head -> head.toLowerCase(java.util.Locale.ROOT).contains("x-moorgate-retry"));
            assertThat(good.requests())
                    .filteredOn(head -> head.contains("X-Moorgate-Retry: 1\r\n"))
                    .hasSize(bad.requests().size());
            assertThat(good.requests()).noneMatch(head -> head.contains("X-Moorgate-Retry: 7"));
        }
    }

    @Test
    void whatATrustedProxyRepeatsIsNotRepeatedAgain() {
        var trusting = new ProxySettings(
                new ProxySettings.TrustedProxies(0, List.of("127.0.0.0/8")),
                ProxySettings.AccessLog.OFF,
                false,
                ProxySettings.DownstreamLimits.STANDARD);
        try (var one = resetting();
                var two = resetting();
                var proxy = ProxyUnderTest.start(Setup.to(one, two).settings(trusting));
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a", "X-Moorgate-Retry: 1");
            assertThat(client.readAnswer().status()).isEqualTo(502);
            assertThat(proxy.exchange(1).attempts()).isEqualTo(1);
            assertThat(proxy.exchange(1).retryRefused()).isEqualTo(RetryRefusal.ALREADY_A_RETRY);
            client.sendHead("GET / HTTP/1.1", "Host: a");
            assertThat(client.readAnswer().status()).isEqualTo(502);
            assertThat(proxy.exchange(2).attempts()).isEqualTo(2);
            assertThat(one.requests().size() + two.requests().size()).isEqualTo(3);
            assertThat(one.requests().getFirst() + two.requests().getFirst()).contains("X-Moorgate-Retry: 1\r\n");
        }
    }
}
