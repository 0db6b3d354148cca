package dev.moorgate.dataplane.forward.http3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.ListenerTls.ClientValidation;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Certificates by server name, hosts that belong elsewhere, and how clients hear of HTTP/3. */
class Http3TlsTest {
    private static final String ALT_SVC = "h3=\":8443\"; ma=86400";

    /** For clients that name no server. */
    private static Http3Gate open(Setup setup) {
        Http3Gate gate = new Http3Gate(setup).fallback();
        gate.install(setup);
        return gate;
    }

    @Test
    void theServerNameChoosesTheCertificate() throws Exception {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var shop = Http3TestClient.connect(gate.address(), "SHOP.internal");
                var other = Http3TestClient.connect(gate.address(), Http3Gate.OTHER)) {
            assertThat(shop.certificate().getSubjectX500Principal().getName()).isEqualTo("CN=" + Http3Gate.SHOP);
            assertThat(other.certificate().getSubjectX500Principal().getName()).isEqualTo("CN=" + Http3Gate.OTHER);
            assertThat(shop.get("/").body()).isEqualTo("x");
        }
    }

    @Test
    void aNewConnectionIsShownTheCertificateThatTookTheOthersPlace() throws Exception {
        TlsCertificate renewed = TlsCertificate.of(Http3Gate.SHOP);
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var before = gate.connect()) {
            gate.showing(renewed).install(Http3Gate.to(upstream));
            try (var after = gate.connect()) {
                assertThat(after.certificate()).isEqualTo(renewed.bundle().getCertificate());
                assertThat(before.certificate())
                        .isEqualTo(Http3Gate.SHOP_CERTIFICATE.bundle().getCertificate());
                assertThat(after.get("/").body()).isEqualTo("x");
                assertThat(before.get("/").body()).isEqualTo("x");
            }
        }
    }

    @Test
    void anUnknownServerNameIsRefusedAndCounted() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream))) {
            assertThatThrownBy(() -> Http3TestClient.connect(gate.address(), "nobody.internal"))
                    .isInstanceOf(IllegalStateException.class);
            Await.until(
                    "the failure to be counted",
                    () -> gate.metrics()
                            .contains(
                                    "moorgate_handshakes_failed_total{listener=\"web\",reason=\"unknown_name\"} 1.0"));
            Await.until("the connection to be gone", () -> gate.dataPlane().connections() == 0);
        }
    }

    @Test
    void aHostOfAnotherCertificateIsMisdirected() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.open().send(Http3Call.head("GET", "/", Http3Gate.OTHER), true);
            assertThat(call.status()).isEqualTo(421);
            assertThat(client.get("/").body()).isEqualTo("x");
        }
    }

    @Test
    void responsesOverTcpTellOfItAndThoseOverQuicDoNot() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = open(Http3Gate.to(upstream));
                var client = gate.connect();
                var plain = RawClient.connectSecured(gate.tcpPort(), Http3Gate.SHOP_CERTIFICATE);
                var http2 =
                        new Http2TestClient(RawClient.connectNegotiating(gate.tcpPort(), Http3Gate.SHOP_CERTIFICATE))) {
            plain.sendHead("GET / HTTP/1.1", "Host: " + Http3Gate.SHOP);
            assertThat(plain.readAnswer().field("Alt-Svc")).isEqualTo(ALT_SVC);
            var answer = http2.getFrom(Http3Gate.SHOP, "/");
            assertThat(answer.body()).isEqualTo("x");
            assertThat(answer.fields()).contains("alt-svc: " + ALT_SVC);
            plain.sendHead("GET / HTTP/1.1", "Host: elsewhere");
            assertThat(plain.readAnswer().field("Alt-Svc")).isEqualTo(ALT_SVC);
            Http3Call call = client.get("/").awaitWhole();
            assertThat(call.field("alt-svc")).isNull();
        }
    }

    @Test
    void whatAnEndpointOrAFilterSaysOfOtherServicesStands() {
        String answer = "HTTP/1.1 200 OK\r\nAlt-Svc: clear\r\nContent-Length: 0\r\n\r\n";
        try (var upstream = ScriptedUpstream.answeringRaw(answer);
                var gate = open(Http3Gate.to(upstream));
                var client = RawClient.connectSecured(gate.tcpPort(), Http3Gate.SHOP_CERTIFICATE)) {
            client.sendHead("GET / HTTP/1.1", "Host: " + Http3Gate.SHOP);
            assertThat(client.readAnswer().fields("Alt-Svc")).containsExactly("clear");
            gate.install(Http3Gate.to(upstream)
                    .filters(new Filter.ResponseHeaders(
                            new Filter.HeaderEdits(List.of(), List.of(), List.of("alt-svc")))));
            client.sendHead("GET / HTTP/1.1", "Host: " + Http3Gate.SHOP);
            assertThat(client.readAnswer().fields("Alt-Svc")).isEmpty();
        }
    }

    @Test
    void aListenerThatIsNotAskedToDoesNotOfferIt() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream))) {
            gate.fallback().alpn("h2", "http/1.1").install(Http3Gate.to(upstream));
            assertThat(gate.dataPlane().boundHttp3Ports()).isEmpty();
            assertThat(gate.metrics()).doesNotContain("moorgate_listener_http3");
            try (var client = RawClient.connectSecured(gate.tcpPort(), Http3Gate.SHOP_CERTIFICATE)) {
                client.sendHead("GET / HTTP/1.1", "Host: " + Http3Gate.SHOP);
                assertThat(client.readAnswer().has("Alt-Svc")).isFalse();
            }
        }
    }

    @Test
    void aListenerThatAsksForCertificatesServesWithoutIt() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream))) {
            gate.clients(new ClientValidation(Http3Gate.SHOP_CERTIFICATE.certificatePem(), false))
                    .install(Http3Gate.to(upstream));
            assertThat(gate.dataPlane().boundHttp3Ports()).isEmpty();
            assertThat(gate.metrics())
                    .contains("moorgate_listener_http3{listener=\"web\",reason=\"client_certificates\"} 0.0");
        }
    }
}
