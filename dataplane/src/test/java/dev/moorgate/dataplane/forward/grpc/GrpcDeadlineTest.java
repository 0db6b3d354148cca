package dev.moorgate.dataplane.forward.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import dev.moorgate.routetable.RoutePolicy.Timeouts;
import dev.moorgate.routetable.Upstream;
import io.netty.handler.codec.http2.Http2Error;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A call's deadline is kept, goes on with what is left of it, and ends the call at both sides; so does a side that gives up
 * (fault E6). */
class GrpcDeadlineTest {
    private static final Timeouts STANDARD = Timeouts.STANDARD;

    private static Timeouts request(Duration limit) {
        return new Timeouts(
                limit,
                STANDARD.perTry(),
                STANDARD.connect(),
                STANDARD.responseHead(),
                STANDARD.bodyIdle(),
                STANDARD.streamIdle());
    }

    @Test
    void aCallThatIsNotAnsweredInTimeEndsAtBothSides() {
        try (var upstream = Http2Upstream.running(_ -> {});
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client, "grpc-timeout: 5S");
            Await.until("the call", () -> upstream.calls().size() == 1);
            assertThat(upstream.calls().getFirst().field("grpc-timeout")).isEqualTo("5000m");

            proxy.clock().advance(Duration.ofMillis(4_900));
            assertThat(proxy.exchanges()).isEmpty();
            proxy.clock().advance(Duration.ofMillis(200));

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.fields()).contains("grpc-status: 4\n", "grpc-message: request_timeout\n");
            Await.until("the reset", () -> upstream.resets().contains(Http2Error.CANCEL.code()));
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.REQUEST_TIMEOUT);
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.DEADLINE_EXCEEDED);
        }
    }

    @Test
    void aStreamThatOutlivesItsDeadlineEndsWithTrailersAndIsNobodysFault() {
        try (var upstream = Http2Upstream.running(call -> call.head(200, false, "content-type", "application/grpc")
                        .data(Calls.MESSAGE, false));
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            for (int i = 1; i <= 6; i++) {
                var answer = Calls.call(client, "grpc-timeout: 1S");
                answer.awaitSize(Calls.MESSAGE.length());
                proxy.clock().advance(Duration.ofMillis(1_200));

                assertThat(answer.body()).isEqualTo(Calls.MESSAGE);
                assertThat(answer.trailers()).contains("grpc-status: 4\n");
            }
            Await.until("the resets", () -> upstream.resets().size() == 6);
            assertThat(proxy.endpoint("app", "app-0").failures()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"3000, 14, 1", "4990, 4, 0"})
    void anEndpointThatCallsOffAtTheDeadlineIsNotAtFault(long millis, int status, int failures) {
        try (var upstream = Http2Upstream.running(_ -> {});
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client, "grpc-timeout: 5S");
            Await.until("the call", () -> upstream.calls().size() == 1);
            proxy.clock().advance(Duration.ofMillis(millis));
            upstream.calls().getFirst().reset(Http2Error.CANCEL);

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.fields()).contains("grpc-status: " + status + "\n");
            assertThat(proxy.endpoint("app", "app-0").failures()).isEqualTo(failures);
        }
    }

    @Test
    void whatIsLeftOfTheDeadlineGoesOn() {
        List<Http2Upstream.Call> seen = new CopyOnWriteArrayList<>();
        try (var upstream = Http2Upstream.running(call -> {
                    seen.add(call);
                    if (seen.size() == 1) {
                        call.reset(Http2Error.REFUSED_STREAM);
                    } else {
                        Calls.ok(call);
                    }
                });
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.begin(client, "grpc-timeout: 10S");
            Await.until("the call", () -> upstream.calls().size() == 1);
            proxy.clock().advance(Duration.ofSeconds(3));
            answer.send(Calls.MESSAGE, true);

            assertThat(answer.body()).isEqualTo(Calls.MESSAGE);
            assertThat(seen.getFirst().field("grpc-timeout")).isEqualTo("10000m");
            assertThat(seen.getLast().field("grpc-timeout")).isEqualTo("7000m");
        }
    }

    @Test
    void theRoutesLimitCapsTheDeadlineAndIsToldToTheEndpoint() {
        try (var upstream = Http2Upstream.running(Calls::ok);
                var proxy = ProxyUnderTest.start(Calls.to(upstream).timeouts(request(Duration.ofSeconds(2))));
                var client = Http2TestClient.to(proxy)) {
            assertThat(Calls.call(client, "grpc-timeout: 1H").body()).isEqualTo(Calls.MESSAGE);
            assertThat(Calls.call(client).body()).isEqualTo(Calls.MESSAGE);
            assertThat(Calls.call(client, "grpc-timeout: 1S").body()).isEqualTo(Calls.MESSAGE);
            assertThat(client.post("/", "grpc-timeout: 1S").send("", true).status())
                    .isEqualTo(200);

            assertThat(upstream.calls().stream().map(call -> call.field("grpc-timeout")))
                    .containsExactly("2000m", "2000m", "1000m", "1S");
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"5", "5s", "123456789n", "", "S", "-5S"})
    void aDeadlineThatCannotBeReadIsRefused(String value) {
        try (var upstream = Http2Upstream.running(Calls::ok);
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client, "grpc-timeout: " + value);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.fields())
                    .contains("grpc-status: 13\n", "grpc-message: malformed_request: malformed grpc-timeout\n");
            assertThat(Calls.call(client).body()).isEqualTo(Calls.MESSAGE);
            assertThat(upstream.calls()).hasSize(1);
        }
    }

    @Test
    void twoDeadlinesAreRefusedAndNoneAtAllIsOver() {
        try (var upstream = Http2Upstream.running(Calls::ok);
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var two = Calls.call(client, "grpc-timeout: 1S", "grpc-timeout: 2S");
            assertThat(two.status()).isEqualTo(200);
            assertThat(two.fields()).contains("grpc-status: 13\n");
            var none = Calls.call(client, "grpc-timeout: 0n");
            assertThat(none.status()).isEqualTo(200);
            assertThat(none.fields()).contains("grpc-status: 4\n");
            assertThat(upstream.calls()).isEmpty();
        }
    }

    @Test
    void aClientThatGivesUpCallsItOffAtTheEndpoint() {
        try (var upstream = Http2Upstream.running(_ -> {});
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var answer = Calls.call(client);
            Await.until("the call", () -> upstream.calls().size() == 1);
            answer.cancel();

            Await.until("the reset", () -> upstream.resets().contains(Http2Error.CANCEL.code()));
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.CANCELLED);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.CLIENT_GONE);
        }
    }

    @Test
    void theTimeThatACallWaitedForItsStreamIsNoLongerLeft() {
        List<Http2Upstream.Call> held = new CopyOnWriteArrayList<>();
        try (var upstream = Http2Upstream.narrow(1, held::add);
                var proxy = ProxyUnderTest.start(
                        Calls.to(upstream).upstreamLimits(new Upstream.Limits(1, 16, 256, Duration.ofSeconds(60))));
                var client = Http2TestClient.to(proxy)) {
            var warm = Calls.call(client);
            Await.until("the first call", () -> held.size() == 1);
            Calls.ok(held.getFirst());
            assertThat(warm.body()).isEqualTo(Calls.MESSAGE);

            var first = Calls.call(client);
            Await.until("the next call", () -> held.size() == 2);
            var second = Calls.call(client, "grpc-timeout: 10S");
            Await.until("the last one to wait", () -> proxy.waiting() == 1);
            proxy.clock().advance(Duration.ofSeconds(3));
            Calls.ok(held.get(1));
            assertThat(first.body()).isEqualTo(Calls.MESSAGE);
            Await.until("the last call", () -> held.size() == 3);
            Calls.ok(held.get(2));

            assertThat(second.body()).isEqualTo(Calls.MESSAGE);
            assertThat(held.get(2).field("grpc-timeout")).isEqualTo("7000m");
        }
    }

    /** The clock stands still: no limit of ours has a part in it. */
    @Test
    void aClientThatGivesUpOrVanishesInTheMiddleOfItsStreamsCallsThemOffAtOnce() {
        try (var upstream = Http2Upstream.running(call -> {
                    call.head(200, false, "content-type", "application/grpc").data(Calls.MESSAGE, false);
                    if (call.field("x-whole") != null) {
                        call.trailers("grpc-status", "0");
                    }
                });
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var other = Http2TestClient.to(proxy)) {
            var client = Http2TestClient.to(proxy);
            var cancelled = Calls.call(client);
            cancelled.awaitSize(Calls.MESSAGE.length());
            cancelled.cancel();
            Await.until("one reset", () -> upstream.resets().size() == 1);
            assertThat(proxy.exchange(1).grpcStatus()).isEqualTo(GrpcStatus.CANCELLED);

            Calls.call(client).awaitSize(Calls.MESSAGE.length());
            Calls.call(client).awaitSize(Calls.MESSAGE.length());
            client.connection().reset();
            Await.until("three resets", () -> upstream.resets().size() == 3);
            assertThat(upstream.resets()).containsOnly(Http2Error.CANCEL.code());
            assertThat(Calls.call(other, "x-whole: 1").body()).isEqualTo(Calls.MESSAGE);
            assertThat(upstream.connections()).isEqualTo(1);
            assertThat(proxy.endpoint("app", "app-0").failures()).isZero();
        }
    }

    @Test
    void aSilentCallIsNotCutUnlessTheRouteSaysSo() {
        List<Http2Upstream.Call> held = new CopyOnWriteArrayList<>();
        try (var upstream = Http2Upstream.running(call -> {
                    if (call.field("x-held") == null) {
                        Calls.ok(call);
                    } else {
                        held.add(call.head(200, false, "content-type", "application/grpc"));
                    }
                });
                var proxy = ProxyUnderTest.start(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var silent = Calls.begin(client, "x-held: 1");
            Await.until("the call", () -> upstream.calls().size() == 1);
            minutePasses(proxy, client);
            silent.send(Calls.MESSAGE, true);
            assertThat(silent.status()).isEqualTo(200);
            for (int i = 0; i < 6; i++) {
                minutePasses(proxy, client);
            }
            held.getFirst().data(Calls.MESSAGE, false).trailers("grpc-status", "0");
            assertThat(silent.body()).isEqualTo(Calls.MESSAGE);
            assertThat(proxy.exchanges())
                    .allSatisfy(each -> assertThat(each.reason()).isNull());
        }
    }

    /** With calls beside it, so that the connections show that they live. */
    private static void minutePasses(ProxyUnderTest proxy, Http2TestClient client) {
        for (int i = 0; i < 8; i++) {
            proxy.clock().advance(Duration.ofSeconds(8));
            assertThat(Calls.call(client).body()).isEqualTo(Calls.MESSAGE);
        }
    }
}
