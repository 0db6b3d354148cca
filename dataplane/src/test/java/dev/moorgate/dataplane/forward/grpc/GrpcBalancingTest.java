package dev.moorgate.dataplane.forward.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.routetable.Upstream.Balancing;
import java.util.ArrayDeque;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls are balanced one by one, however few connections they come on (fault E8). */
class GrpcBalancingTest {
    private static final int ENDPOINTS = 10;
    private static final int AT_ONCE = 50;

    @Test
    void anEndpointThatComesGetsItsShareOfTheNextCallsOfAnOldConnection() {
        try (var one = Http2Upstream.running(Calls::ok);
                var two = Http2Upstream.running(Calls::ok);
                var proxy = ProxyUnderTest.start(Calls.to(one));
                var client = Http2TestClient.to(proxy)) {
            for (int i = 0; i < 10; i++) {
                assertThat(Calls.call(client).body()).isEqualTo(Calls.MESSAGE);
            }
            proxy.install(Calls.to(one, two));
            for (int i = 0; i < 100; i++) {
                assertThat(Calls.call(client).body()).isEqualTo(Calls.MESSAGE);
            }

            assertThat(two.calls()).hasSizeBetween(45, 55);
            assertThat(proxy.openClients()).isEqualTo(1);
        }
    }

    /** That picks by least request are even to a tenth is told by EndpointSetTest, for far less: here each call has to be a pick. */
    @ParameterizedTest(name = "{0}: of {1} calls {2} to {3} an endpoint")
    @CsvSource({"ROUND_ROBIN, 10000, 1000, 1000", "LEAST_REQUEST, 2000, 110, 290"})
    void callsOfOneConnectionAreSharedAlike(Balancing balancing, int calls, int fewest, int most) {
        Http2Upstream[] upstreams = IntStream.range(0, ENDPOINTS)
                .mapToObj(_ -> Http2Upstream.running(Calls::ok))
                .toArray(Http2Upstream[]::new);
        try (var proxy = ProxyUnderTest.start(Calls.to(upstreams).balancing(balancing));
                var client = Http2TestClient.to(proxy)) {
            var open = new ArrayDeque<Http2TestClient.Answer>();
            for (int i = 0; i < calls; i++) {
                open.add(Calls.call(client));
                if (open.size() == AT_ONCE) {
                    assertThat(open.remove().body()).isEqualTo(Calls.MESSAGE);
                }
            }
            open.forEach(each -> assertThat(each.body()).isEqualTo(Calls.MESSAGE));

            var counts = IntStream.range(0, ENDPOINTS)
                    .map(i -> upstreams[i].calls().size())
                    .summaryStatistics();
            assertThat(counts.getSum()).isEqualTo(calls);
            assertThat(counts.getMin()).isGreaterThanOrEqualTo(fewest);
            assertThat(counts.getMax()).isLessThanOrEqualTo(most);
            assertThat(proxy.openClients()).isEqualTo(1);
        } finally {
            for (Http2Upstream upstream : upstreams) {
                upstream.close();
            }
        }
    }
}
