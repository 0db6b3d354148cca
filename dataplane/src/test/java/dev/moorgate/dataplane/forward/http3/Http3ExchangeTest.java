package dev.moorgate.dataplane.forward.http3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Upstream.Protocol;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Requests of HTTP/3 are forwarded as every other, whatever the endpoint speaks. */
class Http3ExchangeTest {

    private static Setup over(Http2Upstream upstream) {
        return Setup.toPorts(upstream.port()).protocol(Protocol.H2C).settings(Http3Gate.silent());
    }

    @Test
    void aRequestIsForwardedAndAnswered() {
        try (var upstream = ScriptedUpstream.answering("hello");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call answer = client.get("/a?b=c", "x-mine", "1", "cookie", "a=1", "cookie", "b=2");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(answer.field("content-length")).isEqualTo("5");
            String request = upstream.requests().getFirst();
            assertThat(request).startsWith("GET /a?b=c HTTP/1.1\r\n").contains("\r\nhost: shop.internal\r\n");
            assertThat(request).contains("\r\nx-mine: 1\r\n", "\r\ncookie: a=1; b=2\r\n");
            assertThat(request).contains("X-Forwarded-Proto: https\r\n").doesNotContain("Transfer-Encoding");
        }
    }

    @Test
    void streamsOfOneConnectionAreAnsweredEachByItself() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            var calls = new Http3Call[50];
            for (int i = 0; i < calls.length; i++) {
                calls[i] = client.get("/" + i);
            }
            for (Http3Call call : calls) {
                assertThat(call.body()).isEqualTo("x");
            }
            assertThat(upstream.requests()).hasSize(calls.length);
            assertThat(gate.metrics()).contains("moorgate_connections_opened_total{listener=\"web\"} 1.0");
        }
    }

    @Test
    void contentThatIsMoreThanAWindowGoesBothWays() {
        byte[] content = new byte[3 << 19];
        new Random(1).nextBytes(content);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    byte[] got = connection.readBytes(content.length);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + got.length + "\r\n\r\n");
                    connection.send(got);
                    connection.stall();
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.request("POST", "/", false, "content-length", String.valueOf(content.length));
            call.send(Unpooled.wrappedBuffer(content), true);
            assertThat(call.status()).isEqualTo(200);
            assertThat(call.awaitWhole().bytes()).isEqualTo(content);
        }
    }

    @Test
    void contentWithoutALengthIsChunkedForTheEndpointWithItsTrailers() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.answer(connection.readChunked().replace("\r\n", "|"));
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.request("POST", "/", false, "trailer", "x-sum");
            call.send("hello", false).send(Http3Call.fields("x-sum", "5"), true);
            assertThat(call.body()).contains("hello|").containsIgnoringCase("x-sum: 5|");
            assertThat(upstream.requests().getFirst()).contains("Transfer-Encoding: chunked\r\n");
        }
    }

    @Test
    void theEndOfAStreamMayComeBehindTheHeadOfARequestWithoutContent() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call late = client.request("GET", "/late", false);
            assertThat(client.get("/other").body()).isEqualTo("x");
            assertThat(upstream.requests()).hasSize(1);
            late.end();
            assertThat(late.body()).isEqualTo("x");
            assertThat(upstream.requests().getLast())
                    .startsWith("GET /late ")
                    .doesNotContain("Transfer-Encoding", "Content-Length");
        }
    }

    @Test
    void aPostIsForwardedBeforeItsContentComes() {
        try (var upstream = Http2Upstream.running(call -> call.data("done", true));
                var gate = new Http3Gate(over(upstream));
                var client = gate.connect()) {
            Http3Call call = client.request("POST", "/", false);
            Await.until("the request", () -> !upstream.calls().isEmpty());
            upstream.calls().getFirst().head(200, false);
            assertThat(call.status()).isEqualTo(200);
            call.send("end", true);
            assertThat(call.body()).isEqualTo("done");
        }
    }

    @Test
    void anAnswerToHeadHasNoContent() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
                    }
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.request("HEAD", "/", true);
            assertThat(call.body()).isEmpty();
            assertThat(call.field("content-length")).isEqualTo("5");
        }
    }

    @Test
    void informationalAnswersArePassedOn() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                    connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
                    connection.answer(connection.read(5));
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.request("POST", "/", false, "content-length", "5", "expect", "100-continue");
            call.awaitInterim("100");
            call.send("hello", true);
            assertThat(call.body()).isEqualTo("hello");
            assertThat(call.interim()).containsExactly("100", "103");
        }
    }

    @Test
    void aCallOfGrpcEndsWithItsTrailers() {
        try (var upstream = Http2Upstream.running(call -> {
                    if (call.content().equals("ping")) {
                        call.head(200, false, "content-type", "application/grpc");
                        call.data("pong", false);
                        call.trailers("grpc-status", "0", "grpc-message", "fine");
                    }
                });
                var gate = new Http3Gate(over(upstream));
                var client = gate.connect()) {
            Http3Call call =
                    client.request("POST", "/a.B/C", false, "content-type", "application/grpc", "te", "trailers");
            call.send("ping", true);
            assertThat(call.body()).isEqualTo("pong");
            assertThat(call.trailer("grpc-status")).isEqualTo("0");
            assertThat(call.trailer("grpc-message")).isEqualTo("fine");
        }
    }

    @Test
    void chunkedAnswersAndTheirTrailersArePassedOn() {
        String chunked = String.join(
                "\r\n",
                "HTTP/1.1 200 OK",
                "Transfer-Encoding: chunked",
                "Connection: x-hop",
                "X-Hop: 1",
                "Trailer: X-Sum",
                "",
                "5",
                "hello",
                "0",
                "X-Sum: 5",
                "",
                "");
        try (var upstream = ScriptedUpstream.answeringRaw(chunked);
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.get("/", "te", "trailers");
            assertThat(call.body()).isEqualTo("hello");
            assertThat(call.trailer("x-sum")).isEqualTo("5");
            assertThat(call.field("transfer-encoding")).isNull();
            assertThat(call.field("connection")).isNull();
            assertThat(call.field("x-hop")).isNull();
        }
    }

    @Test
    void anEndpointThatIsNotThereIsToldByName() {
        try (var gate = new Http3Gate(
                        Setup.toPorts(ScriptedUpstream.refusedPort()).settings(Http3Gate.silent()));
                var client = gate.connect()) {
            Http3Call call = client.get("/");
            assertThat(call.status()).isEqualTo(502);
            assertThat(new String(call.awaitWhole().bytes(), StandardCharsets.UTF_8))
                    .contains("reason: ");
        }
    }
}
