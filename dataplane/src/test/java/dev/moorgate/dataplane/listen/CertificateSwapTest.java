package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.dataplane.listen.tls.TlsStore;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RouteTable;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** C10, C11: a changed certificate is used by the next handshake and no connection is dropped. */
class CertificateSwapTest {
    private static final int HANDSHAKES = 100;

    private static RouteTable table(Certificate... certificates) {
        return Tables.table(
                List.of(Tables.https("tls", 0, Tables.tls(Tables.name(HostPattern.exact("shop.example"), "a")))),
                certificates);
    }

    @Test
    void theNextHandshakeGetsTheNewCertificateAndOldConnectionsLive() throws Exception {
        try (var fixture = new ListenFixture()) {
            fixture.install(table(Pki.certificate("a", "before")));
            TlsClient client = TlsClient.create().name("shop.example");
            try (SSLSocket old = client.connect(fixture.port("tls"))) {
                assertThat(TlsClient.shown(old)).isEqualTo("before");
                ListenFixture.echo(old, "hello");

                fixture.install(table(Pki.certificate("a", "after")));

                // the same client: it may hold a session of the old certificate, which must not be taken up
                assertThat(client.shownAt(fixture.port("tls"))).isEqualTo("after");
                assertThat(ListenFixture.echo(old, "still")).isEqualTo("still");
            }
        }
    }

    @Test
    void noHandshakeFailsWhileCertificatesChange() throws Exception {
        try (var fixture = new ListenFixture()) {
            var shaken = new AtomicInteger();
            var problem = new AtomicReference<Exception>();
            List<RouteTable> tables = List.of(table(Pki.certificate("a", "0")), table(Pki.certificate("a", "1")));
            fixture.install(tables.getFirst());
            int port = fixture.port("tls");
            Thread client = Thread.ofVirtual().start(() -> {
                try {
                    while (shaken.getAndIncrement() < HANDSHAKES) {
                        TlsClient.create().name("shop.example").shownAt(port);
                    }
                } catch (Exception e) {
                    problem.set(e);
                }
            });
            for (int i = 1; shaken.get() < HANDSHAKES && problem.get() == null; i++) {
                fixture.install(tables.get(i % 2));
            }
            client.join();

            assertThat(problem).hasValue(null);
            assertThat(fixture.handshakeFailures).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "no PEM at all, key, no certificate in the PEM text",
        "chain, no PEM at all, no private key in the PEM text",
        "chain, '-----BEGIN PRIVATE KEY-----\nAAAA\n', the PEM block PRIVATE KEY has no end",
        "chain, '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----', encrypted with a password",
    })
    void aCertificateThatCannotBeReadRefusesTheTable(String chain, String key, String reason) {
        Certificate good = Pki.certificate("a", "a");
        var bad = new Certificate(
                "a", chain.equals("chain") ? good.chain() : chain, key.equals("key") ? good.key() : new Redacted(key));

        var outcome = new TlsStore(System::nanoTime, ListenFixture.stapling(System::nanoTime)).prepare(table(bad));

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        TlsStore.Outcome.Refused.class,
                        refused -> assertThat(refused.reason())
                                .startsWith("certificate a cannot be read: ")
                                .contains(reason)
                                .doesNotContain("AAAA"));
    }

    @Test
    void aKeyOfAnotherCertificateClosesOnlyItsOwnName() throws Exception {
        Certificate mine = Pki.certificate("a", "a");
        var mixed = new Certificate("a", mine.chain(), Pki.certificate("b", "b").key());
        try (var fixture = new ListenFixture()) {
            fixture.install(Tables.table(
                    List.of(Tables.https(
                            "tls",
                            0,
                            Tables.tls(
                                    Tables.name(HostPattern.exact("a.example"), "a"),
                                    Tables.name(HostPattern.exact("c.example"), "c")))),
                    mixed,
                    Pki.certificate("c", "c")));

            assertThatThrownBy(() -> TlsClient.create().name("a.example").connect(fixture.port("tls")))
                    .isInstanceOf(IOException.class);
            assertThat(TlsClient.create().name("c.example").shownAt(fixture.port("tls")))
                    .isEqualTo("c");
        }
    }
}
