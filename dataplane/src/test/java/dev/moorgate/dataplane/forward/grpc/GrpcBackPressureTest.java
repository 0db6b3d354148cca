package dev.moorgate.dataplane.forward.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A consumer of a call that is slow holds up its producer and nobody else, and nothing piles up between them (fault E10). */
class GrpcBackPressureTest {
    private static final int MOST_IN_FLIGHT = 1 << 20;
    private static final int PIECES = 256;
    private static final int SIZE = 65_531;

    /** A message of {@link #SIZE} bytes behind its prefix. */
    private static final String LARGE = "\0\0\0\u00ff\u00fb" + "x".repeat(SIZE);

    private static final int ALL = PIECES * LARGE.length();

    /** Hands out all its messages at once, as fast as windows allow; other calls are answered with one small message. */
    private static Http2Upstream streaming() {
        return Http2Upstream.running(call -> {
            if (call.field("x-large") == null) {
                Calls.ok(call);
                return;
            }
            call.head(200, false, "content-type", "application/grpc");
            for (int i = 0; i < PIECES; i++) {
                call.data(LARGE, false);
            }
            call.trailers("grpc-status", "0");
        });
    }

    @Test
    void aClientThatDoesNotReadStopsTheEndpointsStreamAloneAndMemoryStaysFlat() {
        try (var upstream = streaming();
                var proxy = ProxyUnderTest.startMeasured(Calls.to(upstream));
                var client = Http2TestClient.to(proxy).withoutCredit();
                var other = Http2TestClient.to(proxy)) {
            var large = Calls.call(client, "x-large: 1");
            large.awaitSize(64 << 10);
            for (int i = 0; i < 200; i++) {
                // Each of them passes the proxy and the endpoint behind whatever still moves.
                assertThat(Calls.call(other).body()).isEqualTo(Calls.MESSAGE);
                assertThat(upstream.calls().getFirst().sent()).isLessThanOrEqualTo(MOST_IN_FLIGHT);
                assertThat(proxy.bufferBytes()).isLessThan(2 * MOST_IN_FLIGHT);
            }
            assertThat(large.size()).isEqualTo(64 << 10);
            assertThat(upstream.connections()).isEqualTo(1);
            large.cancel();
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
        }
    }

    @Test
    void aClientThatReadsSlowlyGetsAllAndIsNeverFarBehind() {
        try (var upstream = streaming();
                var proxy = ProxyUnderTest.startMeasured(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var large = Calls.call(client, "x-large: 1");
            for (int size = 1 << 20; size <= ALL; size += 1 << 20) {
                large.awaitSize(size);
                long sent = upstream.calls().getFirst().sent();
                assertThat(sent - large.size()).isLessThanOrEqualTo(MOST_IN_FLIGHT);
                assertThat(proxy.bufferBytes()).isLessThan(2 * MOST_IN_FLIGHT);
            }
            assertThat(large.body()).hasSize(ALL);
            assertThat(large.trailers()).contains("grpc-status: 0\n");
        }
    }

    @Test
    void anEndpointThatDoesNotReadStopsItsClient() {
        try (var upstream = Http2Upstream.running(Calls::ok);
                var proxy = ProxyUnderTest.startMeasured(Calls.to(upstream));
                var client = Http2TestClient.to(proxy)) {
            var large = Calls.begin(client, Http2Upstream.UNREAD + ": 1");
            Await.until("the call", () -> upstream.calls().size() == 1);
            large.send(new byte[ALL], true);
            var call = upstream.calls().getFirst();
            var looks = new AtomicInteger();
            for (int i = 0; i < 20; i++) {
                client.await("a look at the windows", () -> looks.getAndIncrement() % 2 == 1);
                assertThat(ALL - large.waiting() - call.received()).isLessThanOrEqualTo(MOST_IN_FLIGHT);
                assertThat(proxy.bufferBytes()).isLessThan(2 * MOST_IN_FLIGHT);
            }
            call.read();
            assertThat(large.body()).isEqualTo(Calls.MESSAGE);
            assertThat(call.received()).isEqualTo(ALL);
        }
    }
}
