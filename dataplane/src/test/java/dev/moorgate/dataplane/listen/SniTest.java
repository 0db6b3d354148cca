package dev.moorgate.dataplane.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.RouteTable;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** C6, C7, C11: which certificate a server name gets, and which alert where there is none. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SniTest {
    private final ListenFixture fixture = new ListenFixture();

    @BeforeAll
    void install() {
        Certificate[] certificates = {
            Pki.certificate("exact", "exact"),
            Pki.certificate("one", "one-label"),
            Pki.certificate("many", "many-labels"),
            Pki.certificate("deep", "deep"),
            Pki.certificate("fallback", "fallback"),
            Pki.certificate("rsa", "rsa", Algorithm.rsa2048),
            Pki.certificate("p384", "p384", Algorithm.ecp384)
        };
        var names = new dev.moorgate.routetable.ListenerTls.ServerName[] {
            Tables.name(HostPattern.exact("shop.example.com"), "exact"),
            Tables.name(HostPattern.exact("both.example.com"), "rsa", "p384"),
            Tables.name(HostPattern.exact("broken.example.com")),
            Tables.name(HostPattern.oneLabel("*.example.com"), "one"),
            Tables.name(HostPattern.wildcard("*.deep.example.net"), "deep"),
            Tables.name(HostPattern.wildcard("*.example.net"), "many"),
        };
        RouteTable table = Tables.table(
                List.of(
                        Tables.https("with", 0, Tables.tls(Optional.of("fallback"), names)),
                        Tables.https("without", 0, Tables.tls(names))),
                certificates);
        fixture.install(table);
    }

    @AfterAll
    void close() {
        fixture.close();
    }

    @ParameterizedTest(name = "{0} gets {1}")
    @CsvSource({
        "shop.example.com, exact",
        "SHOP.Example.COM, exact",
        "a.example.com, one-label",
        "b.a.example.com, fallback",
        "example.com, fallback",
        "a.example.net, many-labels",
        "b.a.example.net, many-labels",
        "b.deep.example.net, deep",
        "c.b.deep.example.net, deep",
        "deep.example.net, many-labels",
        "example.net, fallback",
        "other.org, fallback",
        "both.example.com, p384",
    })
    void aServerNameGetsItsCertificate(String name, String expected) throws IOException {
        assertThat(TlsClient.create().name(name).shownAt(fixture.port("with"))).isEqualTo(expected);
    }

    @Test
    void noServerNameGetsTheFallback() throws IOException {
        assertThat(TlsClient.create().shownAt(fixture.port("with"))).isEqualTo("fallback");
    }

    @Test
    void aClientWithoutEcdsaGetsTheRsaCertificate() throws IOException {
        var client = TlsClient.create()
                .name("both.example.com")
                .protocols("TLSv1.2")
                .suites("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");

        assertThat(client.shownAt(fixture.port("with"))).isEqualTo("rsa");
    }

    @ParameterizedTest
    @ValueSource(strings = {"other.org", "b.a.example.com", "example.com"})
    void withoutFallbackAnUnknownNameIsRefusedWithAnAlert(String name) {
        assertThatThrownBy(() -> TlsClient.create().name(name).connect(fixture.port("without")))
                .hasMessageContaining("unrecognized_name");
    }

    @Test
    void withoutFallbackAnAbsentNameIsRefusedWithAnAlert() {
        assertThatThrownBy(() -> TlsClient.create().connect(fixture.port("without")))
                .hasMessageContaining("unrecognized_name");
    }

    @Test
    void aBrokenCertificateClosesItsNameAndShowsNoOther() {
        assertThatThrownBy(() -> TlsClient.create().name("broken.example.com").connect(fixture.port("with")))
                .hasMessageContaining("handshake_failure");
    }

    @ParameterizedTest(name = "ServerName row {0}")
    @ValueSource(
            strings = {
                "shop\0example.com",
                "shop_example.com",
                "shop.example.c m",
                "shop..xample.com",
                "shop:example.com"
            })
    void aNameThatIsNoHostNameIsRefusedWithAnAlert(String name) throws Exception {
        byte[] hello = hello("shop.example.com");
        byte[] good = "shop.example.com".getBytes(StandardCharsets.US_ASCII);
        byte[] bad = name.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bad, 0, hello, indexOf(hello, good), good.length);

        try (Socket socket = fixture.connect("with")) {
            socket.getOutputStream().write(hello);

            assertThat(socket.getInputStream().readAllBytes()).containsExactly(21, 3, 3, 0, 2, 2, 50);
        }
    }

    private static byte[] hello(String name) throws Exception {
        SSLEngine engine = TlsClient.create().context().createSSLEngine();
        engine.setUseClientMode(true);
        var parameters = engine.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(name)));
        engine.setSSLParameters(parameters);
        ByteBuffer out = ByteBuffer.allocate(32 * 1024);
        engine.wrap(ByteBuffer.allocate(0), out);
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    private static int indexOf(byte[] text, byte[] part) {
        return new String(text, StandardCharsets.ISO_8859_1).indexOf(new String(part, StandardCharsets.ISO_8859_1));
    }

    @Test
    void aRenamedHelloIsOtherwiseServed() throws Exception {
        try (Socket socket = fixture.connect("with")) {
            socket.getOutputStream().write(hello("shop.example.com"));

            assertThat(socket.getInputStream().read()).as("a handshake record").isEqualTo(22);
        }
    }
}
