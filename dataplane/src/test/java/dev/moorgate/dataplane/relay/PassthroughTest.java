package dev.moorgate.dataplane.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.FilledBacklog;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawSocket;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.dataplane.listen.TlsClient;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls.ServerName;
import dev.moorgate.routetable.Upstream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** C14: connections by server name to endpoints that terminate TLS themselves, every byte as it came. */
class PassthroughTest {
    private static final HostPattern SHOP = HostPattern.exact("shop.example.com");
    private static final List<ServerName> NAMES = List.of(ServerName.passedThrough(SHOP));

    /** As {@code appProtocol: https} on the Service's port, or a BackendTLSPolicy, has it. */
    @Test
    void whatIsNotTerminatedIsNotEncryptedAgain() {
        byte[] hello = RelayFixture.hello("shop.example.com");
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    assertThat(connection.readBytes(hello.length)).isEqualTo(hello);
                    connection.send("as it came");
                });
                var fixture = new RelayFixture(
                        Setup.to(upstream)
                                .protocol(Upstream.Protocol.H2)
                                .upstreamTls(new Upstream.UpstreamTls(
                                        "shop.internal", Optional.empty(), List.of(), Optional.empty())),
                        NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.send(hello);
            assertThat(client.readToEnd()).isEqualTo("as it came");
        }
    }

    @Test
    void theEndpointDoesTheHandshake() throws IOException {
        var certificate = TlsCertificate.of("shop.example.com");
        try (var upstream = ScriptedUpstream.securedBy(certificate, ScriptedUpstream.answeringScript("secret"));
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var socket = TlsClient.create().name("shop.example.com").connect(fixture.port())) {
            var client = new RawSocket(socket);

            client.sendHead("GET / HTTP/1.1", "Host: other.example.com");

            assertThat(client.readHead()).startsWith("HTTP/1.1 200");
            assertThat(client.read(6)).isEqualTo("secret");
            assertThat(TlsClient.shown(socket)).isEqualTo("shop.example.com");
        }
    }

    @ParameterizedTest(name = "in pieces of {0} bytes")
    @ValueSource(ints = {1, 7, 100, 16_384})
    void theEndpointSeesTheSameHello(int piece) throws Exception {
        byte[] hello = RelayFixture.hello("shop.example.com");
        var seen = new CompletableFuture<byte[]>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    seen.complete(connection.readBytes(hello.length));
                    connection.send("answer");
                    connection.stall();
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            for (int at = 0; at < hello.length; at += piece) {
                client.send(java.util.Arrays.copyOfRange(hello, at, Math.min(hello.length, at + piece)));
            }

            assertThat(client.read(6)).isEqualTo("answer");
            assertThat(seen.get(60, TimeUnit.SECONDS)).isEqualTo(hello);
        }
    }

    @Test
    void aHelloInManyRecordsIsPassedOnAsItCame() throws Exception {
        byte[] split = inRecords(RelayFixture.hello("shop.example.com"), 50);
        var seen = new CompletableFuture<byte[]>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    seen.complete(connection.readBytes(split.length));
                    connection.stall();
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.send(split);

            assertThat(seen.get(60, TimeUnit.SECONDS)).isEqualTo(split);
        }
    }

    /** The handshake message of one record, in records of so many bytes. */
    private static byte[] inRecords(byte[] record, int size) {
        var all = new java.io.ByteArrayOutputStream();
        for (int at = 5; at < record.length; at += size) {
            int length = Math.min(size, record.length - at);
            all.write(record, 0, 3);
            all.write(length >> 8);
            all.write(length & 0xFF);
            all.write(record, at, length);
        }
        return all.toByteArray();
    }

    @ParameterizedTest(name = "server name <{0}>")
    @ValueSource(strings = {"", "other.example.com", "a.shop.example.com"})
    void aNameThatNoListenerHasEndsTheConnectionWithoutAByte(String name) {
        try (var upstream = ScriptedUpstream.answering("never");
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.send(RelayFixture.hello(name));

            assertThat(client.readToEnd()).isEmpty();
            assertThat(upstream.connections()).isZero();
        }
    }

    @Test
    void aNameOfTheListenerWithoutRouteEndsTheConnectionAndIsCounted() throws Exception {
        try (var upstream = ScriptedUpstream.answering("never");
                var fixture = new RelayFixture(Setup.to(upstream), NAMES)) {
            fixture.install(
                    Setup.to(upstream),
                    List.of(ServerName.passedThrough(HostPattern.wildcard("*.example.com"))),
                    List.of(SHOP));
            try (var client = RawClient.connect(fixture.port())) {
                client.send(RelayFixture.hello("mail.example.com"));

                assertThat(client.readToEnd()).isEmpty();
            }
            Await.until(
                    "the reason in the metrics",
                    () -> fixture.metrics()
                            .contains(
                                    "moorgate_relayed_connections_total{listener=\"tls\",reason=\"no_host\",route=\"\",upstream=\"\"} 1"));
        }
    }

    @Test
    void aClientWithoutServerNameGoesWhereAnyNameGoes() throws Exception {
        var got = new CompletableFuture<Boolean>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readBytes(5);
                    got.complete(true);
                    connection.stall();
                });
                var fixture = new RelayFixture(Setup.to(upstream), List.of(ServerName.passedThrough(HostPattern.ANY)));
                var client = RawClient.connect(fixture.port())) {
            client.send(RelayFixture.hello(""));

            assertThat(got.get(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void whatIsNoTlsReachesNoEndpoint() {
        try (var upstream = ScriptedUpstream.answering("never");
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.trySend("GET / HTTP/1.1\r\nHost: shop.example.com\r\n\r\n");

            client.awaitEnd();
            assertThat(upstream.connections()).isZero();
        }
    }

    @Test
    void theClientsEndIsPassedOnAndTheAnswerStillComes() {
        byte[] hello = RelayFixture.hello("shop.example.com");
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    String all = connection.readToEnd();
                    connection.send("got " + all.length());
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.send(hello).send("more").endOutput();

            assertThat(client.readToEnd()).isEqualTo("got " + (hello.length + 4));
        }
    }

    @Test
    void theEndpointsEndIsPassedOnAndTheClientMaySpeakOn() throws Exception {
        byte[] hello = RelayFixture.hello("shop.example.com");
        var rest = new CompletableFuture<String>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readBytes(hello.length);
                    connection.send("bye").endOutput();
                    rest.complete(connection.readToEnd());
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.send(hello);
            assertThat(client.readToEnd()).isEqualTo("bye");

            client.send("and more").endOutput();

            assertThat(rest.get(60, TimeUnit.SECONDS)).isEqualTo("and more");
        }
    }

    @Test
    void aSlowReaderHoldsTheEndpointBack() throws Exception {
        int most = 64 << 20;
        byte[] piece = new byte[64 << 10];
        byte[] hello = RelayFixture.hello("shop.example.com");
        var sent = new AtomicLong();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readBytes(hello.length);
                    while (sent.get() < most && connection.trySend(piece)) {
                        sent.addAndGet(piece.length);
                    }
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.send(hello);

            steady(sent);
            assertThat(sent.get()).isBetween(1L, 32L << 20);

            assertThat(client.readBytes(most)).hasSize(most);
        }
    }

    /** Waits until nothing more is taken for a while. */
    private static void steady(AtomicLong sent) {
        var last = new AtomicLong(-1);
        var since = new AtomicLong(System.nanoTime());
        Await.until("the endpoint is held back", () -> {
            long now = sent.get();
            if (last.getAndSet(now) != now) {
                since.set(System.nanoTime());
            }
            return now > 0 && System.nanoTime() - since.get() > TimeUnit.MILLISECONDS.toNanos(500);
        });
    }

    @Test
    void anEndpointThatRefusesIsFollowedByAnother() throws Exception {
        byte[] hello = RelayFixture.hello("shop.example.com");
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
            connection.readBytes(hello.length);
            connection.send("served");
            connection.stall();
        })) {
            var setup = Setup.toPorts(ScriptedUpstream.refusedPort(), upstream.port());
            try (var fixture = new RelayFixture(setup, NAMES)) {
                for (int i = 0; i < 4; i++) {
                    try (var client = RawClient.connect(fixture.port())) {
                        client.send(hello);

                        assertThat(client.read(6)).isEqualTo("served");
                    }
                }
            }
        }
    }

    @Test
    void withoutEndpointTheConnectionEndsAndSaysWhy() throws Exception {
        try (var fixture = new RelayFixture(Setup.toPorts(), NAMES)) {
            try (var client = RawClient.connect(fixture.port())) {
                client.send(RelayFixture.hello("shop.example.com"));

                client.awaitEnd();
            }
            Await.until("the reason in the metrics", () -> fixture.metrics().contains("reason=\"no_endpoints\""));
        }
    }

    @Test
    void aResetOfTheEndpointIsAResetForTheClient() {
        byte[] hello = RelayFixture.hello("shop.example.com");
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readBytes(hello.length);
                    connection.reset();
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.send(hello);

            assertThat(client.awaitEnd()).isEqualTo(RawSocket.End.RESET);
        }
    }

    @Test
    void aResetOfTheClientIsAResetForTheEndpoint() throws Exception {
        byte[] hello = RelayFixture.hello("shop.example.com");
        var end = new CompletableFuture<RawSocket.End>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readBytes(hello.length);
                    connection.send("x");
                    end.complete(connection.awaitEnd());
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.send(hello);
            client.read(1);

            client.reset();

            assertThat(end.get(60, TimeUnit.SECONDS)).isEqualTo(RawSocket.End.RESET);
        }
    }

    /** Who has not read all that was sent to it closes with a reset. */
    @Test
    void whatAClientSaidBeforeItsResetReachesTheEndpoint() throws Exception {
        byte[] hello = RelayFixture.hello("shop.example.com");
        var sent = new AtomicLong();
        var last = new CompletableFuture<String>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readBytes(hello.length);
                    Thread.ofVirtual().start(() -> {
                        while (connection.trySend(new byte[64 << 10])) {
                            sent.addAndGet(64 << 10);
                        }
                    });
                    last.complete(connection.read(4));
                    connection.stall();
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.send(hello);
            steady(sent);

            client.send("last").reset();

            assertThat(last.get(60, TimeUnit.SECONDS)).isEqualTo("last");
            Await.until("the reason in the metrics", () -> fixture.metrics().contains("reason=\"client_gone\""));
        }
    }

    @Test
    void aClientThatVanishesWhileItsEndpointIsAwaitedLeavesNothingBehind() {
        try (var full = FilledBacklog.open();
                var fixture = new RelayFixture(Setup.toPorts(full.port()), NAMES)) {
            var client = RawClient.connect(fixture.port());
            client.send(RelayFixture.hello("shop.example.com"));
            client.reset();
            Await.until(
                    "it to have been there",
                    () -> fixture.metrics()
                            .contains(
                                    "moorgate_connections_opened_total{listener=\"" + RelayFixture.LISTENER + "\"} 1"));
            Await.until(
                    "it to be gone",
                    () -> fixture.metrics()
                            .contains("moorgate_connections{listener=\"" + RelayFixture.LISTENER + "\"} 0"));
        }
    }

    @Test
    void aConnectionOutlivesTheTableThatItBeganOn() throws Exception {
        byte[] hello = RelayFixture.hello("shop.example.com");
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readBytes(hello.length);
                    connection.send("first");
                    assertThat(connection.read(4)).isEqualTo("more");
                    connection.send("second");
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES);
                var client = RawClient.connect(fixture.port())) {
            client.send(hello);
            client.read(5);

            fixture.install(
                    Setup.toPorts(),
                    List.of(ServerName.passedThrough(HostPattern.exact("mail.example.com"))),
                    List.of(HostPattern.exact("mail.example.com")));
            client.send("more");

            assertThat(client.readToEnd()).isEqualTo("second");
        }
    }
}
