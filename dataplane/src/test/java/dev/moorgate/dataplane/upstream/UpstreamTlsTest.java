package dev.moorgate.dataplane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.Upstream.UpstreamTls;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An endpoint over TLS is verified before it hears a word, and never spoken to in clear (fault C13). */
class UpstreamTlsTest {
    private static final TlsCertificate GOOD = TlsCertificate.of("shop.internal");

    private static UpstreamTls tls(String serverName, TlsCertificate authority, String... subjectNames) {
        return new UpstreamTls(
                serverName, Optional.of(authority.certificatePem()), List.of(subjectNames), Optional.empty());
    }

    private static RawClient.Answer ask(UpstreamTls tls) {
        return ask(GOOD, tls);
    }

    private static RawClient.Answer ask(TlsCertificate shown, UpstreamTls tls) {
        try (var upstream = ScriptedUpstream.securedBy(shown, ScriptedUpstream.answeringScript("over tls"));
                var proxy = ProxyUnderTest.start(Setup.to(upstream).upstreamTls(tls));
                var client = proxy.connect()) {
            RawClient.Answer answer = client.get("/");
            RawClient.Answer second = client.get("/");
            assertThat(second.status()).isEqualTo(answer.status());
            if (answer.status() == 200) {
                assertThat(upstream.connections()).isEqualTo(1);
            } else {
                assertThat(upstream.requests()).isEmpty();
                assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.TLS_VERIFY);
            }
            return answer;
        }
    }

    @Test
    void aVerifiedEndpointIsSpokenToOverTls() {
        assertThat(ask(tls("shop.internal", GOOD)).body()).isEqualTo("over tls");
    }

    @Test
    void anotherNameIs502AndNothingIsSent() {
        assertThat(ask(tls("other.internal", GOOD)).body()).contains("reason: tls_verify");
    }

    @Test
    void anotherAuthorityIs502AndNothingIsSent() {
        assertThat(ask(tls("shop.internal", TlsCertificate.of("shop.internal"))).status())
                .isEqualTo(502);
    }

    @ParameterizedTest(name = "until {0} days from now: {1}")
    @CsvSource({"1,200", "-1,502"})
    void anExpiredCertificateIs502AndNothingIsSent(int days, int status) throws Exception {
        X509Bundle authority = new CertificateBuilder()
                .subject("CN=authority.internal")
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        Instant now = Instant.now();
        var shown = new TlsCertificate(new CertificateBuilder()
                .subject("CN=shop.internal")
                .addSanDnsName("shop.internal")
                .algorithm(CertificateBuilder.Algorithm.ecp256)
                .notBefore(now.minus(Duration.ofDays(30)))
                .notAfter(now.plus(Duration.ofDays(days)))
                .buildIssuedBy(authority));
        var tls = new UpstreamTls(
                "shop.internal", Optional.of(authority.getCertificatePEM()), List.of(), Optional.empty());

        assertThat(ask(shown, tls).status()).isEqualTo(status);
    }

    @Test
    void anAcceptedSubjectNameStandsInForTheServerName() {
        assertThat(ask(tls("sni.internal", GOOD, "shop.internal")).status()).isEqualTo(200);
        assertThat(ask(tls("sni.internal", GOOD, "none.internal")).status()).isEqualTo(502);
    }

    @Test
    void anEndpointWithoutTlsIs502AndHearsNoRequest() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                    connection.stall();
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream).upstreamTls(tls("shop.internal", GOOD)));
                var client = proxy.connect()) {
            assertThat(client.get("/").body()).contains("reason: tls_verify");
        }
    }

    @ParameterizedTest(name = "shows {0}")
    @CsvSource({"'',502", "stranger,502", "ours,200"})
    void anEndpointThatAsksForACertificateIsShownTheUpstreams(String shown, int status) {
        TlsCertificate ours = TlsCertificate.of("edge.internal");
        Optional<String> certificate = shown.isEmpty() ? Optional.empty() : Optional.of(shown);
        var tls = new UpstreamTls("shop.internal", Optional.of(GOOD.certificatePem()), List.of(), certificate);
        try (var upstream = ScriptedUpstream.securedFor(ours, GOOD, ScriptedUpstream.answeringScript("let in"));
                var proxy = ProxyUnderTest.start(Setup.to(upstream)
                        .upstreamTls(tls)
                        .certificate(ours.named("ours"))
                        .certificate(TlsCertificate.of("edge.internal").named("stranger")));
                var client = proxy.connect()) {
            assertThat(client.get("/").status()).as("%s", upstream.problems()).isEqualTo(status);
            assertThat(upstream.requests()).hasSize(status == 200 ? 1 : 0);
        }
    }

    @Test
    void muchDataPassesWhole() {
        String much = "0123456789abcdef".repeat(64 << 10);
        try (var upstream = ScriptedUpstream.securedBy(GOOD, ScriptedUpstream.answeringScript(much));
                var proxy = ProxyUnderTest.start(Setup.to(upstream).upstreamTls(tls("shop.internal", GOOD)));
                var client = proxy.connect()) {
            assertThat(client.get("/").body()).isEqualTo(much);
            assertThat(client.get("/").body()).isEqualTo(much);
        }
    }

    @Test
    void anAnswerThatEndsWithoutCloseNotifyIsNotWhole() {
        try (var upstream = ScriptedUpstream.securedBy(GOOD, (connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\n\r\nperhaps all");
                    connection.endWithoutNotice();
                });
                var proxy = ProxyUnderTest.start(Setup.to(upstream).upstreamTls(tls("shop.internal", GOOD)));
                var client = proxy.connect()) {
            client.sendHead("GET / HTTP/1.1", "Host: a");
            client.awaitEnd();
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.RESPONSE_INCOMPLETE);
        }
    }
}
