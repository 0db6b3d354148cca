package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moorgate.e2e.tls.Certificates;
import dev.moorgate.e2e.tls.Offer;
import dev.moorgate.e2e.tls.Responder;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;

/** TLS with clients: policies of versions and suites, their certificates, and what is shown of ours. */
final class TlsFeatures {
    /** On connections of their own, so that each of two replicas has nearly surely been asked. */
    private static final int ASKED = 12;

    private static final String AES_1_2 = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    private static final String CHACHA_1_3 = "TLS_CHACHA20_POLY1305_SHA256";
    private static final String AES_1_3 = "TLS_AES_256_GCM_SHA384";

    static final List<Feature> ALL = List.of(
            new Feature(
                    "tls-policy",
                    "A listener's TLS policy picks versions and suites, and a change of it is in force without a failed request",
                    List.of("echo.yaml"),
                    TlsFeatures::tlsPolicy),
            new Feature(
                    "client-certificates",
                    "A Gateway that verifies clients lets in who shows a certificate, tells endpoints whose it is, and nobody else can",
                    List.of("echo.yaml"),
                    TlsFeatures::clientCertificates),
            new Feature(
                    "ocsp-stapling",
                    "With stapling switched on every replica asks a certificate's OCSP responder, and clients are shown the answer",
                    List.of("echo.yaml"),
                    TlsFeatures::stapling));

    private TlsFeatures() {}

    private static void tlsPolicy(Scene scene) throws Exception {
        scene.apply(new Certificates(scene.host()).secret("echo-tls"));
        applyGateway(scene, "", policy("modern"));
        String address = scene.gateway("gate");
        awaitSuite(scene, address, Offer.of("TLSv1.3", CHACHA_1_3), CHACHA_1_3);
        awaitSuite(scene, address, Offer.of("TLSv1.3", AES_1_3), AES_1_3);
        awaitRefused(scene, address, Offer.of("TLSv1.2"), "protocol_version");

        try (Traffic traffic = Traffic.startSecured(address, scene.host(), "/")) {
            applyGateway(scene, "", policy("nist"));
            awaitSuite(scene, address, Offer.of("TLSv1.2", AES_1_2), AES_1_2);
            awaitSuite(scene, address, Offer.of("TLSv1.3", AES_1_3), AES_1_3);
            awaitRefused(scene, address, Offer.of("TLSv1.3", CHACHA_1_3), "handshake_failure");

            applyGateway(scene, "", policy("modern"));
            awaitRefused(scene, address, Offer.of("TLSv1.2"), "protocol_version");
            awaitSuite(scene, address, Offer.of("TLSv1.3", CHACHA_1_3), CHACHA_1_3);
            assertThat(traffic.stop()).isEmpty();
            assertThat(traffic.answered()).isPositive();
        }
    }

    private static void awaitSuite(Scene scene, String address, Offer offer, String suite) throws Exception {
        Await.until(Scene.SOON, () -> {
            for (int i = 0; i < ASKED; i++) {
                try (Client client = Client.https(address, 443, scene.host(), offer)) {
                    assertThat(client.suite()).isEqualTo(suite);
                    assertThat(client.get(scene.host(), "/", Map.of()).status()).isEqualTo(200);
                }
            }
        });
    }

    private static void awaitRefused(Scene scene, String address, Offer offer, String alert) throws Exception {
        Await.until(Scene.SOON, () -> {
            for (int i = 0; i < ASKED; i++) {
                assertThatThrownBy(() -> ask(scene, address, offer, Map.of()))
                        .isInstanceOf(IOException.class)
                        .isNotInstanceOfAny(ConnectException.class, SocketTimeoutException.class)
                        .hasMessageContaining(alert);
            }
        });
    }

    private static Reply ask(Scene scene, String address, Offer offer, Map<String, String> fields) throws IOException {
        try (Client client = Client.https(address, 443, scene.host(), offer)) {
            return client.get(scene.host(), "/", fields);
        }
    }

    private static void clientCertificates(Scene scene) throws Exception {
        var alice = new Certificates("alice.example.com");
        var stranger = new Certificates("stranger.example.com");
        var forged = Map.of("Client-Cert", ":AAAA:", "X-Client-Cert-Subject", "CN=root");
        scene.apply(new Certificates(scene.host()).secret("echo-tls"));
        scene.apply(alice.authority("clients"));
        applyGateway(scene, verifying("AllowValidOnly"), "");
        String address = scene.gateway("gate");

        awaitSubject(scene, address, Offer.showing(alice), forged, List.of("CN=alice.example.com"));
        // in TLS 1.3 a server refuses once the client believes that all is done: the request fails
        awaitRefused(scene, address, Offer.ANYTHING, "");
        awaitRefused(scene, address, Offer.showing(stranger), "");
        scene.awaitStatus(address, "/", 200);
        assertThat(subject(scene.get(address, "/", "X-Client-Cert-Subject", "CN=root")))
                .isEmpty();

        applyGateway(scene, verifying("AllowInsecureFallback"), "");
        awaitSubject(scene, address, Offer.ANYTHING, forged, List.of());
        awaitSubject(scene, address, Offer.showing(alice), forged, List.of("CN=alice.example.com"));
    }

    private static void awaitSubject(
            Scene scene, String address, Offer offer, Map<String, String> fields, List<String> subject)
            throws Exception {
        Await.until(Scene.SOON, () -> {
            for (int i = 0; i < ASKED; i++) {
                Reply reply = ask(scene, address, offer, fields);
                assertThat(reply.status()).isEqualTo(200);
                assertThat(subject(reply)).isEqualTo(subject);
                assertThat(reply.json().path("headers").path("Client-Cert").size())
                        .isEqualTo(subject.size());
                assertThat(reply.body()).doesNotContain(":AAAA:").doesNotContain("CN=root");
            }
        });
    }

    private static void stapling(Scene scene) throws Exception {
        Release release = scene.release();
        try (var responder = new Responder(scene.cluster().ownAddress(), scene.host())) {
            scene.apply(responder.secret("echo-tls"));
            applyGateway(scene, "", "");
            String address = scene.gateway("gate");
            awaitShown(scene, address, responder, "no response sent");
            assertThat(responder.answers()).isZero();

            patchStapling(release, "true");
            awaitShown(scene, address, responder, "Cert Status: good");
            assertThat(responder.answers())
                    .isGreaterThanOrEqualTo(release.pods().size());

            patchStapling(release, "null");
            awaitShown(scene, address, responder, "no response sent");
        }
    }

    private static void patchStapling(Release release, String on) {
        String patch = "{\"spec\":{\"tls\":{\"ocspStapling\":" + on + "}}}";
        release.kubectl("patch", "dataplane", release.name(), "--type=merge", "-p", patch);
    }

    /** What OpenSSL's client says of the answer, which is believed where the certificate is. */
    private static void awaitShown(Scene scene, String address, Responder responder, String words) throws Exception {
        var openssl = new Tool("openssl", Map.of());
        Await.until(Scene.SOON, () -> {
            for (int i = 0; i < ASKED; i++) {
                String said = openssl.run(
                        "s_client",
                        "-connect",
                        address + ":443",
                        "-servername",
                        scene.host(),
                        "-status",
                        "-verify_return_error",
                        "-CAfile",
                        responder.authority().toString());
                assertThat(said).contains("Verify return code: 0 (ok)").contains(words);
            }
        });
    }

    /** As the endpoint was told. */
    private static List<String> subject(Reply reply) {
        return reply.json()
                .path("headers")
                .path("X-Client-Cert-Subject")
                .valueStream()
                .map(JsonNode::asText)
                .toList();
    }

    /** A Gateway with a listener in clear and one in TLS, and a route on both; each argument is a line of its spec. */
    private static void applyGateway(Scene scene, String tls, String options) {
        scene.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: gate}
                spec:
                  gatewayClassName: ${class}
                  %s
                  listeners:
                    - {name: http, port: 80, protocol: HTTP}
                    - name: https
                      port: 443
                      protocol: HTTPS
                      hostname: "${host}"
                      tls:
                        certificateRefs: [{name: echo-tls}]
                        %s
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: echo}
                spec:
                  parentRefs: [{name: gate}]
                  hostnames: ["${host}"]
                  rules: [{backendRefs: [{name: echo, port: 80}]}]
                """.formatted(tls, options));
    }

    private static String policy(String name) {
        return "options: {moorgate.dev/tls-policy: " + name + "}";
    }

    private static String verifying(String mode) {
        return "tls: {frontend: {default: {validation: {mode: " + mode
                + ", caCertificateRefs: [{group: \"\", kind: ConfigMap, name: clients}]}}}}";
    }
}
