package dev.moorgate.dataplane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class StaleConnectionTest {

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
