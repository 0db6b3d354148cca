package dev.moorgate.dataplane.forward.body;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests of routes that buffer are sent when they are whole, or never (fault G8). */
class BufferingTest {

    private static Setup collecting(ScriptedUpstream upstream, long bytes) {
        RoutePolicy standard = RoutePolicy.STANDARD;
        return Setup.to(upstream)
                .policy(new RoutePolicy(
                        standard.timeouts(),
                        standard.retry(),
                        new RoutePolicy.Buffering(true, false, bytes, 0),
                        standard.bodyLimit(),
                        standard.compression()));
    }

    private static ScriptedUpstream echoing(int size) {
        return ScriptedUpstream.running((connection, _) -> {
            while (connection.readRequestHead() != null) {
                connection.answer(connection.read(size));
            }
        });
    }

    @Test
    void nothingIsSentBeforeTheBodyIsWhole() {
        try (var upstream = echoing(10);
                var proxy = ProxyUnderTest.start(collecting(upstream, 1 << 20));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 10");
            client.send("01234");
            assertThat(client.isSilent(200)).isTrue();
            assertThat(upstream.connections()).isZero();
            client.send("56789");
            assertThat(client.readAnswer().body()).isEqualTo("0123456789");
        }
    }

    @Test
    void aBodyLargerThanWhatStreamsMayHoldIsCollectedWhole() {
        try (var upstream = echoing(300_000);
                var proxy = ProxyUnderTest.start(collecting(upstream, 1 << 20));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 300000");
            client.send("x".repeat(300_000));
            assertThat(client.readAnswer().body()).hasSize(300_000);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1_001, 10_000_000_000L})
    void aBodyOverTheBufferIs413(long length) {
        try (var upstream = echoing(10);
                var proxy = ProxyUnderTest.start(collecting(upstream, 1000));
                var byLength = proxy.connect();
                var byChunks = proxy.connect()) {
            byLength.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + length);
            assertThat(byLength.readAnswer().status()).isEqualTo(413);
            byChunks.sendHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
            byChunks.send("400\r\n" + "x".repeat(1024) + "\r\n");
            assertThat(byChunks.readAnswer().status()).isEqualTo(413);
            assertThat(upstream.connections()).isZero();
        }
    }

    @Test
    void theProxyItselfAsksForTheContent() {
        try (var upstream = echoing(5);
                var proxy = ProxyUnderTest.start(collecting(upstream, 1000));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 5", "Expect: 100-continue");
            assertThat(client.readAnswer(false).status()).isEqualTo(100);
            client.send("hello");
            assertThat(client.readAnswer(false).body()).isEqualTo("hello");
            assertThat(upstream.requests().getFirst()).doesNotContainIgnoringCase("expect");
        }
    }

    @Test
    void aClientThatStopsIs408() {
        try (var upstream = echoing(5);
                var proxy = ProxyUnderTest.start(collecting(upstream, 1000));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 5");
            client.send("he");
            proxy.clock().advance(Duration.ofSeconds(31));
            assertThat(client.readAnswer().status()).isEqualTo(408);
        }
    }
}
