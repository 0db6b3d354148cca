package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.dataplane.listen.tls.ServerTls;
import dev.moorgate.dataplane.listen.tls.TlsSession;
import dev.moorgate.dataplane.listen.tls.TlsStore;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.Policy;
import dev.moorgate.routetable.ListenerTls.ServerName;
import dev.moorgate.routetable.ListenerTls.Version;
import dev.moorgate.routetable.RouteTable;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What each TLS policy lets through, and what a client is told that speaks nothing of it. */
class NamedPolicyTest {
    private final ListenFixture fixture = new ListenFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    private void install(Version lowest, Optional<Policy> listener, ServerName... names) {
        var tls = new ListenerTls(
                List.of(names), Optional.empty(), Optional.empty(), lowest, List.of("h2", "http/1.1"), listener);
        fixture.install(Tables.table(
                List.of(Tables.https("tls", 0, tls)),
                Pki.certificate("ec", "ec"),
                Pki.certificate("rsa", "rsa", Algorithm.rsa2048)));
    }

    private static ServerName any(Policy policy) {
        return ServerName.terminated(HostPattern.ANY, List.of("ec", "rsa"), Optional.of(policy));
    }

    private static TlsClient client(String version, String suite, String group) {
        TlsClient client = TlsClient.create();
        client = version.isEmpty() ? client : client.protocols(version);
        client = suite.isEmpty() ? client : client.suites(suite);
        return group.isEmpty() ? client : client.groups(group);
    }

    @ParameterizedTest(name = "{0} serves {1} {2} {3}")
    @CsvSource({
        "MODERN, TLSv1.3, TLS_AES_128_GCM_SHA256, x25519",
        "MODERN, TLSv1.3, TLS_CHACHA20_POLY1305_SHA256, secp384r1",
        "INTERMEDIATE, TLSv1.3, '', secp521r1",
        "INTERMEDIATE, TLSv1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, ''",
        "INTERMEDIATE, TLSv1.2, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, x25519",
        "INTERMEDIATE, TLSv1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, secp256r1",
        "COMPATIBLE, TLSv1.3, '', ''",
        "COMPATIBLE, TLSv1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, ''",
        "COMPATIBLE, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, ''",
        "COMPATIBLE, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, ''",
        "COMPATIBLE, TLSv1.2, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, ''",
        "COMPATIBLE, TLSv1.2, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, ''",
        "NIST, TLSv1.3, TLS_AES_256_GCM_SHA384, secp256r1",
        "NIST, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ''",
        "NIST, TLSv1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, secp384r1",
    })
    void whatThePolicyNamesIsServed(Policy policy, String version, String suite, String group) throws IOException {
        install(Version.TLS_1_2, Optional.empty(), any(policy));

        try (SSLSocket socket = client(version, suite, group).connect(fixture.port("tls"))) {
            assertThat(socket.getSession().getProtocol()).isEqualTo(version);
            if (!suite.isEmpty()) {
                assertThat(socket.getSession().getCipherSuite()).isEqualTo(suite);
            }
            assertThat(ListenFixture.echo(socket, "hello")).isEqualTo("hello");
        }
    }

    @ParameterizedTest(name = "{0} refuses {1} {2} {3} with {4}")
    @CsvSource({
        "MODERN, TLSv1.2, '', '', protocol_version, version",
        "MODERN, TLSv1.2, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, '', protocol_version, version",
        "MODERN, TLSv1.3, '', secp521r1, handshake_failure, cipher",
        "INTERMEDIATE, TLSv1.2, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, '', handshake_failure, cipher",
        "INTERMEDIATE, TLSv1.2, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, '', handshake_failure, cipher",
        "INTERMEDIATE, TLSv1.3, '', ffdhe2048, handshake_failure, cipher",
        "COMPATIBLE, TLSv1.2, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256, '', handshake_failure, cipher",
        "COMPATIBLE, TLSv1.2, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, '', handshake_failure, cipher",
        "NIST, TLSv1.3, TLS_CHACHA20_POLY1305_SHA256, '', handshake_failure, cipher",
        "NIST, TLSv1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, '', handshake_failure, cipher",
        "NIST, TLSv1.3, '', x25519, handshake_failure, cipher",
        "NIST, TLSv1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, x25519, handshake_failure, cipher",
    })
    void whatThePolicyDoesNotNameIsRefusedAndCounted(
            Policy policy, String version, String suite, String group, String alert, String reason)
            throws InterruptedException {
        install(Version.TLS_1_2, Optional.empty(), any(policy));

        assertThatThrownBy(() -> client(version, suite, group).connect(fixture.port("tls")))
                .hasMessageContaining(alert);
        assertThat(ListenFixture.eventually(() -> !fixture.handshakeFailures.isEmpty()))
                .isTrue();
        assertThat(fixture.handshakeFailures).containsExactly(reason);
    }

    @Test
    void aNamesOwnPolicyGoesBeforeTheListeners() throws IOException {
        install(
                Version.TLS_1_2,
                Optional.of(Policy.MODERN),
                ServerName.terminated(
                        HostPattern.exact("old.example.com"), List.of("ec"), Optional.of(Policy.COMPATIBLE)),
                ServerName.terminated(HostPattern.exact("new.example.com"), List.of("ec")));
        TlsClient old =
                client("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "").name("old.example.com");
        // with a context of its own: the JDK resumes a session under the name that it began with
        TlsClient next =
                client("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "").name("new.example.com");

        try (SSLSocket socket = old.connect(fixture.port("tls"))) {
            assertThat(ListenFixture.echo(socket, "hello")).isEqualTo("hello");
        }
        assertThatThrownBy(() -> next.connect(fixture.port("tls"))).hasMessageContaining("protocol_version");
    }

    @Test
    void theLowestVersionHoldsWhateverThePolicySays() {
        install(Version.TLS_1_3, Optional.empty(), any(Policy.COMPATIBLE));

        assertThatThrownBy(() -> client("TLSv1.2", "", "").connect(fixture.port("tls")))
                .hasMessageContaining("protocol_version");
    }

    @Test
    void aStricterPolicyHoldsFromTheNextHandshakeOn() throws IOException {
        install(Version.TLS_1_2, Optional.empty(), any(Policy.INTERMEDIATE));
        var client = client("TLSv1.2", "", "");

        try (SSLSocket socket = client.connect(fixture.port("tls"))) {
            install(Version.TLS_1_2, Optional.empty(), any(Policy.MODERN));

            assertThat(ListenFixture.echo(socket, "hello")).isEqualTo("hello");
            // with the ticket of the first connection, which is good for nothing any more
            assertThatThrownBy(() -> client.connect(fixture.port("tls"))).hasMessageContaining("protocol_version");
        }
    }

    /** The hosts of Ingresses are of one listener, and may share a certificate. */
    @ParameterizedTest(name = "server name <{0}>")
    @ValueSource(strings = {"lax.example", ""})
    void aConnectionIsGoodForHostsOfItsPolicyOnly(String name) throws Exception {
        var tls = new ListenerTls(
                List.of(
                        named("lax.example", Policy.COMPATIBLE, "ec"),
                        named("alike.example", Policy.COMPATIBLE, "ec"),
                        named("strict.example", Policy.MODERN, "ec"),
                        named("closed.example", Policy.COMPATIBLE)),
                Optional.of("ec"),
                Optional.empty(),
                Version.TLS_1_2,
                List.of(),
                Optional.of(Policy.COMPATIBLE));
        RouteTable table = Tables.table(List.of(Tables.https("tls", 0, tls)), Pki.certificate("ec", "ec"));
        fixture.install(table);
        var prepared = (TlsStore.Outcome.Ready)
                new TlsStore(System::nanoTime, ListenFixture.stapling(System::nanoTime)).prepare(table);
        Optional<ServerTls> served = prepared.next().of("tls");
        TlsClient client = TlsClient.create();

        try (SSLSocket socket = (name.isEmpty() ? client : client.name(name)).connect(fixture.port("tls"))) {
            ListenFixture.echo(socket, "hello");
        }

        TlsSession session = fixture.started.remove().orElseThrow();
        assertThat(session.covers("alike.example", served)).isTrue();
        assertThat(session.covers("strict.example", served)).isFalse();
        assertThat(session.covers("closed.example", served)).isFalse();
    }

    private static ServerName named(String host, Policy policy, String... certificates) {
        return ServerName.terminated(HostPattern.exact(host), List.of(certificates), Optional.of(policy));
    }
}
