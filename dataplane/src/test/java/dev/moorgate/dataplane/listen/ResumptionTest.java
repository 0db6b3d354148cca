package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RouteTable;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** C3, C4: tickets live for two key lives, and only under the server name that they were given for. */
class ResumptionTest {

    @BeforeEach
    void ticketKeysAreOursOnlyWithBoringSsl() {
        assumeThat(OpenSsl.isAvailable()).isTrue();
    }

    private static ListenFixture fixture() {
        return fixture("", Pki.certificate("a", "a"));
    }

    /** With the key of a ring, unless it is empty. */
    private static ListenFixture fixture(String key, Certificate certificate) {
        var fixture = new ListenFixture();
        RouteTable plain = Tables.table(
                List.of(Tables.https(
                        "tls",
                        0,
                        Tables.tls(
                                Tables.name(HostPattern.exact("a.example"), "a"),
                                Tables.name(HostPattern.exact("b.example"), "a")))),
                certificate);
        List<KeyRing> rings = key.isEmpty()
                ? List.of()
                : List.of(new KeyRing("release", List.of(new KeyRing.SessionKey("k1", new Redacted(key)))));
        fixture.install(new RouteTable(
                plain.settings(), plain.listeners(), plain.upstreams(), plain.sessions(), plain.certificates(), rings));
        return fixture;
    }

    @Test
    void replicasWithOneKeyRingResumeEachOthersSessionsAndOthersDoNot(@TempDir Path folder) throws Exception {
        Certificate shown = Pki.certificate("a", "a");
        try (var one = fixture("secret", shown);
                var two = fixture("secret", shown);
                var stranger = fixture("another", shown);
                var ahead = fixture("secret", shown)) {
            ahead.skip(Duration.ofHours(6));
            String ours = folder.resolve("ours").toString();
            String early = folder.resolve("early").toString();
            assertThat(Openssl.connect(one.port("tls"), "-tls1_2", "-servername", "a.example", "-sess_out", ours))
                    .contains("New, ");
            assertThat(Openssl.connect(ahead.port("tls"), "-tls1_2", "-servername", "a.example", "-sess_out", early))
                    .contains("New, ");

            assertThat(Openssl.connect(two.port("tls"), "-tls1_2", "-servername", "a.example", "-sess_in", ours))
                    .contains("Reused, ");
            assertThat(Openssl.connect(ahead.port("tls"), "-tls1_2", "-servername", "a.example", "-sess_in", ours))
                    .contains("Reused, ");
            assertThat(Openssl.connect(one.port("tls"), "-tls1_2", "-servername", "a.example", "-sess_in", early))
                    .as("a ticket of a clock that is ahead")
                    .contains("Reused, ");
            assertThat(Openssl.connect(stranger.port("tls"), "-tls1_2", "-servername", "a.example", "-sess_in", ours))
                    .contains("New, ");
            assertThat(stranger.handshakeFailures).isEmpty();
        }
    }

    /** When the session began that a new connection uses: resumption keeps the time. */
    private static long sessionOf(TlsClient client, ListenFixture fixture) throws IOException {
        long now = System.currentTimeMillis();
        Await.until("the clock to move on", () -> System.currentTimeMillis() > now + 2);
        try (SSLSocket socket = client.connect(fixture.port("tls"))) {
            ListenFixture.echo(socket, "tickets come with the first data");
            return socket.getSession().getCreationTime();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aTicketIsGoodForItsNameUntilItsKeyIsTwoLivesOld(String version) throws IOException {
        try (var fixture = fixture()) {
            TlsClient client = TlsClient.create().name("a.example").protocols(version);
            long first = sessionOf(client, fixture);
            assertThat(sessionOf(client, fixture)).as("resumed").isEqualTo(first);

            fixture.skip(Duration.ofHours(6));
            assertThat(sessionOf(client, fixture))
                    .as("resumed under the previous key")
                    .isEqualTo(first);

            var old = TlsClient.create().name("a.example").protocols(version);
            long before = sessionOf(old, fixture);
            fixture.skip(Duration.ofHours(13));
            assertThat(sessionOf(old, fixture)).as("full handshake").isNotEqualTo(before);
            assertThat(fixture.handshakeFailures).isEmpty();
        }
    }

    @Test
    void aTicketOfAnotherServerNameGivesAFullHandshake(@TempDir Path folder) throws Exception {
        try (var fixture = fixture()) {
            String session = folder.resolve("session").toString();
            int port = fixture.port("tls");
            assertThat(Openssl.connect(port, "-tls1_2", "-servername", "a.example", "-sess_out", session))
                    .contains("New, ");

            assertThat(Openssl.connect(port, "-tls1_2", "-servername", "a.example", "-sess_in", session))
                    .contains("Reused, ");
            assertThat(Openssl.connect(port, "-tls1_2", "-servername", "b.example", "-sess_in", session))
                    .contains("New, ");
        }
    }
}
