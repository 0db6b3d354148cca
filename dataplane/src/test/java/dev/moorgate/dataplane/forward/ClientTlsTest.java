package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawSocket.End;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Clients of HTTP/1.1 inside TLS; a host of another certificate is misdirected (fault B15). */
class ClientTlsTest {
    private static final TlsCertificate CERTIFICATE = TlsCertificate.of("shop.example");

    @Test
    void manyRequestsPassOverOneConnection() {
        String much = "0123456789abcdef".repeat(20_000);
        try (var upstream = ScriptedUpstream.answering(much);
                var proxy = ProxyUnderTest.startSecured(Setup.to(upstream), CERTIFICATE);
                var client = proxy.connectSecured(CERTIFICATE)) {
            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/").body()).isEqualTo(much);
            }
            assertThat(upstream.connections()).isEqualTo(1);
        }
    }

    @Test
    void anUploadPasses() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.answer(connection.read(300_000).substring(299_990));
                });
                var proxy = ProxyUnderTest.startSecured(Setup.to(upstream), CERTIFICATE);
                var client = proxy.connectSecured(CERTIFICATE)) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 300000");
            client.send("0123456789".repeat(30_000));
            assertThat(client.readAnswer().body()).isEqualTo("0123456789");
        }
    }

    @Test
    void aHostThatTheCertificateDoesNotCoverIs421() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.startSecured(Setup.to(upstream), CERTIFICATE);
                var client = proxy.connectSecured(CERTIFICATE)) {
            client.sendHead("GET / HTTP/1.1", "Host: elsewhere");
            assertThat(client.readAnswer().status()).isEqualTo(421);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.MISDIRECTED);
            assertThat(client.get("/").status()).isEqualTo(200);
        }
    }

    @Test
    void theLastAnswerEndsWithAProperClosure() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.startSecured(Setup.to(upstream), CERTIFICATE);
                var client = proxy.connectSecured(CERTIFICATE)) {
            client.sendHead("GET / HTTP/1.1", "Host: a", "Connection: close");
            assertThat(client.readAnswer().body()).isEqualTo("x");
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
        }
    }

    @Test
    void anAnswerEndedByCloseThatBreaksOffHasNoProperClosure() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\n\r\nhalf");
                    connection.reset();
                });
                var proxy = ProxyUnderTest.startSecured(Setup.to(upstream), CERTIFICATE);
                var client = proxy.connectSecured(CERTIFICATE)) {
            client.sendHead("GET / HTTP/1.0", "Host: a");
            assertThat(client.awaitEnd()).isEqualTo(End.RESET);
        }
    }

    @Test
    void anEarlyRefusalCanBeReadAndThenTheConnectionEnds() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.startSecured(Setup.to(upstream).bodyLimit(10), CERTIFICATE);
                var client = proxy.connectSecured(CERTIFICATE)) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: 30000");
            client.send("x".repeat(30_000));
            assertThat(client.readAnswer().status()).isEqualTo(413);
            proxy.clock().advance(Duration.ofSeconds(3));
            assertThat(client.awaitEnd()).isEqualTo(End.PROPER);
        }
    }
}
