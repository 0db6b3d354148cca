package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy.Retry;
import dev.moorgate.routetable.RoutePolicy.RetryBudget;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** An upstream that says when to come back is heard, and a budget that is spent is said. */
class RetryAfterTest {
    private static Retry retry(RetryBudget budget) {
        return new Retry(1, List.of(503), List.of(), Duration.ZERO, Duration.ZERO, budget);
    }

    private static ScriptedUpstream busyOnce(int seconds) {
        var count = new AtomicInteger();
        return ScriptedUpstream.running((connection, _) -> {
            while (true) {
                connection.readRequest();
                connection.send(
                        count.getAndIncrement() == 0
                                ? "HTTP/1.1 503 Busy\r\nRetry-After: " + seconds + "\r\nContent-Length: 4\r\n\r\nbusy"
                                : "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
            }
        });
    }

    @Test
    void noTryComesEarlierThanTheUpstreamSays() {
        try (var upstream = busyOnce(5);
                var proxy = ProxyUnderTest.start(Setup.to(upstream).retry(retry(RetryBudget.STANDARD)));
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            Await.until("the first try", () -> upstream.requests().size() == 1);
            assertThat(client.isSilent(100)).isTrue();
            assertThat(upstream.requests()).hasSize(1);
            proxy.clock().advance(Duration.ofSeconds(6));
            assertThat(client.readAnswer().body()).isEqualTo("good");
        }
    }

    @Test
    void whereTheRequestHasNoSuchTimeLeftTheAnswerIsPassedOn() {
        try (var upstream = busyOnce(11);
                var proxy = ProxyUnderTest.start(Setup.to(upstream).retry(retry(RetryBudget.STANDARD)));
                var client = proxy.connect()) {
            assertThat(client.get("/").body()).isEqualTo("busy");
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    @Test
    void whereTheBudgetIsSpentAFailureIsAnsweredWith503AndSaysSo() {
        try (var proxy = ProxyUnderTest.start(
                        Setup.toPorts(ScriptedUpstream.refusedPort()).retry(retry(new RetryBudget(0, 0))));
                var client = proxy.connect()) {
            var answer = client.get("/");
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("budget_spent");
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.BUDGET_SPENT);
            assertThat(proxy.exchange(1).detail()).isEqualTo("connect_refused");
        }
    }
}
