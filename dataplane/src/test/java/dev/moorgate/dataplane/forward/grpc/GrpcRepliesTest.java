package dev.moorgate.dataplane.forward.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RoutePolicy.Admission;
import dev.moorgate.routetable.RoutePolicy.Clients;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import io.netty.handler.codec.http2.Http2Error;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What fails a call is told as gRPC tells it: 200, grpc-status, grpc-message, and nothing behind them (faults E7, E9). */
class GrpcRepliesTest {
    private static final Admission ALL =
            new Admission(false, List.of(), Optional.empty(), Optional.empty(), Optional.empty());

    private static void assertEnded(Http2TestClient.Answer answer, int status, String message) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.fields())
                .contains(
                        "content-type: application/grpc\n",
                        "grpc-status: " + status + "\n",
                        "grpc-message: " + message + "\n")
                .doesNotContain("content-length");
        assertThat(answer.isWhole()).isTrue();
    }

    @Test
    void anEndpointThatIsNotThereIsUnavailable() {
        try (var proxy = ProxyUnderTest.start(Setup.toPorts(ScriptedUpstream.refusedPort()));
                var client = Http2TestClient.to(proxy)) {
            assertEnded(Calls.call(client), 14, "connect_refused");

            var told = proxy.exchange(1);
            assertThat(told.status()).isEqualTo(200);
            assertThat(told.reason()).isEqualTo(ProxyFailure.CONNECT_REFUSED);
            assertThat(told.grpcStatus()).isEqualTo(GrpcStatus.UNAVAILABLE);
        }
    }

    @Test
    void noEndpointIsUnavailable() {
        try (var proxy = ProxyUnderTest.start(Setup.toPorts());
                var client = Http2TestClient.to(proxy)) {
            assertEnded(Calls.call(client), 14, "no_endpoints");
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "application/grpc, true",
        "application/grpc+proto, true",
        "application/grpc;v=1, true",
        "APPLICATION/GRPC, true",
        "application/grpc-web+proto, true",
        "application/grpcx, false",
        "application/json, false"
    })
    void theTypeOfTheRequestSaysWhetherItIsACall(String type, boolean isCall) {
        try (var proxy = ProxyUnderTest.start(Setup.toPorts());
                var client = Http2TestClient.to(proxy)) {
            var answer = client.post("/a.B/C", "content-type: " + type).send("", true);
            assertThat(answer.status()).isEqualTo(isCall ? 200 : 503);
            assertThat(answer.body().isEmpty()).isEqualTo(isCall);
            assertThat(answer.fields().contains("content-type: " + type + "\n")).isEqualTo(isCall);
        }
    }

    @Test
    void aClientOfHttp11IsToldTheSame() {
        try (var proxy = ProxyUnderTest.start(Setup.toPorts());
                var client = proxy.connect()) {
            for (int i = 0; i < 2; i++) {
                // In one piece: an answer that overtakes the content ends the connection.
                client.send(
                        "POST /a.B/C HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nContent-Type: application/grpc\r\n\r\nxx");
                var answer = client.readAnswer();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.field("grpc-status")).isEqualTo("14");
                assertThat(answer.field("grpc-message")).isEqualTo("no_endpoints");
                assertThat(answer.field("content-length")).isEqualTo("0");
            }
        }
    }

    @Test
    void aClientThatMayNotComeIsDenied() {
        var nobody = new Admission(
                false,
                List.of(new Clients(List.of("192.0.2.0/24"), List.of())),
                ALL.rateLimit(),
                ALL.basicAuth(),
                ALL.fault());
        try (var proxy = ProxyUnderTest.start(Setup.toPorts().admission(nobody));
                var client = Http2TestClient.to(proxy)) {
            assertEnded(Calls.call(client), 7, "client_denied");
        }
    }

    @Test
    void tooManyCallsExhaustResources() {
        var rate = new RoutePolicy.RateLimit("b", 1, Duration.ofHours(1), 1, RoutePolicy.RateLimit.Key.ROUTE);
        var limited = new Admission(false, List.of(), Optional.of(rate), ALL.basicAuth(), ALL.fault());
        try (var upstream = Http2Upstream.running(Calls::ok);
                var proxy = ProxyUnderTest.start(Calls.to(upstream).admission(limited));
                var client = Http2TestClient.to(proxy)) {
            assertThat(Calls.call(client).body()).isEqualTo(Calls.MESSAGE);
            var second = Calls.call(client);
            assertEnded(second, 8, "rate_limited");
            assertThat(second.fields()).contains("retry-after: ");
        }
    }

    @Test
    void aFailureOnPurposeIsToldAsItsStatusMaps() {
        var fault = new RoutePolicy.Fault(Duration.ZERO, 0, 403, 100);
        var failing = new Admission(false, List.of(), ALL.rateLimit(), ALL.basicAuth(), Optional.of(fault));
        try (var proxy = ProxyUnderTest.start(Setup.toPorts().admission(failing));
                var client = Http2TestClient.to(proxy)) {
            assertEnded(Calls.call(client), 7, "fault_injected");
        }
    }

    @Test
    void aCallThatBreaksOffBehindItsHeadEndsWithTrailersThatSaySo() {
        try (var upstream = Http2Upstream.running(call -> call.head(200, false, "content-type", "application/grpc")
                        .data(Calls.MESSAGE, false));
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client);
            answer.awaitSize(Calls.MESSAGE.length());
            upstream.calls().getFirst().reset(Http2Error.INTERNAL_ERROR);
            assertThat(answer.body()).isEqualTo(Calls.MESSAGE);
            assertThat(answer.trailers()).contains("grpc-status: 14\n", "grpc-message: response_incomplete\n");
            assertThat(answer.isReset()).isFalse();

            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.UNAVAILABLE);
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
        }
    }

    @Test
    void aRequestThatIsNoCallIsStillCutWhereItBreaksOff() {
        try (var upstream = Http2Upstream.running(call -> {
                    call.head(200, false).data("abc", false);
                    call.reset(Http2Error.INTERNAL_ERROR);
                });
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = client.get("/");
            assertThat(answer.awaitReset()).isEqualTo(dev.moorgate.dataplane.http2.Http2Error.INTERNAL_ERROR);
            assertThat(answer.isWhole()).isFalse();
        }
    }
}
