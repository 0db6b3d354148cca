package dev.moorgate.dataplane.forward.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import dev.moorgate.routetable.RoutePolicy.GrpcStatuses;
import dev.moorgate.routetable.RoutePolicy.Retry;
import dev.moorgate.routetable.RoutePolicy.RetryBudget;
import dev.moorgate.routetable.Upstream.OutlierDetection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a call ended stands in its trailers: it is told, moves the endpoint's health, and is tried again where the route says so. */
class GrpcStatusTest {
    private static Retry retry(GrpcStatus... statuses) {
        return new Retry(
                2,
                List.of(),
                List.of(),
                Duration.ZERO,
                Duration.ZERO,
                RetryBudget.STANDARD,
                Optional.of(new GrpcStatuses(List.of(statuses))));
    }

    @ParameterizedTest(name = "{0} in trailers, {1}")
    @CsvSource({"0, OK", "5, NOT_FOUND", "14, UNAVAILABLE", "99, UNKNOWN"})
    void theStatusOfTrailersIsTold(String code, GrpcStatus status) {
        try (var upstream = Http2Upstream.running(call -> call.head(200, false, "content-type", "application/grpc")
                        .data(Calls.MESSAGE, false)
                        .trailers("grpc-status", code));
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client);
            assertThat(answer.body()).isEqualTo(Calls.MESSAGE);
            assertThat(answer.trailers()).isEqualTo("grpc-status: " + code + "\n");

            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(status);
            assertThat(proxy.exchange(1).reason()).isNull();
        }
    }

    @Test
    void theStatusOfAHeadWithNothingBehindItIsTold() {
        try (var upstream = Http2Upstream.running(call -> Calls.end(call, 3, "grpc-message", "no%20such"));
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.fields()).contains("grpc-status: 3\n", "grpc-message: no%20such\n");
            assertThat(answer.isWhole()).isTrue();
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.INVALID_ARGUMENT);
        }
    }

    @Test
    void trailersOfHttp11AreReadToo() {
        String head = "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nTransfer-Encoding: chunked\r\n\r\n";
        String content = "3\r\nabc\r\n0\r\ngrpc-status: 6\r\nx-why: that\r\n\r\n";
        try (var upstream = ScriptedUpstream.answeringRaw(head + content);
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client);
            assertThat(answer.body()).isEqualTo("abc");
            assertThat(answer.trailers()).contains("grpc-status: 6\n", "x-why: that\n");
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.ALREADY_EXISTS);
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({"200, UNKNOWN", "503, UNAVAILABLE", "404, UNIMPLEMENTED"})
    void anAnswerThatIsNotOfGrpcIsToldAsClientsTakeIt(int code, GrpcStatus status) {
        try (var upstream = Http2Upstream.running(call -> call.answer(code, "<html>"));
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client);
            assertThat(answer.status()).isEqualTo(code);
            assertThat(answer.body()).isEqualTo("<html>");
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(status);
        }
    }

    @Test
    void whatIsNoCallHasNoStatus() {
        try (var upstream = Http2Upstream.answering("x");
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/").body()).isEqualTo("x");
            assertThat(proxy.exchange(1).grpcStatus()).isNull();
        }
    }

    @Test
    void metadataAtTheEndOfACallPassesWhetherItWasAnnouncedOrNot() {
        try (var upstream = Http2Upstream.running(call -> call.head(200, false, "content-type", "application/grpc")
                        .data(Calls.MESSAGE, false)
                        .trailers("grpc-status", "0", "x-echo-bin", "AQI=", "x-forwarded-for", "6.6.6.6"));
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client);
            assertThat(answer.body()).isEqualTo(Calls.MESSAGE);
            assertThat(answer.trailers()).contains("x-echo-bin: AQI=\n").doesNotContain("6.6.6.6");
        }
    }

    // ------------------------------------------------------------------ health

    @ParameterizedTest(name = "{0} in {2}: {1}")
    @CsvSource({
        "14, true, trailers",
        "14, true, head",
        "0, false, trailers",
        "5, false, trailers",
        "4, false, trailers",
        "8, false, head"
    })
    void anEndpointThatIsUnavailableIsPutAside(int status, boolean isPutAside, String where) {
        try (var sick = Http2Upstream.running(call -> {
                    if (where.equals("head")) {
                        Calls.end(call, status);
                    } else {
                        call.head(200, false, "content-type", "application/grpc")
                                .data(Calls.MESSAGE, false)
                                .trailers("grpc-status", String.valueOf(status));
                    }
                });
                var well = Http2Upstream.running(Calls::ok);
                var proxy = ProxyUnderTest.start(Calls.to(sick, well));
                var client = Http2TestClient.to(proxy)) {
            for (int i = 0; i < 10; i++) {
                Calls.call(client).body();
            }
            assertThat(sick.calls()).hasSize(5);
            for (int i = 0; i < 10; i++) {
                Calls.call(client).body();
            }
            assertThat(sick.calls()).hasSize(isPutAside ? 5 : 10);
        }
    }

    @Test
    void anEndpointThatFailsInsideIsPutAsideWhereErrorsCount() {
        var rule = new OutlierDetection(3, 0, 0, Duration.ofMinutes(1), Duration.ofMinutes(1), 50, 0, Optional.empty());
        try (var sick = Http2Upstream.running(call -> Calls.end(call, 13));
                var well = Http2Upstream.running(Calls::ok);
                var proxy = ProxyUnderTest.start(Calls.to(sick, well).outliers(rule));
                var client = Http2TestClient.to(proxy)) {
            for (int i = 0; i < 12; i++) {
                Calls.call(client).body();
            }
            assertThat(sick.calls()).hasSize(3);
        }
    }

    // ------------------------------------------------------------------ another try

    @Test
    void aCallThatEndsAsListedIsTriedElsewhere() {
        try (var sick = Http2Upstream.running(call -> Calls.end(call, 14));
                var well = Http2Upstream.running(Calls::ok);
                var proxy = ProxyUnderTest.start(Calls.to(sick, well).retry(retry(GrpcStatus.UNAVAILABLE)));
                var client = Http2TestClient.to(proxy)) {
            for (int i = 0; i < 4; i++) {
                var answer = Calls.call(client);
                assertThat(answer.body()).isEqualTo(Calls.MESSAGE);
                assertThat(answer.trailers()).contains("grpc-status: 0\n");
            }
            assertThat(sick.calls()).isNotEmpty();
            assertThat(sick.calls().getFirst().content()).isEqualTo(Calls.MESSAGE);
            assertThat(proxy.exchanges())
                    .allSatisfy(each -> assertThat(each.grpcStatus()).isEqualTo(GrpcStatus.OK));
            assertThat(proxy.exchanges())
                    .anySatisfy(each -> assertThat(each.retries()).containsExactly(ProxyFailure.UPSTREAM_RESET));
        }
    }

    @Test
    void aStatusThatIsNotListedAndOneBehindAMessageArePassedOn() {
        AtomicInteger number = new AtomicInteger();
        try (var upstream = Http2Upstream.running(call -> {
                    if (number.incrementAndGet() == 1) {
                        Calls.end(call, 10);
                    } else {
                        call.head(200, false, "content-type", "application/grpc")
                                .data(Calls.MESSAGE, false)
                                .trailers("grpc-status", "14");
                    }
                });
                var proxy = ProxyUnderTest.start(Calls.to(upstream).retry(retry(GrpcStatus.UNAVAILABLE)));
                var client = Http2TestClient.to(proxy)) {
            var aborted = Calls.call(client);
            assertThat(aborted.status()).isEqualTo(200);
            assertThat(aborted.fields()).contains("grpc-status: 10\n");
            var begun = Calls.call(client);
            assertThat(begun.body()).isEqualTo(Calls.MESSAGE);
            assertThat(begun.trailers()).contains("grpc-status: 14\n");
            assertThat(number).hasValue(2);
        }
    }

    @ParameterizedTest(name = "{0} ms")
    @CsvSource({"-1, 1", "soon, 1", "0, 3"})
    void anEndpointThatWantsNoOtherTryGetsNone(String pushback, int tries) {
        try (var upstream = Http2Upstream.running(call -> Calls.end(call, 14, "grpc-retry-pushback-ms", pushback));
                var proxy = ProxyUnderTest.start(Calls.to(upstream).retry(retry(GrpcStatus.UNAVAILABLE)));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.fields()).contains("grpc-status: 14\n");
            assertThat(upstream.calls()).hasSize(tries);
        }
    }

    @Test
    void aCallWhoseMessagesAreStillComingIsNotTriedAgain() {
        try (var upstream = Http2Upstream.running(Calls::ok);
                var proxy = ProxyUnderTest.start(Calls.to(upstream).retry(retry(GrpcStatus.UNAVAILABLE)));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.begin(client);
            Await.until("the call", () -> upstream.calls().size() == 1);
            Calls.end(upstream.calls().getFirst(), 14);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.fields()).contains("grpc-status: 14\n");
            assertThat(upstream.calls()).hasSize(1);
        }
    }
}
