package dev.moorgate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.live.Gate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** H5, H6: a drain lets open requests finish and can be cut short. */
class DrainTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    @Test
    void openRequestsFinishIdleConnectionsEndAndLateClientsAreServed() throws Exception {
        var release = new CountDownLatch(1);
        try (var gate = new Gate();
                var upstream = ScriptedUpstream.running((connection, number) -> {
                    while (connection.readRequest() != null) {
                        if (number == 1) {
                            release.await();
                        }
                        connection.answer("done");
                    }
                })) {
            gate.install(Setup.to(upstream));
            var busy = gate.connect();
            busy.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Await.until("the request to arrive", () -> !upstream.requests().isEmpty());
            var idle = gate.connect();
            assertThat(idle.get("/").status()).isEqualTo(200);

            CompletableFuture<DrainResult> drained =
                    CompletableFuture.supplyAsync(() -> gate.dataPlane().drain(Duration.ZERO, LONG));

            assertThat(idle.readToEnd()).isEmpty();
            assertThat(gate.dataPlane().isReady()).isFalse();
            try (var late = gate.connect()) {
                assertThat(late.get("/").field("connection")).isEqualTo("close");
            }
            assertThat(drained).isNotDone();
            release.countDown();
            assertThat(busy.readAnswer().field("connection")).isEqualTo("close");
            busy.close();
            idle.close();
            assertThat(drained.get(60, TimeUnit.SECONDS).exitCode()).isZero();
        }
    }

    @Test
    void aSecondSignalCutsWhatIsOpen() throws Exception {
        try (var gate = new Gate();
                var upstream = ScriptedUpstream.running((connection, number) -> connection.stall())) {
            gate.install(Setup.to(upstream));
            var stalled = gate.connect();
            stalled.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Await.until("the request to arrive", () -> upstream.openConnections() == 1);
            CompletableFuture<DrainResult> drained =
                    CompletableFuture.supplyAsync(() -> gate.dataPlane().drain(Duration.ZERO, LONG));

            Await.until("the drain to begin", () -> !gate.dataPlane().isReady());
            gate.dataPlane().stop();

            assertThat(drained.get(60, TimeUnit.SECONDS)).isEqualTo(new DrainResult(1));
            assertThat(drained.get().exitCode()).isNotZero();
            stalled.close();
        }
    }

    /** Fault E4. */
    @Test
    void theEndTellsBothSidesOfAWebSocket() {
        byte[] ping = {(byte) 0x89, 0};
        var passed = new CompletableFuture<Void>();
        var atEndpoint = new CompletableFuture<String>();
        try (var gate = new Gate();
                var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.sendHead(
                            "HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket");
                    connection.send(ping);
                    connection.readBytes(2);
                    passed.complete(null);
                    atEndpoint.complete(connection.readToEnd());
                })) {
            gate.install(Setup.to(upstream));
            var client = gate.connect();
            client.sendHead(
                    "GET / HTTP/1.1",
                    "Host: a",
                    "Connection: Upgrade",
                    "Upgrade: websocket",
                    "Sec-WebSocket-Version: 13",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
            client.readHead();
            client.readBytes(2);
            client.send(ping);
            passed.join();

            gate.dataPlane().close();

            assertThat(client.readToEnd()).isEqualTo("\u0088\u0002\u0003\u00e9");
            assertThat(atEndpoint.join()).isEqualTo("\u0088\u0082\0\0\0\0\u0003\u00e9");
            client.close();
        }
    }

    @Test
    void acceptingGoesOnForTheLeastTime() throws Exception {
        try (var gate = new Gate();
                var upstream = ScriptedUpstream.answering("late")) {
            gate.install(Setup.to(upstream));
            CompletableFuture<DrainResult> drained =
                    CompletableFuture.supplyAsync(() -> gate.dataPlane().drain(LONG, LONG));
            Await.until("the drain to begin", () -> !gate.dataPlane().isReady());

            try (var client = gate.connect()) {
                assertThat(client.get("/").body()).isEqualTo("late");
            }

            Await.until("the client to be gone", () -> gate.dataPlane().connections() == 0);
            assertThat(drained).isNotDone();
            gate.dataPlane().stop();
            assertThat(drained.get(60, TimeUnit.SECONDS).exitCode()).isZero();
        }
    }
}
