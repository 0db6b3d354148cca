package dev.moorgate.dataplane.forward;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.HeldLoop;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamFaultTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
                "HTTP/1.1 99 Odd\r\n\r\n",
                "HTTP/1.1 1000 Odd\r\n\r\n",
                "HTTP/1.1 abc Odd\r\n\r\n",
                "HTTP/0.9 200 OK\r\n\r\n",
                "<html>hello</html>\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n",
                "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            })
    void anUnintelligibleAnswerIs502AndItsConnectionIsDropped(String raw) {
        try (var upstream = ScriptedUpstream.answeringRaw(raw);
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(502);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.MALFORMED_RESPONSE);
            assertThat(client.get("/").status()).isEqualTo(502);
            assertThat(upstream.connections()).isEqualTo(2);
        }
    }

    @Test
    void anEndlessHeadIs502() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\n");
                    while (connection.trySend("X-More: 0123456789012345678901234567890\r\n")) {
                        Thread.onSpinWait();
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(502);
        }
    }

    @Test
    void aResetInTheHeadIs502() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Le");
                    connection.reset();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            var answer = client.get("/");
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.body()).contains("reason: upstream_reset");
        }
    }

    /** Fault F11: it refuses what is still sent, and goes before it has read it. */
    @Test
    void anEarlyAnswerWithAResetBehindItReachesTheClient() {
        var refusal = new HeldLoop.LastWords();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    refusal.say(connection, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!");
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 100");
            Await.until("the endpoint to be asked", () -> upstream.requests().size() == 1);
            refusal.cross(proxy, client, "half".getBytes(US_ASCII));

            var answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.body()).isEqualTo("no!");
            Await.until("the connection to the endpoint to be closed", () -> proxy.openUpstreams() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n",
            })
    void anAnswerThatBreaksOffIsNeverGivenAsWhole(String half) {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(half);
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            String all = client.readHead() + client.readToEnd();
            assertThat(all).doesNotContain("\n0\r\n\r\n", "reason:");
            assertThat(proxy.exchange(1).reason())
                    .isIn(ProxyFailure.RESPONSE_INCOMPLETE, ProxyFailure.MALFORMED_RESPONSE);
        }
    }

    @Test
    void anAnswerEndedByCloseIsCutWithAResetForAnOldClient() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhalf");
                    connection.reset();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.0", "Host: a");
            assertThat(client.awaitEnd()).isEqualTo(End.RESET);
        }
    }

    @Test
    void anAnswerEndedByCloseGoesOutInChunks() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\n\r\nall of it");
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            var answer = client.get("/");
            assertThat(answer.field("Transfer-Encoding")).isEqualTo("chunked");
            assertThat(answer.body()).isEqualTo("all of it");
            assertThat(client.get("/").body()).isEqualTo("all of it");
        }
    }

    @Test
    void bytesBehindTheAnswerAreNeverAnybodysAnswer() {
        try (var upstream = ScriptedUpstream.running((connection, number) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
                            + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.get("/").body()).isEqualTo("good");
            }
            assertThat(upstream.connections()).isEqualTo(5);
        }
    }

    @Test
    void aBodyThatMayNotBeThereIsDroppedWithItsConnection() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    String head = connection.readRequest();
                    String status = head.startsWith("HEAD") ? "200 OK" : head.split(" ", 3)[1].substring(1) + " X";
                    connection.send("HTTP/1.1 " + status + "\r\nContent-Length: 6\r\n\r\npoison");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            assertThat(client.get("/204").has("content-length")).isFalse();
            assertThat(client.get("/304").status()).isEqualTo(304);
            client.sendHead("HEAD / HTTP/1.1", "Host: a");
            assertThat(client.readAnswer(true).field("content-length")).isEqualTo("6");
            assertThat(client.get("/204").status()).isEqualTo(204);
            assertThat(upstream.connections()).isEqualTo(4);
        }
    }

    @Test
    void moreThan32InterimAnswersAre502() {
        try (var upstream = ScriptedUpstream.answeringRaw(
                        "HTTP/1.1 102 Wait\r\n\r\n".repeat(33) + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).isEqualTo(502);
        }
    }

    @Test
    void earlyHintsArePassedOnAndOthersAreNot() {
        try (var upstream = ScriptedUpstream.answeringRaw("""
                        HTTP/1.1 102 Processing

                        HTTP/1.1 103 Early Hints
                        Link: </a.css>; rel=preload

                        HTTP/1.1 200 OK
                        Content-Length: 0

                        """.replace("\n", "\r\n"));
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            assertThat(client.readAnswer(false).head())
                    .startsWith("HTTP/1.1 103 Early Hints\r\n")
                    .contains("Link: ");
            assertThat(client.readAnswer(false).status()).isEqualTo(200);
        }
    }

    @Test
    void anEarlyAnswerIsPassedOnAndTheUploadStopped() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 7\r\n\r\ntoo big");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 10000000");
            client.send("some of it");
            var answer = client.readAnswer();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.body()).isEqualTo("too big");
            assertThat(answer.field("Connection")).isEqualTo("close");
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
        }
    }
}
