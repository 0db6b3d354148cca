package dev.moorgate.dataplane.forward.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.Upstream.Protocol;
import dev.moorgate.routetable.Upstream.UpstreamTls;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** HTTP/2 inside TLS, chosen by ALPN on both sides; a host of another certificate is misdirected (fault B15). */
class Http2TlsTest {
    private static final TlsCertificate CERTIFICATE = TlsCertificate.of("shop.internal");
    private static final UpstreamTls TLS =
            new UpstreamTls("shop.internal", Optional.of(CERTIFICATE.certificatePem()), List.of(), Optional.empty());

    private static Setup to(int port) {
        return Setup.toPorts(port).protocol(Protocol.H2).upstreamTls(TLS);
    }

    @Test
    void requestsGoToTheEndpointInStreamsOfOneSecuredConnection() {
        try (var upstream = Http2Upstream.securedBy(
                        CERTIFICATE.negotiatingContext("h2"),
                        call -> call.answer(200, "over " + call.field(":scheme")));
                var proxy = ProxyUnderTest.startNegotiating(to(upstream.port()), CERTIFICATE);
                var client = new Http2TestClient(RawClient.connectNegotiating(proxy.port(), CERTIFICATE))) {
            for (int i = 0; i < 5; i++) {
                assertThat(client.get("/").body()).isEqualTo("over https");
            }
            assertThat(upstream.connections()).isEqualTo(1);
        }
    }

    @Test
    void anEndpointThatDoesNotChooseHttp2IsNotTalkedTo() {
        try (var upstream = ScriptedUpstream.securedBy(CERTIFICATE, ScriptedUpstream.answeringScript("x"));
                var proxy = ProxyUnderTest.start(to(upstream.port()));
                var client = Http2TestClient.to(proxy)) {
            assertThat(client.get("/").status()).isEqualTo(502);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.TLS_VERIFY);
            assertThat(proxy.exchange(1).detail()).isEqualTo("the endpoint does not choose HTTP/2");
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void aHostThatTheCertificateDoesNotCoverIsMisdirectedAndTheConnectionServesOn() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = ProxyUnderTest.startNegotiating(Setup.to(upstream), CERTIFICATE);
                var client = new Http2TestClient(RawClient.connectNegotiating(proxy.port(), CERTIFICATE))) {
            var misdirected = client.getFrom("elsewhere", "/");
            assertThat(misdirected.status()).isEqualTo(421);
            assertThat(misdirected.body()).contains("reason: misdirected");
            assertThat(client.get("/").body()).isEqualTo("x");
            assertThat(upstream.requests()).hasSize(1);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.MISDIRECTED);
        }
    }
}
