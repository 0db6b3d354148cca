package dev.moorgate.dataplane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Upstream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How many unused connections are kept, and how long. */
class IdleConnectionsTest {
    private static final int BATCH = 5;
    private static final Duration HOUR = Duration.ofHours(1);

    /** Answers a batch when all of it has come, so that each of its requests needs a connection of its own. */
    private static ScriptedUpstream inBatches() {
        var batch = new CyclicBarrier(BATCH);
        return ScriptedUpstream.running((connection, _) -> {
            while (connection.readRequest() != null) {
                batch.await();
                connection.answer("done");
            }
        });
    }

    private static ProxyUnderTest keeping(ScriptedUpstream upstream, int idle, Duration keepAlive) {
        return ProxyUnderTest.start(Setup.to(upstream).upstreamLimits(new Upstream.Limits(100, 16, idle, keepAlive)));
    }

    private static void batches(ProxyUnderTest proxy, int count) {
        List<RawClient> clients =
                IntStream.range(0, BATCH).mapToObj(_ -> proxy.connect()).toList();
        for (int i = 0; i < count; i++) {
            clients.forEach(client -> client.sendHead("GET / HTTP/1.1", "Host: a"));
            clients.forEach(client -> assertThat(client.readAnswer().body()).isEqualTo("done"));
        }
        clients.forEach(RawClient::close);
    }

    @Test
    void batchesLargerThanWhatIsKeptDoNotOpenConnectionsAnew() {
        try (var upstream = inBatches();
                var proxy = keeping(upstream, 2, HOUR)) {
            batches(proxy, 20);
            assertThat(upstream.connections()).isEqualTo(BATCH);
        }
    }

    @Test
    void whatIsNotUsedForASecondIsClosedDownToTheNumberThatIsKept() {
        try (var upstream = inBatches();
                var proxy = keeping(upstream, 2, HOUR)) {
            batches(proxy, 1);
            proxy.clock().advance(Duration.ofMillis(900));
            assertThat(proxy.openUpstreams()).isEqualTo(BATCH);
            proxy.clock().advance(Duration.ofMillis(200));
            Await.until("three to be closed", () -> upstream.openConnections() == 2);
            proxy.clock().advance(Duration.ofMinutes(59));
            assertThat(proxy.openUpstreams()).isEqualTo(2);
            proxy.clock().advance(Duration.ofMinutes(1));
            Await.until("the others to be closed", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void aShorterKeepAliveHoldsForAll() {
        try (var upstream = inBatches();
                var proxy = keeping(upstream, 2, Duration.ofMillis(500))) {
            batches(proxy, 1);
            proxy.clock().advance(Duration.ofMillis(600));
            Await.until("all to be closed", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void noneIsKeptWhereNoneMayBe() {
        try (var upstream = inBatches();
                var proxy = keeping(upstream, 0, HOUR)) {
            batches(proxy, 2);
            Await.until("all to be closed", () -> upstream.openConnections() == 0);
            assertThat(upstream.connections()).isEqualTo(2 * BATCH);
        }
    }
}
