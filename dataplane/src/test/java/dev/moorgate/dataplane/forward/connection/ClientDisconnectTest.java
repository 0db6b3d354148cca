package dev.moorgate.dataplane.forward.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ClientDisconnectTest {

    private static ScriptedUpstream stalling(CountDownLatch asked, CountDownLatch ended) {
        return ScriptedUpstream.running((connection, _) -> {
            connection.readRequestHead();
            asked.countDown();
            connection.stall();
            ended.countDown();
        });
    }

    /** A client that ended its side is taken for gone when nothing moves for a fifth of a second. */
    private static void leftWithinASecond(ProxyUnderTest proxy, CountDownLatch ended) throws InterruptedException {
        proxy.clock().advance(Duration.ofMillis(900));
        assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aClientThatResetsEndsTheRequestAtTheUpstream() throws Exception {
        var asked = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        try (var upstream = stalling(asked, ended);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            asked.await();
            client.reset();
            assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(proxy.exchange(1).status()).isEqualTo(499);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.CLIENT_GONE);
        }
    }

    @Test
    void aClientThatClosesEndsTheRequestAtTheUpstreamWithinASecond() throws Exception {
        var asked = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        try (var upstream = stalling(asked, ended);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            asked.await();
            client.hangUp();
            leftWithinASecond(proxy, ended);
            assertThat(proxy.exchange(1).status()).isEqualTo(499);
        }
    }

    @Test
    void aClientThatGoesInTheMiddleOfItsUploadEndsTheRequestAtOnce() throws Exception {
        var asked = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        try (var upstream = stalling(asked, ended);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 100");
            client.send("only this");
            asked.await();
            client.hangUp();
            assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aClientThatOnlyEndsItsSideStillGetsItsAnswer() {
        try (var upstream = ScriptedUpstream.answering("late but whole");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            client.endOutput();
            assertThat(client.readAnswer().body()).isEqualTo("late but whole");
            assertThat(client.readToEnd()).isEmpty();
        }
    }

    @Test
    void aStreamWithoutReaderIsEndedAtTheUpstream() throws Exception {
        var ended = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
                    connection.stall();
                    ended.countDown();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            client.readHead();
            assertThat(client.read(14)).isEqualTo("9\r\ndata: 1\n\n\r\n");
            client.hangUp();
            leftWithinASecond(proxy, ended);
        }
    }

    @Test
    void aClientThatGoesWhileItsConnectionIsAwaitedLeavesNothingBehind() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.to(upstream)) {
            for (int i = 0; i < 20; i++) {
                var client = proxy.connect();
                client.sendHead("GET / HTTP/1.1", "Host: a");
                client.reset();
            }
            Await.until("all to be gone", () -> proxy.openClients() == 0);
            try (var client = proxy.connect()) {
                assertThat(client.get("/").body()).isEqualTo("x");
            }
        }
    }
}
