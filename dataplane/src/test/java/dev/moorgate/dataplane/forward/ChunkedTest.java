package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedTest {

    private static ScriptedUpstream echoing() {
        return ScriptedUpstream.running((connection, _) -> {
            for (String head = connection.readRequestHead(); head != null; head = connection.readRequestHead()) {
                connection.answer(connection.readChunked());
            }
        });
    }

    @Test
    void chunksPassAsTheyAre() {
        try (var upstream = echoing();
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
            client.send("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n");
            assertThat(upstream.requests().getFirst()).contains("Transfer-Encoding: chunked\r\n");
        }
    }

    @Test
    void chunksSplitAtEveryByteArriveWhole() {
        try (var upstream = echoing();
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
            for (char c : "5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n".toCharArray()) {
                client.send(String.valueOf(c));
            }
            assertThat(client.readAnswer().body()).isEqualTo("5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n");
        }
    }

    @Test
    void chunkExtensionsAreTakenOut() {
        try (var upstream = echoing();
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
            client.send("5;a=b;c=\"d\"\r\nhello\r\n0;last\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("5\r\nhello\r\n0\r\n\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"+5\r\nhello\r\n", "0x5\r\nhello\r\n", "5\nhello\r\n", "5\r\nhelloX\r\n", "zz\r\n", "\r\n"})
    void aBrokenChunkNeverMakesAWholeRequest(String chunk) {
        try (var upstream = echoing();
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
            client.send(chunk + "0\r\n\r\n");
            assertThat(client.readAnswer().status()).isEqualTo(400);
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
            try (var other = proxy.connect()) {
                other.sendHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
                other.send("2\r\nok\r\n0\r\n\r\n");
                assertThat(other.readAnswer().body()).contains("ok");
            }
        }
    }

    @Test
    void anAnswerInChunksPassesAsItIs() {
        try (var upstream = ScriptedUpstream.answeringRaw(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.get("/").body()).isEqualTo("abcde");
            }
            assertThat(upstream.connections()).isEqualTo(1);
        }
    }

    @Test
    void anOldClientGetsTheContentBareAndEndedByClose() {
        try (var upstream = ScriptedUpstream.answeringRaw(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.0", "Host: a", "Connection: keep-alive");
            var answer = client.readAnswer();
            assertThat(answer.has("transfer-encoding")).isFalse();
            assertThat(answer.field("connection")).isEqualTo("close");
            assertThat(answer.body()).isEqualTo("abcde");
        }
    }
}
