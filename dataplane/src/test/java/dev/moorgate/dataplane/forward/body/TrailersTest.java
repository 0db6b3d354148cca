package dev.moorgate.dataplane.forward.body;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import org.junit.jupiter.api.Test;

class TrailersTest {

    @Test
    void trailersOfARequestReachTheUpstreamWithoutThoseThatMustNotBeMerged() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.answer(connection.readChunked());
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead(
                    "POST / HTTP/1.1",
                    "Host: a",
                    "TE: trailers",
                    "Trailer: X-Sum, Host,,Authorization",
                    "Transfer-Encoding: chunked");
            client.send("2\r\nhi\r\n0\r\nX-Sum: 1\r\nHost: evil\r\nAuthorization: x\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n");
            assertThat(upstream.requests().getFirst()).contains("TE: trailers\r\n", "Connection: TE\r\n");
        }
    }

    @Test
    void trailersOfAnAnswerReachTheClient() {
        try (var upstream = ScriptedUpstream.answeringRaw(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            for (int i = 0; i < 2; i++) {
                var answer = client.get("/");
                assertThat(answer.body()).isEqualTo("hi");
                assertThat(answer.trailers()).isEqualTo("X-Sum: 1\r\n");
            }
        }
    }

    @Test
    void trailersOfOneAnswerDoNotFollowTheNext() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.sendHead("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Trailer: X-Sum");
                    connection.send("2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n");
                    while (connection.readRequest() != null) {
                        connection.answer("next");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            assertThat(client.get("/").trailers()).isEqualTo("X-Sum: 1\r\n");
            for (int i = 0; i < 2; i++) {
                assertThat(client.get("/").body()).isEqualTo("next");
            }
        }
    }

    @Test
    void trailersOfOneRequestDoNotFollowTheNext() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.answer(connection.readChunked());
                    for (int i = 0; i < 2; i++) {
                        connection.readRequestHead();
                        connection.answer(connection.read(2));
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Trailer: X-Sum", "Transfer-Encoding: chunked");
            client.send("2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n");
            for (int i = 0; i < 2; i++) {
                client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 2");
                client.send("yo");
                assertThat(client.readAnswer().body()).isEqualTo("yo");
            }
            assertThat(upstream.requests()).hasSize(3).last().asString().startsWith("POST / HTTP/1.1");
        }
    }
}
