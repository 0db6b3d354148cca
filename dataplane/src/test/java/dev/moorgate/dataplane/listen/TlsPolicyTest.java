package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** C1, C2, C6: versions, suites, protocols, renegotiation. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsPolicyTest {
    private final ListenFixture fixture = new ListenFixture();

    @BeforeAll
    void install() {
        var any = Tables.tls(Tables.name(HostPattern.ANY, "ec", "rsa"));
        var newest = new ListenerTls(
                any.serverNames(), Optional.empty(), Optional.empty(), ListenerTls.Version.TLS_1_3, List.of());
        fixture.install(Tables.table(
                List.of(Tables.https("any", 0, any), Tables.https("newest", 0, newest)),
                Pki.certificate("ec", "ec"),
                Pki.certificate("rsa", "rsa", Algorithm.rsa2048)));
    }

    @AfterAll
    void close() {
        fixture.close();
    }

    @Test
    void theNewestVersionIsPreferred() throws IOException {
        try (SSLSocket socket = TlsClient.create().connect(fixture.port("any"))) {
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.3");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
            })
    void version12IsServedWithAeadSuites(String suite) throws IOException {
        var client = TlsClient.create().protocols("TLSv1.2").suites(suite);
        try (SSLSocket socket = client.connect(fixture.port("any"))) {
            assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
            assertThat(ListenFixture.echo(socket, "hello")).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
            })
    void otherSuitesAreRefused(String suite) {
        var client = TlsClient.create().protocols("TLSv1.2").suites(suite);

        assertThatThrownBy(() -> client.connect(fixture.port("any"))).hasMessageContaining("handshake_failure");
    }

    @Test
    void aListenerOf13RefusesVersion12() {
        var client = TlsClient.create().protocols("TLSv1.2");

        assertThatThrownBy(() -> client.connect(fixture.port("newest"))).hasMessageContaining("protocol_version");
    }

    @ParameterizedTest(name = "ALPN {0} settles on \"{1}\"")
    @CsvSource({"http/1.1, http/1.1", "h2 http/1.1, h2", "h2, h2", "'', ''"})
    void protocolsAreSettledByAlpn(String offered, String expected) throws IOException {
        var client = TlsClient.create().alpn(offered.isEmpty() ? new String[0] : offered.split(" "));
        try (SSLSocket socket = client.connect(fixture.port("any"))) {
            assertThat(socket.getApplicationProtocol()).isEqualTo(expected);
            assertThat(ListenFixture.echo(socket, "hello")).isEqualTo("hello");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"h3", "spdy/3"})
    void onlyUnknownProtocolsAreRefusedWithAnAlert(String offered) {
        var client = TlsClient.create().alpn(offered);

        assertThatThrownBy(() -> client.connect(fixture.port("any"))).hasMessageContaining("no_application_protocol");
    }

    @Test
    void renegotiationIsRefused() throws IOException {
        var client = TlsClient.create().protocols("TLSv1.2");
        try (SSLSocket socket = client.connect(fixture.port("any"))) {
            assertThat(ListenFixture.echo(socket, "before")).isEqualTo("before");

            assertThatThrownBy(() -> {
                        socket.startHandshake();
                        ListenFixture.echo(socket, "after");
                    })
                    .isInstanceOf(IOException.class);
        }
    }
}
