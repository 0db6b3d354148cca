package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.HeldLoop;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Tunnels of WebSockets: bytes both ways, their ends, and how long they live (faults E2, E3). */
class TunnelTest {
    private static final String SWITCH =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n";

    private static final byte[] PING = {(byte) 0x89, 0};

    /** Bytes as the tests' clients read and send them. */
    private static String latin(String hex) {
        return new String(HexFormat.of().parseHex(hex.replace(" ", "")), StandardCharsets.ISO_8859_1);
    }

    private static ScriptedUpstream echoing() {
        return ScriptedUpstream.running((connection, _) -> {
            connection.readRequestHead();
            connection.send(SWITCH);
            for (int octet = connection.socket().getInputStream().read();
                    octet >= 0;
                    octet = connection.socket().getInputStream().read()) {
                connection.send(new byte[] {(byte) octet});
            }
            connection.send("bye");
        });
    }

    private static void ask(RawClient client) {
        client.sendHead(
                "GET /chat HTTP/1.1",
                "Host: a",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    }

    @Test
    void bytesPassBothWaysAndEachSideEndsByItself() {
        try (var upstream = echoing();
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            ask(client);
            String head = client.readHead();
            assertThat(head)
                    .startsWith("HTTP/1.1 101 ")
                    .contains("Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Sec-WebSocket-Accept: x\r\n");
            client.send("hello\0\r\n");
            assertThat(client.read(8)).isEqualTo("hello\0\r\n");
            client.endOutput();
            assertThat(client.readToEnd()).isEqualTo("bye");
            assertThat(upstream.requests().getFirst())
                    .contains("Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Sec-WebSocket-Key: ");
            assertThat(proxy.exchange(1).status()).isEqualTo(101);
        }
    }

    @Test
    void bytesSentBeforeTheSwitchAreHeldAndThenPassedOn() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    assertThat(connection.isSilent(200)).isTrue();
                    connection.send(SWITCH);
                    connection.send(connection.read(5));
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            ask(client);
            client.send("early");
            client.readHead();
            assertThat(client.read(5)).isEqualTo("early");
        }
    }

    /** Fault A25. */
    @Test
    void noMoreIsHeldBeforeTheSwitchThanTheLimit() {
        var early = new byte[1 << 20];
        var told = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    told.await();
                    connection.send(SWITCH);
                    connection.readBytes(early.length);
                    connection.send("all");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            ask(client);
            long head = proxy.taken(client);
            var sending = CompletableFuture.runAsync(() -> client.send(early));
            Await.until("the limit to be reached", () -> proxy.taken(client) - head >= 64 << 10);

            // one read may go beyond it
            assertThat(proxy.taken(client) - head).isLessThanOrEqualTo(128 << 10);
            told.countDown();
            client.readHead();
            assertThat(client.read(3)).isEqualTo("all");
            sending.join();
        }
    }

    @Test
    void whereTheUpgradeIsRefusedWhatFollowsIsARequest() {
        try (var upstream = ScriptedUpstream.answering("plain");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            ask(client);
            client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("plain");
            assertThat(client.readAnswer().body()).isEqualTo("plain");
            assertThat(upstream.requests().get(1)).startsWith("GET /next ");
        }
    }

    @Test
    void otherUpgradesGoOnAsPlainRequests() {
        try (var upstream = ScriptedUpstream.answering("plain");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead(
                    "GET / HTTP/1.1",
                    "Host: a",
                    "Connection: Upgrade, HTTP2-Settings",
                    "Upgrade: h2c",
                    "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA");
            assertThat(client.readAnswer().body()).isEqualTo("plain");
            assertThat(upstream.requests().getFirst()).doesNotContainIgnoringCase("upgrade", "http2-settings");
        }
    }

    @Test
    void anUpgradeWithABodyIs400() {
        try (var upstream = ScriptedUpstream.answering("plain");
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead(
                    "GET / HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: websocket", "Content-Length: 5");
            client.send("12345");
            assertThat(client.readAnswer().status()).isEqualTo(400);
            assertThat(upstream.connections()).isZero();
        }
    }

    @Test
    void theOtherSideIsClosedWhenOneVanishes() {
        try (var upstream = echoing();
                var proxy = ProxyUnderTest.to(upstream)) {
            var client = proxy.connect();
            ask(client);
            client.readHead();
            client.reset();
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
            try (var second = proxy.connect()) {
                ask(second);
                second.readHead();
                upstream.resetAll();
                second.awaitEnd();
            }
            Await.until("nothing to be left of either", () -> proxy.openUpstreams() + proxy.underWay() == 0);
        }
    }

    /** Fault E1: a Close and a reset right behind it, while there is something to write to who sent them. */
    @Test
    void lastWordsOfAnEndpointReachTheClient() {
        var close = new HeldLoop.LastWords();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send(SWITCH);
                    close.say(connection, latin("8802 03ea"));
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            ask(client);
            client.readHead();
            close.cross(proxy, client, PING);

            assertThat(client.readToEnd()).isEqualTo(latin("8802 03ea"));
            assertThat(proxy.openUpstreams()).isZero();
            client.hangUp();
            Await.until("nothing to be left", () -> proxy.openClients() + proxy.underWay() == 0);
        }
    }

    /** Fault E1, the other way: who has not read all that was sent to it closes with a reset. */
    @Test
    void lastWordsOfAClientReachTheEndpoint() {
        var atEndpoint = new CompletableFuture<String>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send(SWITCH);
                    Thread.ofVirtual().start(() -> connection.trySend(new byte[8 << 20]));
                    atEndpoint.complete(connection.read(4));
                    connection.stall();
                });
                var proxy = ProxyUnderTest.startMeasured(Setup.to(upstream))) {
            proxy.shrinkClientBuffers();
            try (var client = proxy.connect()) {
                ask(client);
                client.readHead();
                Await.until("the proxy to hold what is not read", () -> proxy.bufferBytes() > 16 << 10);
                client.send(latin("8802 03ea"));
                client.reset();

                Await.until("the endpoint to read them", atEndpoint::isDone);
                assertThat(atEndpoint.join()).isEqualTo(latin("8802 03ea"));
                Await.until(
                        "nothing to be left",
                        () -> proxy.openClients() + proxy.openUpstreams() + proxy.underWay() == 0);
            }
        }
    }

    @Test
    void aTunnelLivesWhileSomethingMoves() {
        try (var upstream = echoing();
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            ask(client);
            client.readHead();
            for (int i = 0; i < 3; i++) {
                proxy.clock().advance(Duration.ofMinutes(50));
                client.send("p");
                assertThat(client.read(1)).isEqualTo("p");
            }
            proxy.clock().advance(Duration.ofMinutes(61));
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
        }
    }

    /** Fault E4. */
    @Test
    void atTheEndOfADrainBothSidesAreToldThatItGoesAway() {
        var passed = new CompletableFuture<Void>();
        var atEndpoint = new CompletableFuture<String>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send(SWITCH);
                    connection.send(PING);
                    connection.readBytes(PING.length);
                    passed.complete(null);
                    atEndpoint.complete(connection.readToEnd());
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            ask(client);
            client.readHead();
            assertThat(client.readBytes(PING.length)).isEqualTo(PING);
            client.send(PING);
            passed.join();
            proxy.forwarder().drain();
            proxy.forwarder().closeAll();

            assertThat(client.readToEnd()).isEqualTo(latin("8802 03e9"));
            assertThat(atEndpoint.join()).isEqualTo(latin("8882 00000000 03e9"));
        }
    }

    @Test
    void withinAFrameOrAfterACloseNothingIsAdded() {
        try (var upstream = echoing();
                var proxy = ProxyUnderTest.to(upstream);
                var within = proxy.connect();
                var closed = proxy.connect()) {
            ask(within);
            within.readHead();
            within.send(latin("8105 4865"));
            assertThat(within.read(4)).isEqualTo(latin("8105 4865"));
            ask(closed);
            closed.readHead();
            closed.send(latin("8802 03e8"));
            assertThat(closed.read(4)).isEqualTo(latin("8802 03e8"));
            proxy.forwarder().closeAll();

            assertThat(within.readToEnd()).isEmpty();
            assertThat(closed.readToEnd()).isEmpty();
        }
    }

    @Test
    void aTunnelThatHasBeenIdleForTooLongIsTold() {
        try (var upstream = echoing();
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            ask(client);
            client.readHead();
            proxy.clock().advance(Duration.ofMinutes(61));
            assertThat(client.readToEnd()).isEqualTo(latin("8802 03e9"));
        }
    }

    @Test
    void muchPassesThroughWithBackPressure() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send(SWITCH);
                    var piece = new byte[64 << 10];
                    for (int i = 0; i < 64; i++) {
                        connection.send(piece);
                    }
                    connection.stall();
                });
                var proxy = ProxyUnderTest.to(upstream)) {
            proxy.shrinkClientBuffers();
            try (var client = proxy.connect()) {
                ask(client);
                client.readHead();
                assertThat(client.readBytes(64 * (64 << 10))).hasSize(4 << 20);
            }
        }
    }
}
