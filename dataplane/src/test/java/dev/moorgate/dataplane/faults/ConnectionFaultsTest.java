package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** A23 to A28: what belongs to one connection stays on it, and its requests are answered one after the other. */
@SuppressWarnings("StringConcatToTextBlock") // the line ends are what is sent
class ConnectionFaultsTest {
    private static final String UPGRADE =
            "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    @Test
    void framingCannotBeNominatedAway() {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(
                    "POST /a HTTP/1.1\r\nHost: a\r\nConnection: Content-Length, Host\r\nContent-Length: 5\r\n\r\nhello");
            assertThat(client.readAnswer().body()).isEqualTo("/a");
            client.send("POST /b HTTP/1.1\r\nHost: a\r\nConnection: Transfer-Encoding\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("/b");
            assertThat(attack.contents()).containsExactly("hello", "0\r\n\r\n");
            assertThat(attack.upstream.requests())
                    .allMatch(head -> Heads.values(head, "connection").isEmpty());
        }
    }

    static final List<Arguments> UPGRADES = List.of(
            argumentSet("A24 h2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk"),
            argumentSet("A24 unknown protocol", "Connection: Upgrade\r\nUpgrade: irc/6.9"),
            argumentSet("A24 two protocols", "Connection: Upgrade\r\nUpgrade: websocket, h2c"),
            argumentSet("A24 two fields", "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c"),
            argumentSet("A24 without Connection", "Upgrade: websocket"),
            argumentSet("A24 settings alone", "HTTP2-Settings: AAMAAABk"));

    @ParameterizedTest
    @FieldSource("UPGRADES")
    void otherUpgradesGoOnAsPlainRequests(String fields) {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send("GET /a HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("/a");
            assertThat(client.readAnswer().body()).isEqualTo("/b");
            String head = attack.upstream.requests().getFirst();
            assertThat(Heads.values(head, "upgrade")).isEmpty();
            assertThat(Heads.values(head, "connection")).isEmpty();
            assertThat(Heads.values(head, "http2-settings")).isEmpty();
        }
    }

    @Test
    void bytesBehindAnUpgradeAreHeldUntilItIsGranted() {
        var grant = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    assertThat(connection.isSilent(100)).isTrue();
                    grant.await();
                    connection.send(
                            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
                    connection.send("got " + connection.read(5));
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.send(UPGRADE + "\r\nearly");
            Await.until("the upgrade", () -> upstream.requests().size() == 1);
            grant.countDown();
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.read(9)).isEqualTo("got early");
            assertThat(upstream.problems()).isEmpty();
        }
    }

    @Test
    void aFloodBehindAnUpgradeIsHeldInBoundsAndNoByteOfItIsLost() {
        int size = 16 << 20;
        var grant = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    grant.await();
                    connection.send(
                            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
                    connection.send("got " + connection.readBytes(size).length);
                });
                var proxy = ProxyUnderTest.startMeasured(Setup.to(upstream));
                var client = proxy.connect()) {
            client.send(UPGRADE + "\r\n");
            Await.until("the upgrade", () -> upstream.requests().size() == 1);
            Thread.ofVirtual().start(() -> client.trySend(new byte[size]));
            Await.until("much to be held", () -> proxy.bufferBytes() >= 64 << 10);
            assertThat(client.isSilent(100)).isTrue();
            assertThat(proxy.bufferBytes()).as("64 KiB and one read more").isLessThan(256 << 10);
            grant.countDown();
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(client.read(12)).isEqualTo("got " + size);
        }
    }

    @Test
    void aFloodBehindARefusedUpgradeIsRefused() {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(UPGRADE + "\r\n");
            client.trySend("\u0081\u0085flood".repeat(2_000));
            assertThat(client.readAnswer().body()).isEqualTo("/chat");
            Attack.answersAndCloses(client, 400);
            assertThat(attack.upstream.requests()).hasSize(1);
            attack.servesOthers();
        }
    }

    @Test
    void bytesBehindARefusedUpgradeAreReadAsARequestByTheRules() {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(UPGRADE + "\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\nGET /bad HTTP/1.1\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("/chat");
            assertThat(client.readAnswer().body()).isEqualTo("/next");
            Attack.answersAndCloses(client, 400);
            assertThat(attack.upstream.requests()).hasSize(2);
            attack.servesOthers();
        }
    }

    static final List<Arguments> WITH_CONTENT = List.of(
            argumentSet("A26 length", "Content-Length: 5\r\n\r\nhello"),
            argumentSet("A26 chunks", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));

    @ParameterizedTest
    @FieldSource("WITH_CONTENT")
    void anUpgradeWithContentIsRefused(String rest) {
        try (var attack = new Attack()) {
            attack.refuses(UPGRADE + rest, 400, ProxyFailure.MALFORMED_REQUEST, "upgrade_with_body");
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrderOneAtATime() {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
                    + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
                    + "GET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
            for (int i = 1; i <= 4; i++) {
                assertThat(client.readAnswer().body()).isEqualTo("/" + i);
            }
            assertThat(attack.upstream.connections()).isEqualTo(1);
            assertThat(attack.contents()).containsExactly("hello", "", "2\r\nhi\r\n0\r\n\r\n", "");
        }
    }

    @Test
    void aClientThatSendsTooManyRequestsAheadIsNoLongerRead() {
        var answer = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequest() != null) {
                        answer.await();
                        connection.answer("x");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            String request = "GET / HTTP/1.1\r\nHost: a\r\nX-Fill: " + "f".repeat(4_000) + "\r\n\r\n";
            var sent = new CountDownLatch(1);
            Thread.ofVirtual().start(() -> {
                client.trySend(Attack.bytes(request.repeat(4_000)));
                sent.countDown();
            });
            Await.until("the first request", () -> upstream.requests().size() == 1);
            assertThat(client.isSilent(200)).isTrue();
            assertThat(sent.getCount()).as("16 MB fit nowhere but in the proxy").isEqualTo(1);
            answer.countDown();
            for (int i = 0; i < 3; i++) {
                assertThat(client.readAnswer().body()).isEqualTo("x");
            }
        }
    }

    @Test
    void theUpstreamsContinueComesOnceAndThenTheContentGoes() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                    connection.answer(connection.read(5));
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("PUT / HTTP/1.1", "Host: a", "Content-Length: 5", "Expect: 100-Continue");
            assertThat(client.readAnswer(false).status()).isEqualTo(100);
            client.send("hello");
            assertThat(client.readAnswer(false).body()).isEqualTo("hello");
        }
    }

    static final List<Arguments> EXPECTATIONS = List.of(
            argumentSet("A28 unknown", "200-ok"),
            argumentSet("A28 two", "100-continue, 200-ok"),
            argumentSet("A28 parameter", "100-continue;q=1"));

    @ParameterizedTest
    @FieldSource("EXPECTATIONS")
    void anUnknownExpectationIsRefused(String expectation) {
        try (var attack = new Attack()) {
            attack.refuses(
                    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: " + expectation + "\r\n\r\nhello",
                    417,
                    ProxyFailure.EXPECTATION_FAILED,
                    "unknown_expectation");
        }
    }
}
