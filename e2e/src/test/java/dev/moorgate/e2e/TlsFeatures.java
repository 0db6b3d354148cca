package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moorgate.e2e.tls.Certificates;
import dev.moorgate.e2e.tls.Offer;
import dev.moorgate.e2e.tls.Responder;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** TLS with clients, and HTTP/3: policies of versions and suites, their certificates, and what is shown of ours. */
final class TlsFeatures {
    private static final Optional<String> ALT_SVC = Optional.of("h3=\":443\"; ma=86400");

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
                    TlsFeatures::stapling),
            new Feature(
                    "http3",
                    "Switched on, clients of TCP are told of HTTP/3, and a client of it is served through the Gateway's Service",
                    List.of("echo.yaml"),
                    TlsFeatures::http3));

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
            for (int i = 0; i < Scene.ASKED; i++) {
                try (Client client = Client.https(address, 443, scene.host(), offer)) {
                    assertThat(client.suite()).isEqualTo(suite);
                    assertThat(client.get(scene.host(), "/", Map.of()).status()).isEqualTo(200);
                }
            }
        });
    }

    private static void awaitRefused(Scene scene, String address, Offer offer, String alert) throws Exception {
        Await.until(Scene.SOON, () -> {
            for (int i = 0; i < Scene.ASKED; i++) {
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
            for (int i = 0; i < Scene.ASKED; i++) {
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
            for (int i = 0; i < Scene.ASKED; i++) {
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

    // ------------------------------------------------------------------ HTTP/3

    /** {@code e2e.http3} is the client of bench/http3, which is the endpoint of what it asks as well. */
    private static void http3(Scene scene) throws Exception {
        Optional<String> client = Optional.ofNullable(System.getProperty("e2e.http3"));
        if (client.isEmpty()) {
            System.out.println("e2e: http3: SKIPPED: no -De2e.http3=CLIENT");
            return;
        }
        String own = scene.cluster().ownAddress();
        int port = freePort();
        scene.apply(new Certificates(scene.host()).secret("echo-tls"));
        applyOutside(scene, own, port);
        String address = scene.gateway("gate");
        awaitTold(scene, address, Optional.empty());
        assertThat(protocols(scene)).isEqualTo("TCP");
        try {
            patchHttp3(scene, "{\"enabled\":true}");
            awaitTold(scene, address, ALT_SVC);
            Await.until(Scene.SOON, () -> assertThat(protocols(scene)).isEqualTo("TCP UDP"));
            var tool = new Tool(client.get(), Map.of());
            Await.until(
                    Scene.SOON,
                    () -> assertThat(tool.run(address + ":443", scene.host(), own + ":" + port))
                            .contains("5 checks by another client, 5 passed"));
        } finally {
            patchHttp3(scene, "null");
        }
        awaitTold(scene, address, Optional.empty());
        Await.until(Scene.SOON, () -> assertThat(protocols(scene)).isEqualTo("TCP"));
    }

    private static int freePort() throws IOException {
        try (var bound = new ServerSocket(0)) {
            return bound.getLocalPort();
        }
    }

    private static void patchHttp3(Scene scene, String http3) {
        Release release = scene.release();
        String patch = "{\"spec\":{\"http3\":" + http3 + "}}";
        release.kubectl("patch", "dataplane", release.name(), "--type=merge", "-p", patch);
    }

    /** Of the ports of the Gateway's Service. */
    private static String protocols(Scene scene) {
        String label = "moorgate.dev/gateway-namespace=" + scene.namespace();
        return scene.release()
                .kubectl("get", "services", "-l", label, "-o", "jsonpath={.items[*].spec.ports[*].protocol}");
    }

    /** Until every replica tells clients of TCP so. */
    private static void awaitTold(Scene scene, String address, Optional<String> told) throws Exception {
        Await.until(Scene.SOON, () -> {
            for (int i = 0; i < Scene.ASKED; i++) {
                try (Client client = Client.https(address, 443, scene.host())) {
                    Reply reply = client.get(scene.host(), "/echo-basic", Map.of());
                    assertThat(reply.status()).isEqualTo(200);
                    assertThat(reply.header("alt-svc")).isEqualTo(told);
                }
            }
        });
    }

    private static void applyOutside(Scene scene, String own, int port) {
        scene.apply("""
                apiVersion: v1
                kind: Service
                metadata: {name: outside}
                spec: {ports: [{name: http, port: 80}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: outside-1, labels: {kubernetes.io/service-name: outside}}
                addressType: IPv4
                ports: [{name: http, port: %d}]
                endpoints: [{addresses: ["%s"]}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: gate}
                spec:
                  gatewayClassName: ${class}
                  listeners:
                    - name: https
                      port: 443
                      protocol: HTTPS
                      hostname: "${host}"
                      tls: {certificateRefs: [{name: echo-tls}]}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: outside}
                spec:
                  parentRefs: [{name: gate}]
                  rules:
                    - backendRefs: [{name: outside, port: 80}]
                    - matches: [{path: {value: /echo-basic}}]
                      backendRefs: [{name: echo, port: 80}]
                """.formatted(port, own));
    }
}
