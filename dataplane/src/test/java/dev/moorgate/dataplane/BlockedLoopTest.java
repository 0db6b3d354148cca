package dev.moorgate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.live.Gate;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** One event loop that is blocked for ten seconds costs the process its liveness, however well the others go (faults G5, G6). */
class BlockedLoopTest {
    /** Long enough for a machine that has much else to do; who waits for a blocked loop waits for ever. */
    private static final int WITHIN_MILLIS = 15_000;

    private final CountDownLatch release = new CountDownLatch(1);

    private static RawClient asking(int port, String path) {
        RawClient client = RawClient.connect(port);
        client.send("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
        return client;
    }

    private static RawClient.Answer get(int port, String path) {
        try (RawClient client = asking(port, path)) {
            return client.readAnswer();
        }
    }

    private static void block(Executor loop, CountDownLatch until) {
        var begun = new CountDownLatch(1);
        loop.execute(() -> {
            begun.countDown();
            try {
                until.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Await.until("the loop to be blocked", () -> begun.getCount() == 0);
    }

    private static boolean isAnswered(RawClient client) throws IOException {
        client.socket().setSoTimeout(WITHIN_MILLIS);
        try {
            return client.socket().getInputStream().read() >= 0;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    /** A loop that the pages do not need. */
    private static String other(Map<String, Executor> loops, int port) throws IOException {
        for (Map.Entry<String, Executor> loop : loops.entrySet()) {
            var moment = new CountDownLatch(1);
            block(loop.getValue(), moment);
            try (RawClient client = asking(port, "/healthz")) {
                if (isAnswered(client)) {
                    return loop.getKey();
                }
            } finally {
                moment.countDown();
            }
        }
        throw new AssertionError("every loop serves the pages");
    }

    /** Fault H6: seconds are given to loops that end. */
    @Test
    void theEndComesThoughALoopIsBlocked() throws IOException {
        var dataPlane = DataPlane.start(DataPlaneSettings.STANDARD.withEventLoops(1));
        try {
            Setup setup = Setup.toPorts().settings(Gate.silent());
            dataPlane.install("one", setup.table(), setup.endpoints());
            block(Objects.requireNonNull(dataPlane.executors().get("loop-0")), release);

            assertThatCode(dataPlane::close).doesNotThrowAnyException();
        } finally {
            release.countDown();
        }
    }

    @Test
    void aBlockedLoopFailsTheLivenessCheckUntilItGoesOn() throws IOException {
        try (var dataPlane = DataPlane.start(DataPlaneSettings.STANDARD
                .withEventLoops(2)
                .withHealth(InetSocketAddress.createUnresolved("127.0.0.1", 0)))) {
            int port = dataPlane.health().orElseThrow().getPort();
            assertThat(dataPlane.executors()).containsOnlyKeys("loop-0", "loop-1");
            // the first request of a process takes far longer than those that follow
            assertThat(get(port, "/healthz").status()).isEqualTo(200);
            String loop = other(dataPlane.executors(), port);

            block(Objects.requireNonNull(dataPlane.executors().get(loop)), release);

            Await.until(
                    "the check to fail",
                    () -> get(port, "/healthz").body().contains("event loop " + loop + " is blocked"));
            assertThat(get(port, "/healthz").status()).isEqualTo(503);
            assertThat(get(port, "/metrics").body())
                    .contains("moorgate_loop_blocked_total{loop=\"" + loop + "\"} 1")
                    .contains("moorgate_loop_lag_seconds{loop=\"loop-0\"}")
                    .contains("moorgate_loop_lag_seconds{loop=\"loop-1\"}");

            release.countDown();
            Await.until("the check to pass", () -> get(port, "/healthz").status() == 200);
        } finally {
            release.countDown();
        }
    }
}
