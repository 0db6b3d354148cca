package dev.moorgate.dataplane.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.RawSocket;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.dataplane.listen.Pki;
import dev.moorgate.dataplane.listen.TlsClient;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls.ServerName;
import dev.moorgate.routetable.Upstream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** TLS that ends here, with whatever bytes inside it for the endpoint. */
class TerminationTest {
    private static final HostPattern DB = HostPattern.exact("db.example.com");
    private static final List<ServerName> NAMES = List.of(ServerName.terminated(DB, List.of("db")));

    @Test
    void theEndpointGetsTheBytesInClear() throws IOException {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.send("you said " + connection.read(5));
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES, Pki.certificate("db", "ours"));
                var socket = TlsClient.create().name("db.example.com").connect(fixture.port())) {
            var client = new RawSocket(socket);

            client.send("hello");

            assertThat(client.readToEnd()).isEqualTo("you said hello");
            assertThat(TlsClient.shown(socket)).isEqualTo("ours");
        }
    }

    @Test
    void aServerThatSpeaksFirstIsHeard() throws IOException {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.send("220 ready\r\n");
                    connection.stall();
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES, Pki.certificate("db", "ours"));
                var socket = TlsClient.create().name("db.example.com").connect(fixture.port())) {
            assertThat(new RawSocket(socket).read(11)).isEqualTo("220 ready\r\n");
        }
    }

    /** Fault E2. */
    @Test
    void whoVanishesTakesTheOtherSideWithHim() throws IOException {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.send("hi");
                    connection.stall();
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES, Pki.certificate("db", "ours"));
                var gone = TlsClient.create().name("db.example.com").connect(fixture.port());
                var stays = TlsClient.create().name("db.example.com").connect(fixture.port())) {
            var client = new RawSocket(gone);
            assertThat(client.read(2)).isEqualTo("hi");
            assertThat(new RawSocket(stays).read(2)).isEqualTo("hi");
            client.reset();
            Await.until("its endpoint to be left", () -> upstream.openConnections() == 1);

            upstream.resetAll();
            new RawSocket(stays).awaitEnd();
            Await.until(
                    "no client to be left",
                    () -> fixture.metrics()
                            .contains("moorgate_connections{listener=\"" + RelayFixture.LISTENER + "\"} 0"));
        }
    }

    /** Fault H6: a stream that is cut must not look whole. */
    @Test
    void theEndOfTheProcessIsNoProperEnd() throws Exception {
        var atEndpoint = new CompletableFuture<End>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.send("hi");
                    atEndpoint.complete(connection.awaitEnd());
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES, Pki.certificate("db", "ours"));
                var socket = TlsClient.create().name("db.example.com").connect(fixture.port())) {
            var client = new RawSocket(socket);
            assertThat(client.read(2)).isEqualTo("hi");

            fixture.gate().close();

            assertThat(client.awaitEnd()).isEqualTo(End.RESET);
            assertThat(atEndpoint.get(60, TimeUnit.SECONDS)).isEqualTo(End.RESET);
        }
    }

    @Test
    void protocolsThatTheClientNamesAreTheEndpointsBusiness() throws IOException {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.send("hi");
                    connection.stall();
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES, Pki.certificate("db", "ours"));
                var socket = TlsClient.create()
                        .name("db.example.com")
                        .alpn("postgresql")
                        .connect(fixture.port())) {
            assertThat(new RawSocket(socket).read(2)).isEqualTo("hi");
            assertThat(socket.getApplicationProtocol()).isEmpty();
        }
    }

    @Test
    void theEndpointsEndLeavesTheClientItsTurn() throws Exception {
        var rest = new CompletableFuture<String>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.send("bye").endOutput();
                    rest.complete(connection.readToEnd());
                });
                var fixture = new RelayFixture(Setup.to(upstream), NAMES, Pki.certificate("db", "ours"));
                var socket = TlsClient.create().name("db.example.com").connect(fixture.port())) {
            var client = new RawSocket(socket);
            assertThat(client.readToEnd()).isEqualTo("bye");

            client.send("and more");
            client.endOutput();

            assertThat(rest.get(60, TimeUnit.SECONDS)).isEqualTo("and more");
        }
    }

    @Test
    void oneListenerPassesSomeNamesThroughAndTerminatesOthers() throws IOException {
        var theirs = TlsCertificate.of("shop.example.com");
        List<ServerName> names = List.of(
                ServerName.terminated(DB, List.of("db")),
                ServerName.passedThrough(HostPattern.wildcard("*.example.com")));
        try (var upstream = ScriptedUpstream.securedBy(theirs, ScriptedUpstream.answeringScript("x"));
                var fixture = new RelayFixture(Setup.to(upstream), names, Pki.certificate("db", "ours"))) {
            assertThat(TlsClient.create().name("shop.example.com").shownAt(fixture.port()))
                    .isEqualTo("shop.example.com");
            assertThat(TlsClient.create().name("db.example.com").shownAt(fixture.port()))
                    .isEqualTo("ours");
        }
    }

    @Test
    void theWayOnIsEncryptedAgainWhereTheUpstreamSaysSo() throws IOException {
        var theirs = TlsCertificate.of("db.internal");
        try (var upstream = ScriptedUpstream.securedBy(theirs, (connection, _) -> {
                    connection.send("safe");
                    connection.stall();
                });
                var fixture = new RelayFixture(
                        Setup.to(upstream)
                                .upstreamTls(new Upstream.UpstreamTls(
                                        "db.internal",
                                        Optional.of(theirs.certificatePem()),
                                        List.of(),
                                        Optional.empty())),
                        NAMES,
                        Pki.certificate("db", "ours"));
                var socket = TlsClient.create().name("db.example.com").connect(fixture.port())) {
            assertThat(new RawSocket(socket).read(4)).isEqualTo("safe");
        }
    }

    @Test
    void anEndpointWithAnotherNameGetsNoByte() throws Exception {
        var theirs = TlsCertificate.of("other.internal");
        try (var upstream = ScriptedUpstream.securedBy(theirs, (connection, _) -> connection.stall());
                var fixture = new RelayFixture(
                        Setup.to(upstream)
                                .upstreamTls(new Upstream.UpstreamTls(
                                        "db.internal",
                                        Optional.of(theirs.certificatePem()),
                                        List.of(),
                                        Optional.empty())),
                        NAMES,
                        Pki.certificate("db", "ours"))) {
            try (var socket = TlsClient.create().name("db.example.com").connect(fixture.port())) {
                new RawSocket(socket).awaitEnd();
            }
            Await.until("the reason in the metrics", () -> fixture.metrics().contains("reason=\"tls_verify\""));
        }
    }
}
