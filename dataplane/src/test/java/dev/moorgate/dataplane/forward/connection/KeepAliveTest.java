package dev.moorgate.dataplane.forward.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class KeepAliveTest {

    @Test
    void oneConnectionOnEachSideServesManyRequests() {
        try (var upstream = ScriptedUpstream.answering("hello");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            for (int i = 0; i < 20; i++) {
                RawClient.Answer answer = client.get("/" + i);
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo("hello");
            }
            assertThat(upstream.connections()).isEqualTo(1);
            assertThat(upstream.requests()).hasSize(20).last().asString().startsWith("GET /19 HTTP/1.1\r\n");
            assertThat(proxy.exchange(20).status()).isEqualTo(200);
        }
    }

    @Test
    void requestsAreSpreadOverTheEndpoints() {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.to(one, two);
                var client = proxy.connect()) {
            for (int i = 0; i < 10; i++) {
                client.get("/");
            }
            assertThat(one.requests()).hasSize(5);
            assertThat(two.requests()).hasSize(5);
        }
    }

    @Test
    void aClientThatAsksForCloseGetsIt() {
        try (var upstream = ScriptedUpstream.answering("bye");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");
            RawClient.Answer answer = client.readAnswer();
            assertThat(answer.field("Connection")).isEqualTo("close");
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
            assertThat(upstream.requests().getFirst()).doesNotContainIgnoringCase("connection:");
        }
    }

    @Test
    void anOldClientIsKeptOnlyWhereItAsksForIt() {
        try (var upstream = ScriptedUpstream.answering("old");
                var proxy = ProxyUnderTest.to(upstream);
                var kept = proxy.connect();
                var closed = proxy.connect()) {
            kept.send("GET / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n\r\n");
            assertThat(kept.readAnswer().field("Connection")).isEqualTo("keep-alive");
            assertThat(kept.get("/again").body()).isEqualTo("old");
            closed.send("GET / HTTP/1.0\r\n\r\n");
            assertThat(closed.readAnswer().body()).isEqualTo("old");
            assertThat(closed.awaitEnd()).isEqualTo(End.PROPER);
        }
    }

    @Test
    void anIdleClientIsClosedWithoutAWord() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect();
                var silent = proxy.connect()) {
            client.get("/");
            Await.until("both to be open", () -> proxy.openClients() == 2);
            proxy.clock().advance(Duration.ofSeconds(59));
            assertThat(client.isSilent(250)).isTrue();
            proxy.clock().advance(Duration.ofSeconds(2));
            assertThat(client.readToEnd()).isEmpty();
            assertThat(silent.readToEnd()).isEmpty();
        }
    }

    @Test
    void theEndOfAnAnswerIsNoIdleTimeWhileTheClientReads() {
        int size = 16 << 20;
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                    connection.send(new byte[size]);
                });
                var proxy = ProxyUnderTest.to(upstream)) {
            proxy.shrinkClientBuffers();
            try (var client = proxy.connect();
                    var idle = proxy.connect()) {
                client.sendHead("GET / HTTP/1.1", "Host: a");
                client.readHead();
                int read = 0;
                while (proxy.exchanges().isEmpty()) {
                    read += client.readBytes(8 << 10).length;
                }
                proxy.clock().advance(Duration.ofSeconds(61));
                // Those that wait for nothing have been closed.
                idle.awaitEnd();
                client.readBytes(size - read);
                assertThat(proxy.exchange(1).bytesOut()).isEqualTo(size);
            }
        }
    }

    @Test
    void anIdleUpstreamConnectionIsClosedAfterItsTime() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.get("/");
            Await.until("one to be pooled", () -> proxy.openUpstreams() == 1);
            proxy.clock().advance(Duration.ofSeconds(50));
            client.get("/");
            proxy.clock().advance(Duration.ofSeconds(50));
            client.get("/");
            assertThat(upstream.connections()).isEqualTo(1);
            proxy.clock().advance(Duration.ofSeconds(61));
            Await.until("the pooled one to be closed", () -> proxy.openUpstreams() == 0);
        }
    }

    @Test
    void anUpstreamThatClosesIsNotPooled() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.get("/").body()).isEqualTo("ok");
            }
            assertThat(upstream.connections()).isEqualTo(5);
        }
    }

    @Test
    void forwardingFieldsAreSetAndHopByHopFieldsRemoved() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.start(Setup.to(upstream));
                var client = proxy.connect()) {
            client.sendHead(
                    "GET /a?b=c HTTP/1.1",
                    "Host: shop.example:8080",
                    "X-Forwarded-For: 6.6.6.6",
                    "Connection: X-Secret, keep-alive",
                    "X-Secret: 1",
                    "Accept: */*");
            client.readAnswer();
            String head = upstream.requests().getFirst();
            assertThat(head)
                    .startsWith("GET /a?b=c HTTP/1.1\r\n")
                    .contains("Host: shop.example:8080\r\n", "Accept: */*\r\n")
                    .containsIgnoringCase("X-Forwarded-For: 127.0.0.1\r\n")
                    .doesNotContain("X-Secret", "6.6.6.6", "Connection");
        }
    }
}
