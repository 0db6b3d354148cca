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
}
