package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** F3, F8 and F11: what an upstream sends without an end, and what a client sends on after its answer, has bounds. */
@SuppressWarnings("StringConcatToTextBlock") // the line ends are what is sent
class UpstreamLimitsTest {
    private static final RoutePolicy.Retry NO_RETRY = new RoutePolicy.Retry(
            0, List.of(), List.of(), Duration.ZERO, Duration.ZERO, RoutePolicy.RetryBudget.STANDARD);
    private static final String OK = "HTTP/1.1 200 OK\r\n";

    @Test
    void aBodyThatDripsEndsWithTheRequestsTimeAndNeverAsIfWhole() {
        var timeouts = new RoutePolicy.Timeouts(
                Duration.ofSeconds(60),
                Duration.ZERO,
                Duration.ofSeconds(2),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5));
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(OK + "Content-Length: 1000000\r\n\r\n");
                    while (connection.trySend("b")) {
                        LockSupport.parkNanos(10_000_000);
                    }
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream).timeouts(timeouts));
                var client = proxy.connect()) {
            client.sendHead("GET /slow HTTP/1.1", "Host: a");
            client.readHead();
            for (int i = 0; i < 5; i++) {
                assertThat(client.read(2)).isEqualTo("bb");
                proxy.clock().advance(Duration.ofSeconds(10));
            }
            assertThat(proxy.exchanges()).isEmpty();
            proxy.clock()
                    .advanceUntil(
                            "the end",
                            Duration.ofSeconds(1),
                            () -> !proxy.exchanges().isEmpty());
            client.awaitEnd();
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.REQUEST_TIMEOUT);
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
        }
    }

    static final List<Arguments> ENDLESS = List.of(
            argumentSet("F8 endless status line", "HTTP/1.1 200 ", "O"),
            argumentSet("F8 endless value", OK + "A: ", "b"),
            argumentSet("F8 endless fields", OK, "A: b\r\n"),
            argumentSet("F8 endless interim answers", "", "HTTP/1.1 103 Early Hints\r\n\r\n"),
            argumentSet("F8 endless chunk extension", OK + "Transfer-Encoding: chunked\r\n\r\n1;", "a"),
            argumentSet("F8 endless chunk size", OK + "Transfer-Encoding: chunked\r\n\r\n", "0"),
            argumentSet("F8 endless trailers", OK + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n"));

    @ParameterizedTest
    @FieldSource("ENDLESS")
    void whatNeverEndsIsCutOffWhileItTakesLittleMemory(String begin, String more) {
        var most = new AtomicLong();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(begin);
                    while (connection.trySend(more.repeat(10_000))) {
                        Thread.onSpinWait();
                    }
                });
                var proxy = ProxyUnderTest.startMeasured(Setup.to(upstream).retry(NO_RETRY));
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            Await.until("the answer to be given up", () -> {
                most.accumulateAndGet(proxy.bufferBytes(), Math::max);
                return proxy.exchanges().size() == 1;
            });
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.MALFORMED_RESPONSE);
            assertThat(most.get()).isLessThan(1 << 20);
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void behindAnEarlyRefusal64KiBOrTwoSecondsAreDrained() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var much = proxy.connect();
                var slow = proxy.connect()) {
            much.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 1000000000");
            assertThat(much.readAnswer().status()).isEqualTo(413);
            much.send(new byte[60 << 10]);
            proxy.clock().advance(Duration.ZERO);
            assertThat(proxy.openClients()).isEqualTo(2);
            much.trySend(new byte[5 << 10]);
            Await.until("the one to be left", () -> proxy.openClients() == 1);

            slow.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 1000000000");
            assertThat(slow.readAnswer().status()).isEqualTo(413);
            slow.send("b");
            proxy.clock().advance(Duration.ofSeconds(1));
            slow.send("b");
            proxy.clock().advance(Duration.ofMillis(1_200));
            Await.until("the other to be left", () -> proxy.openClients() == 0);
        }
    }
}
