package dev.moorgate.dataplane.forward.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import dev.moorgate.routetable.Upstream.OutlierDetection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of browsers end with a frame of their content: it is told, moves the endpoint's health, and is how calls end that we end. */
class GrpcWebTest {
    private static final String BINARY = "application/grpc-web+proto";
    private static final String TEXT = "application/grpc-web-text";
    private static final OutlierDetection THREE_ERRORS =
            new OutlierDetection(3, 0, 0, Duration.ofMinutes(1), Duration.ofMinutes(1), 50, 0, Optional.empty());

    private static String trailers(String lines) {
        return "\u0080\0\0\0" + (char) lines.length() + lines;
    }

    private static String status(int code) {
        return trailers("grpc-status:" + code + "\r\n");
    }

    /** As the type has it. */
    private static String as(String type, String frames) {
        return type.equals(TEXT)
                ? Base64.getEncoder().encodeToString(frames.getBytes(StandardCharsets.ISO_8859_1))
                : frames;
    }

    private static Http2TestClient.Answer call(Http2TestClient client, String type) {
        return client.post("/shop.Cart/Add", "content-type: " + type).send(as(type, Calls.MESSAGE), true);
    }

    private static Http2Upstream answering(String type, String content, String... fields) {
        return Http2Upstream.running(call -> {
            String[] all = new String[fields.length + 2];
            all[0] = "content-type";
            all[1] = type;
            System.arraycopy(fields, 0, all, 2, fields.length);
            call.head(200, false, all).data(content, true);
        });
    }

    // ------------------------------------------------------------------ statuses

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        BINARY + ", 0, OK",
        BINARY + ", 5, NOT_FOUND",
        BINARY + ", 14, UNAVAILABLE",
        TEXT + ", 0, OK",
        TEXT + ", 16, UNAUTHENTICATED"
    })
    void theStatusOfTheLastFrameIsTold(String type, int code, GrpcStatus status) {
        String content = as(type, Calls.MESSAGE) + as(type, status(code));
        try (var upstream = answering(type, content);
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = call(client, type);
            assertThat(answer.body()).isEqualTo(content);
            assertThat(answer.trailers()).isEmpty();
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(status);
            assertThat(proxy.exchange(1).reason()).isNull();
        }
    }

    @Test
    void itIsFoundInTheChunksOfHttp11() {
        String content = Calls.MESSAGE + trailers("grpc-status: 6\r\n");
        var chunks = new StringBuilder();
        for (int i = 0; i < content.length(); i++) {
            chunks.append("1\r\n").append(content.charAt(i)).append("\r\n");
        }
        String head = "HTTP/1.1 200 OK\r\nContent-Type: " + BINARY + "\r\nTransfer-Encoding: chunked\r\n\r\n";
        try (var upstream = ScriptedUpstream.answeringRaw(head + chunks + "0\r\n\r\n");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            for (int i = 1; i <= 2; i++) {
                client.send("POST /a.B/C HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Type: " + BINARY
                        + "\r\n\r\nxx");
                assertThat(client.readAnswer().body()).isEqualTo(content);
                assertThat(proxy.exchange(i).grpcStatus()).isEqualTo(GrpcStatus.ALREADY_EXISTS);
            }
            assertThat(upstream.connections()).isEqualTo(1);
        }
    }

    @Test
    void aStatusThatOnlyTheClientCanReadIsNotGuessed() {
        try (var upstream = answering(BINARY, "coded", "content-encoding", "gzip");
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            assertThat(call(client, BINARY).body()).isEqualTo("coded");
            assertThat(proxy.exchange(1).grpcStatus()).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, "text/html"})
    void anAnswerWithoutAStatusIsUnknown(String type) {
        try (var upstream = answering(type, Calls.MESSAGE);
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            assertThat(call(client, BINARY).body()).isEqualTo(Calls.MESSAGE);
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.UNKNOWN);
        }
    }

    // ------------------------------------------------------------------ health

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource({
        "a success, 0, false",
        "what concerns the call, 5, false",
        "an error inside, 13, true",
        "one that is unavailable, 14, true",
        "no status, -1, false",
        "half a frame, -2, true",
        "what is coded, -3, false"
    })
    void anEndpointIsPutAsideForItsOwnErrorsOnly(String what, int code, boolean isPutAside) {
        String content = switch (code) {
            case -1 -> Calls.MESSAGE;
            case -2 -> Calls.MESSAGE.substring(0, 7);
            case -3 -> "coded";
            default -> Calls.MESSAGE + status(code);
        };
        String[] fields = code == -3 ? new String[] {"content-encoding", "gzip"} : new String[0];
        try (var seen = answering(BINARY, content, fields);
                var other = answering(BINARY, Calls.MESSAGE + status(0));
                var proxy = ProxyUnderTest.start(Calls.to(seen, other).outliers(THREE_ERRORS));
                var client = Http2TestClient.to(proxy)) {
            for (int i = 0; i < 12; i++) {
                call(client, BINARY).body();
            }
            assertThat(seen.calls()).as(what).hasSize(isPutAside ? 3 : 6);
        }
    }

    // ------------------------------------------------------------------ calls that we end

    @ParameterizedTest
    @ValueSource(strings = {BINARY, TEXT})
    void aCallThatBreaksOffBetweenFramesEndsWithAFrameThatSaysSo(String type) {
        String message = as(type, Calls.MESSAGE);
        try (var upstream = Http2Upstream.running(
                        call -> call.head(200, false, "content-type", type).data(message, false));
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = call(client, type);
            answer.awaitSize(message.length());
            upstream.calls().getFirst().cut();
            String end = as(type, trailers("grpc-status: 14\r\ngrpc-message: response_incomplete\r\n"));
            assertThat(answer.body()).isEqualTo(message + end);
            assertThat(answer.trailers()).isEmpty();
            assertThat(answer.isWhole()).isTrue();

            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.UNAVAILABLE);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.RESPONSE_INCOMPLETE);
            assertThat(proxy.exchange(1).bytesOut()).isEqualTo(message.length() + end.length());
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "within a frame, " + BINARY + ", 7",
        "within a prefix, " + BINARY + ", 3",
        "within a group, " + TEXT + ", 14",
        "in another type, application/grpc, 10"
    })
    void aCallThatBreaksOffElsewhereIsReset(String where, String type, int size) {
        String part = as(type, Calls.MESSAGE).substring(0, size);
        try (var upstream = Http2Upstream.running(
                        call -> call.head(200, false, "content-type", type).data(part, false));
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = call(client, type.equals(TEXT) ? TEXT : BINARY);
            answer.awaitSize(size);
            upstream.calls().getFirst().cut();
            assertThat(answer.awaitReset()).as(where).isEqualTo(Http2Error.INTERNAL_ERROR);
            assertThat(answer.soFar()).isEqualTo(part);
            assertThat(answer.isWhole()).isFalse();
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.UNAVAILABLE);
        }
    }

    @Test
    void aCallThatBreaksOffBehindItsStatusIsResetAndCountsAsBrokenOff() {
        String content = Calls.MESSAGE + status(0);
        try (var upstream = Http2Upstream.running(
                        call -> call.head(200, false, "content-type", BINARY).data(content, false));
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = call(client, BINARY);
            answer.awaitSize(content.length());
            upstream.calls().getFirst().cut();
            assertThat(answer.awaitReset()).isEqualTo(Http2Error.INTERNAL_ERROR);
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.UNAVAILABLE);
        }
    }

    @Test
    void aClientOfHttp11IsCutOff() {
        String head = "HTTP/1.1 200 OK\r\nContent-Type: " + BINARY + "\r\nTransfer-Encoding: chunked\r\n\r\n";
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send(head + "a\r\n" + Calls.MESSAGE + "\r\n");
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.send("POST /a.B/C HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Type: " + BINARY + "\r\n\r\n");
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.UNAVAILABLE);
            assertThat(client.readToEnd()).doesNotContain("\r\n0\r\n", "grpc-status");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, TEXT, "application/grpc-web"})
    void whatFailsBeforeAnAnswerIsToldInTheHead(String type) {
        try (var proxy = ProxyUnderTest.start(Setup.toPorts(ScriptedUpstream.refusedPort()));
                var client = Http2TestClient.to(proxy);
                var old = proxy.connect()) {
            var answer = call(client, type);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEmpty();
            assertThat(answer.fields())
                    .contains("content-type: " + type + "\n", "grpc-status: 14\n", "grpc-message: connect_refused\n");
            assertThat(answer.trailers()).isEmpty();

            old.send("POST /a.B/C HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Type: " + type + "\r\n\r\n");
            var told = old.readAnswer();
            assertThat(told.status()).isEqualTo(200);
            assertThat(told.field("content-type")).isEqualTo(type);
            assertThat(told.field("grpc-status")).isEqualTo("14");
            assertThat(told.body()).isEmpty();
        }
    }
}
