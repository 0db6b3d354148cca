package dev.moorgate.dataplane.faults.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.Upstream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** An upstream that does not answer has as many requests waiting as it may, and takes nothing from the others (fault F13). */
class SlowNeighbourTest {
    private static final int CONNECTIONS = 4;
    private static final int PENDING = 1_024;
    private static final int ASKED = 200;

    private static Setup setup(ScriptedUpstream slow, ScriptedUpstream fast) {
        int pending = Upstream.Limits.STANDARD.pending();
        assertThat(pending).isEqualTo(PENDING);
        return Setup.to(slow)
                .upstreamLimits(new Upstream.Limits(CONNECTIONS, pending, 256, Duration.ofSeconds(60)))
                .alsoUpstream(Upstream.http("fast", Setup.SOURCE), List.of(Setup.endpoint("fast-0", fast.port())))
                .route(new Route(
                        "fast",
                        Setup.SOURCE,
                        RouteMatch.path(RouteMatch.PathMatch.prefix("/fast")),
                        List.of(),
                        new Forward(List.of(Forward.WeightedUpstream.to("fast")), Optional.empty()),
                        RoutePolicy.STANDARD));
    }

    /** What half of the requests to the fast upstream are answered in: of the slowest, a busy machine tells more than the proxy does. */
    private static Duration usual(RawClient client) {
        long[] nanos = new long[ASKED];
        for (int i = 0; i < ASKED; i++) {
            long asked = System.nanoTime();
            assertThat(client.get("/fast").body()).isEqualTo("fast");
            nanos[i] = System.nanoTime() - asked;
        }
        Arrays.sort(nanos);
        return Duration.ofNanos(nanos[ASKED / 2]);
    }

    @Test
    void behindASlowUpstream1024RequestsWaitAndTheOthersAreServedAsBefore() {
        var answer = new CountDownLatch(1);
        List<RawClient> waiting = new ArrayList<>();
        try (var slow = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        answer.await();
                        connection.answer("late");
                    }
                });
                var fast = ScriptedUpstream.answering("fast");
                var proxy = ProxyUnderTest.start(setup(slow, fast));
                var other = proxy.connect()) {
            Duration before = usual(other);
            for (int i = 0; i < CONNECTIONS + PENDING; i++) {
                RawClient client = proxy.connect();
                waiting.add(client);
                client.sendHead("GET /slow HTTP/1.1", "Host: a");
            }
            Await.until("all to wait", () -> proxy.waiting() == PENDING);

            for (int i = 0; i < 3; i++) {
                try (var further = proxy.connect()) {
                    RawClient.Answer refused = further.get("/slow");
                    assertThat(refused.status()).isEqualTo(503);
                    assertThat(refused.body()).contains("reason: " + ProxyFailure.POOL_FULL.word());
                }
            }
            // the clock stands still: who had to wait for the slow one would wait for ever
            assertThat(usual(other)).isLessThan(before.multipliedBy(10).plusMillis(250));
            assertThat(slow.connections()).isEqualTo(CONNECTIONS);

            answer.countDown();
            for (RawClient client : waiting) {
                assertThat(client.readAnswer().body()).isEqualTo("late");
            }
            Await.until("nothing to be under way", () -> proxy.underWay() == 0);
        } finally {
            waiting.forEach(RawClient::close);
        }
        assertThat(waiting).hasSize(CONNECTIONS + PENDING);
    }
}
