package dev.moorgate.dataplane.forward.http3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.dataplane.DrainResult;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.quic.QuicStreamType;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Connections of HTTP/3 come in by the limits of TCP's, and end as they do. */
class Http3LifeTest {

    /** Answers the first request when it is let. */
    private static ScriptedUpstream held(CountDownLatch go) {
        return ScriptedUpstream.running((connection, _) -> {
            while (connection.readRequest() != null) {
                go.await();
                connection.answer("done");
            }
        });
    }

    @Test
    void aDrainSaysGoodbyeAndOpenRequestsFinish() throws Exception {
        var go = new CountDownLatch(1);
        try (var upstream = held(go);
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var busy = gate.connect();
                var idle = gate.connect()) {
            Http3Call call = busy.get("/");
            Await.until("the request", () -> !upstream.requests().isEmpty());
            CompletableFuture<DrainResult> drained =
                    CompletableFuture.supplyAsync(() -> gate.dataPlane().drain(Duration.ZERO, Duration.ofMinutes(5)));
            idle.awaitClosed();
            assertThat(idle.closeError()).isEqualTo(Http3ErrorCode.H3_NO_ERROR.code());
            Await.until("two GOAWAYs", () -> busy.goAways.size() == 2);
            assertThat(busy.goAways).containsExactly((1L << 62) - 4, 4L);
            assertThat(drained).isNotDone();
            go.countDown();
            assertThat(call.body()).isEqualTo("done");
            busy.awaitClosed();
            assertThat(drained.get(60, TimeUnit.SECONDS).exitCode()).isZero();
        }
    }

    @Test
    void aListenerThatGoesLeavesItsConnectionsToTheirEnds() {
        var go = new CountDownLatch(1);
        try (var upstream = held(go);
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.get("/");
            Await.until("the request", () -> !upstream.requests().isEmpty());
            gate.install(Http3Gate.to(upstream).listener("another"));
            Await.until("a GOAWAY", () -> !client.goAways.isEmpty());
            go.countDown();
            assertThat(call.body()).isEqualTo("done");
            client.awaitClosed();
            try (var next = gate.connect()) {
                assertThat(next.get("/").body()).isEqualTo("done");
            }
        }
    }

    @Test
    void switchedOffItLeavesConnectionsToTheirEndsAndTakesNoMore() {
        var go = new CountDownLatch(1);
        try (var upstream = held(go);
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            var address = gate.address();
            Http3Call call = client.get("/");
            Await.until("the request", () -> !upstream.requests().isEmpty());
            gate.alpn("h2", "http/1.1").install(Http3Gate.to(upstream));
            assertThatThrownBy(() -> Http3TestClient.connect(address, Http3Gate.SHOP))
                    .isInstanceOf(IllegalStateException.class);
            go.countDown();
            assertThat(call.body()).isEqualTo("done");
            client.awaitClosed();
            gate.alpn("h3", "h2", "http/1.1").install(Http3Gate.to(upstream));
            try (var next = gate.connect()) {
                assertThat(next.get("/").body()).isEqualTo("done");
            }
        }
    }

    @Test
    void aClientHasNoMoreConnectionsThanItMay() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate =
                        new Http3Gate(Setup.to(upstream).settings(Http3Gate.silent(Setup.connections(1000, 2, 100))))) {
            try (var first = gate.connect();
                    var second = gate.connect()) {
                assertThat(first.get("/").body()).isEqualTo("x");
                assertThat(second.get("/").body()).isEqualTo("x");
                assertThatThrownBy(gate::connect).isInstanceOf(IllegalStateException.class);
                assertThat(gate.metrics())
                        .contains("moorgate_connections_refused_total{listener=\"web\",reason=\"client_limit\"}");
            }
            Await.until("the places to be free", () -> gate.dataPlane().connections() == 0);
            try (var next = gate.connect()) {
                assertThat(next.get("/").body()).isEqualTo("x");
            }
        }
    }

    @Test
    void aListenerHasNoMoreConnectionsThanItMay() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Setup.to(upstream).settings(Http3Gate.silent(Setup.connections(1, 0, 100))));
                var first = gate.connect()) {
            assertThat(first.get("/").body()).isEqualTo("x");
            assertThatThrownBy(gate::connect).isInstanceOf(IllegalStateException.class);
            assertThat(gate.metrics())
                    .contains("moorgate_connections_refused_total{listener=\"web\",reason=\"limit\"}");
            assertThat(first.get("/").body()).isEqualTo("x");
        }
    }

    @Test
    void datagramsOfNoMeaningAreDropped() {
        var random = new Random(7);
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            for (int i = 0; i < 300; i++) {
                byte[] garbage = new byte[1 + random.nextInt(1400)];
                random.nextBytes(garbage);
                if (i % 3 == 0) {
                    // the first packet of a connection, by its first octets
                    garbage[0] = (byte) 0xc3;
                    System.arraycopy(new byte[] {0, 0, 0, 1, 8}, 0, garbage, 1, Math.min(5, garbage.length - 1));
                }
                client.datagram(garbage, gate.address());
            }
            assertThat(client.get("/").body()).isEqualTo("x");
            try (var next = gate.connect()) {
                assertThat(next.get("/").body()).isEqualTo("x");
            }
            assertThat(gate.dataPlane().connections()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void aClientHasNoMoreStreamsThanItMayAndTheOthersWait() {
        var go = new CountDownLatch(1);
        try (var upstream = held(go);
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            var calls = new Http3Call[100];
            for (int i = 0; i < calls.length; i++) {
                calls[i] = client.get("/" + i);
            }
            assertThatThrownBy(client::open).hasMessageContaining("STREAM_LIMIT");
            go.countDown();
            for (Http3Call call : calls) {
                assertThat(call.body()).isEqualTo("done");
            }
            Await.until(
                    "streams to be free",
                    () -> client.connection().peerAllowedStreams(QuicStreamType.BIDIRECTIONAL) > 0);
            assertThat(client.get("/").body()).isEqualTo("done");
        }
    }
}
