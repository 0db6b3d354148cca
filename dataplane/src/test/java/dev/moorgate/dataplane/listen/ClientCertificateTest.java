package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.dataplane.kit.RawSocket;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.live.Gate;
import dev.moorgate.dataplane.live.InstallResult;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.ClientValidation;
import dev.moorgate.routetable.RouteTable;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** B15, C4, C12: certificates that clients must show, or may, and what endpoints are told of them. */
class ClientCertificateTest {
    private static final X509Bundle AUTHORITY = authority("CN=clients");
    private static final X509Bundle STRANGERS = authority("CN=strangers");
    private static final X509Bundle ALICE =
            issued(builder("CN=Alice \u00c4,O=Shop").addExtendedKeyUsageClientAuth(), AUTHORITY);

    private static final Certificate SERVER = Pki.certificate("cert", "server");

    private static CertificateBuilder builder(String subject) {
        return new CertificateBuilder().subject(subject).algorithm(CertificateBuilder.Algorithm.ecp256);
    }

    private static X509Bundle authority(String subject) {
        try {
            return builder(subject).setIsCertificateAuthority(true).buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Bundle issued(CertificateBuilder certificate, X509Bundle by) {
        try {
            return certificate.buildIssuedBy(by);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<ClientValidation> required() {
        return Optional.of(new ClientValidation(AUTHORITY.getCertificatePEM(), true));
    }

    private static Optional<ClientValidation> wished() {
        return Optional.of(new ClientValidation(AUTHORITY.getCertificatePEM(), false));
    }

    /** A data plane with one HTTPS listener in front of an endpoint that answers {@code x}. */
    private static final class Door implements AutoCloseable {
        private final ScriptedUpstream upstream = ScriptedUpstream.answering("x");
        private final Gate gate = new Gate();

        Door(Optional<ClientValidation> rule) {
            install(rule);
        }

        void install(Optional<ClientValidation> rule) {
            RouteTable clear = Setup.to(upstream).settings(Gate.silent()).table();
            Listener web = clear.listeners().getFirst();
            ListenerTls any = Tables.tls(Tables.name(HostPattern.ANY, "cert"));
            var tls = new ListenerTls(any.serverNames(), any.fallback(), rule, any.minVersion(), List.of());
            var listener = new Listener(
                    "tls",
                    web.source(),
                    Listener.Protocol.HTTPS,
                    443,
                    "127.0.0.1",
                    0,
                    443,
                    Optional.of(tls),
                    web.virtualHosts());
            var table = new RouteTable(
                    clear.settings(), List.of(listener), clear.upstreams(), List.of(), List.of(SERVER), List.of());
            assertThat(gate.install(table, Setup.to(upstream).endpoints())).isInstanceOf(InstallResult.Applied.class);
        }

        int port() {
            return gate.port("tls");
        }

        /** The head of the request as the endpoint sees it; empty: the client was not let in. */
        String seen(TlsClient client, String... fields) {
            int before = upstream.requests().size();
            try (SSLSocket socket = client.name("shop.example").connect(port())) {
                var lines = new StringBuilder("GET / HTTP/1.1\r\nHost: shop.example\r\n");
                for (String field : fields) {
                    lines.append(field).append("\r\n");
                }
                new RawSocket(socket).trySend(lines + "\r\n");
                return socket.getInputStream().read() < 0
                        ? ""
                        : upstream.requests().get(before);
            } catch (IOException refused) {
                return "";
            }
        }

        boolean isCounted(String reason) {
            return MetricText.of(gate.dataPlane().metrics())
                    .contains("moorgate_handshakes_failed_total{listener=\"tls\",reason=\"" + reason + "\"}");
        }

        @Override
        public void close() {
            gate.close();
            upstream.close();
        }
    }

    @Test
    void aValidCertificateIsLetInAndToldToTheEndpoint() throws Exception {
        try (var fresh = new Door(required())) {
            String head = fresh.seen(TlsClient.showing(ALICE));

            assertThat(head)
                    .contains("Client-Cert: :"
                            + Base64.getEncoder()
                                    .encodeToString(ALICE.getCertificate().getEncoded()) + ":\r\n")
                    .contains("X-Client-Cert-Subject: CN=Alice \\C3\\84,O=Shop\r\n");
        }
    }

    @Test
    void whatAClientSaysOfItsCertificateIsRemoved() {
        String[] forged = {
            "Client-Cert: :Zm9yZ2Vk:",
            "Client-Cert-Chain: :Zm9yZ2Vk:",
            "X-Client-Cert-Subject: CN=forged",
            "X-SSL-Client-S-DN: CN=forged",
            "X-Forwarded-Client-Cert: forged",
            "Ssl-Client-Verify: forged"
        };
        try (var with = new Door(required());
                var wished = new Door(wished());
                var without = new Door(Optional.empty())) {
            assertThat(with.seen(TlsClient.showing(ALICE), forged))
                    .contains("CN=Alice")
                    .doesNotContain("forged", "Zm9yZ2Vk");
            assertThat(wished.seen(TlsClient.create(), forged))
                    .isNotEmpty()
                    .doesNotContain("forged", "Zm9yZ2Vk", "Client-Cert");
            assertThat(without.seen(TlsClient.showing(ALICE), forged))
                    .isNotEmpty()
                    .doesNotContain("forged", "Zm9yZ2Vk", "Client-Cert");
        }
    }

    @Test
    void withoutAValidCertificateNobodyIsLetIn() {
        Instant now = Instant.now();
        try (var fresh = new Door(required())) {
            assertThat(fresh.seen(TlsClient.create())).as("none").isEmpty();
            assertThat(fresh.seen(TlsClient.showing(issued(builder("CN=Mallory"), STRANGERS))))
                    .as("of another authority")
                    .isEmpty();
            assertThat(fresh.seen(TlsClient.showing(STRANGERS)))
                    .as("self-signed")
                    .isEmpty();
            assertThat(fresh.seen(TlsClient.showing(issued(
                            builder("CN=Old")
                                    .notBefore(now.minus(Duration.ofDays(9)))
                                    .notAfter(now.minus(Duration.ofDays(1))),
                            AUTHORITY))))
                    .as("expired")
                    .isEmpty();
            assertThat(fresh.seen(
                            TlsClient.showing(issued(builder("CN=Server").addExtendedKeyUsageServerAuth(), AUTHORITY))))
                    .as("for servers only")
                    .isEmpty();
            assertThat(fresh.seen(TlsClient.showing(ALICE)))
                    .as("a good one afterwards")
                    .isNotEmpty();
            Await.until("they are counted", () -> fresh.isCounted("client_certificate"));
        }
    }

    @Test
    void whereNoneIsRequiredAnInvalidOneIsLetInAndNotTold() {
        try (var fresh = new Door(wished())) {
            assertThat(fresh.seen(TlsClient.create())).as("none").isNotEmpty().doesNotContain("Client-Cert");
            assertThat(fresh.seen(TlsClient.showing(issued(builder("CN=Mallory"), STRANGERS))))
                    .as("of another authority")
                    .isNotEmpty()
                    .doesNotContain("Client-Cert");
            assertThat(fresh.seen(
                            TlsClient.showing(issued(builder("CN=Server").addExtendedKeyUsageServerAuth(), AUTHORITY))))
                    .as("for servers only")
                    .isNotEmpty()
                    .doesNotContain("Client-Cert");
            assertThat(fresh.seen(TlsClient.showing(ALICE))).as("a valid one").contains("CN=Alice");
        }
    }

    @Test
    void aResumedSessionIsStillThatOfItsCertificate() {
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            for (Optional<ClientValidation> rule : List.of(required(), wished())) {
                try (var fresh = new Door(rule)) {
                    TlsClient client = TlsClient.showing(ALICE).protocols(protocol);

                    assertThat(fresh.seen(client)).contains("CN=Alice");
                    assertThat(fresh.seen(client)).as("%s again", protocol).contains("CN=Alice");
                }
            }
        }
    }

    @Test
    void aClientOfAnIntermediateAuthorityIsLetInAndResumes() {
        X509Bundle between = issued(builder("CN=between").setIsCertificateAuthority(true), AUTHORITY);
        X509Bundle carol = issued(builder("CN=Carol").addExtendedKeyUsageClientAuth(), between);
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            try (var fresh = new Door(required())) {
                TlsClient client = TlsClient.showing(carol).protocols(protocol);

                assertThat(fresh.seen(client)).contains("CN=Carol");
                assertThat(fresh.seen(client)).as("%s again", protocol).contains("CN=Carol");
            }
        }
    }

    /** Where a slow machine is not in time with a certificate, the next one lives longer. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aSessionEndsWithItsCertificate(String protocol) {
        try (var fresh = new Door(required())) {
            for (int seconds = 2; ; seconds *= 2) {
                // certificates tell whole seconds
                Instant end = Instant.now().plusSeconds(seconds).truncatedTo(ChronoUnit.SECONDS);
                TlsClient client = TlsClient.showing(
                                issued(builder("CN=Brief").notAfter(end).addExtendedKeyUsageClientAuth(), AUTHORITY))
                        .protocols(protocol);
                if (!fresh.seen(client).isEmpty()) {
                    Await.until("the certificate's end", () -> Instant.now().isAfter(end.plusMillis(10)));

                    assertThat(fresh.seen(client)).isEmpty();
                    Await.until("it is counted", () -> fresh.isCounted("client_certificate"));
                    return;
                }
            }
        }
    }

    @Test
    void aSessionWithoutCertificateIsNotResumedWhereOneHasBecomeRequired() {
        try (var fresh = new Door(Optional.empty())) {
            TlsClient client = TlsClient.create();
            assertThat(fresh.seen(client)).isNotEmpty();

            fresh.install(required());

            assertThat(fresh.seen(client)).isEmpty();
        }
    }

    @Test
    void aConnectionFromBeforeTheRuleIsToldToUseAnother() throws Exception {
        try (var fresh = new Door(Optional.empty());
                SSLSocket socket = TlsClient.create().name("shop.example").connect(fresh.port())) {
            var raw = new RawSocket(socket);
            raw.sendHead("GET / HTTP/1.1", "Host: shop.example");
            assertThat(raw.readHead()).startsWith("HTTP/1.1 200");
            raw.read(1);

            fresh.install(required());
            raw.sendHead("GET / HTTP/1.1", "Host: shop.example");

            assertThat(raw.readHead()).startsWith("HTTP/1.1 421");
        }
    }
}
