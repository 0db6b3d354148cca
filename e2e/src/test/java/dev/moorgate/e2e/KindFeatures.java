package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.moorgate.e2e.grpc.GrpcCall;
import dev.moorgate.e2e.tls.Certificates;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gateway API beside HTTPRoute: calls, listeners of others, TLS to endpoints, and TLS that is none of ours. */
final class KindFeatures {
    private static final String ECHO = "/gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/";

    static final List<Feature> ALL = List.of(
            new Feature(
                    "grpc-route",
                    "A GRPCRoute carries calls to their service, with status and trailers as the service says",
                    List.of("grpc.yaml"),
                    KindFeatures::grpcRoute),
            new Feature(
                    "listener-set",
                    "A ListenerSet adds a port to a Gateway that allows it, and takes it away where it no longer does",
                    List.of("echo.yaml"),
                    KindFeatures::listenerSet),
            new Feature(
                    "backend-tls",
                    "A BackendTLSPolicy has endpoints reached in TLS with the Gateway's certificate, and never without verifying theirs",
                    List.of(),
                    KindFeatures::backendTls),
            new Feature(
                    "tls-route",
                    "A TLSRoute passes connections through by server name, and a name that it has not reaches nobody",
                    List.of(),
                    KindFeatures::tlsRoute));

    private KindFeatures() {}

    private static void grpcRoute(Scene scene) throws Exception {
        String address = scene.gateway("gate");
        scene.awaitRollout("deployment/calls");
        Await.until(Scene.SOON, () -> {
            GrpcCall echoed = GrpcCall.of(address, 80, scene.host(), ECHO + "Echo");
            assertThat(echoed.grpcStatus()).as(echoed.toString()).isEqualTo(Optional.of("0"));
            assertThat(echoed.content()).contains("calls-").contains(ECHO + "Echo");
        });
        // the service has no such method and says so; a service without route is refused by the proxy
        assertThat(GrpcCall.of(address, 80, scene.host(), ECHO + "EchoThree").grpcStatus())
                .isEqualTo(Optional.of("12"));
        GrpcCall other = GrpcCall.of(address, 80, scene.host(), "/other.Service/Echo");
        assertThat(other.grpcStatus()).isNotEqualTo(Optional.of("0"));
        assertThat(other.content()).doesNotContain("calls-");
        Await.until(Scene.SOON, () -> {
            JsonNode parent = scene.object("grpcroute", "calls")
                    .path("status")
                    .path("parents")
                    .path(0);
            Scene.needCondition(parent, "Accepted", "True", "Accepted");
            Scene.needCondition(parent, "ResolvedRefs", "True", "ResolvedRefs");
        });
    }

    private static void listenerSet(Scene scene) throws Exception {
        scene.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: gate}
                spec:
                  gatewayClassName: ${class}
                  allowedListeners: {namespaces: {from: Same}}
                  listeners: [{name: http, port: 80, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: ListenerSet
                metadata: {name: more}
                spec:
                  parentRef: {name: gate}
                  listeners: [{name: other, port: 8080, protocol: HTTP, hostname: "${host}"}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: echo}
                spec:
                  parentRefs: [{kind: ListenerSet, name: more}]
                  rules: [{backendRefs: [{name: echo, port: 80}]}]
                """);
        String address = scene.gateway("gate");
        Await.until(Scene.SOON, () -> {
            try (Client client = Client.http(address, 8080)) {
                Reply reply = client.get(scene.host(), "/", Map.of());
                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.pod()).startsWith("echo-");
            }
        });
        scene.awaitStatus(address, "/", 404);
        awaitListenerSet(scene, "True", "Accepted");
        scene.kubectl(
                "patch",
                "gateway",
                "gate",
                "--type=merge",
                "-p",
                "{\"spec\":{\"allowedListeners\":{\"namespaces\":{\"from\":\"None\"}}}}");
        awaitListenerSet(scene, "False", "NotAllowed");
        Await.until(
                Scene.SOON,
                () -> assertThatThrownBy(() -> Client.http(address, 8080).close())
                        .isInstanceOf(IOException.class));
    }

    private static void awaitListenerSet(Scene scene, String status, String reason) throws Exception {
        Await.until(
                Scene.SOON,
                () -> Scene.needCondition(
                        scene.object("listenerset", "more").path("status"), "Accepted", status, reason));
    }

    private static void backendTls(Scene scene) throws Exception {
        var server = new Certificates("safe.example.com");
        var gate = new Certificates("gate.example.com");
        applySafe(scene, server, gate);
        scene.apply(gate.secret("gate-tls"));
        scene.apply(server.authority("safe-ca"));
        scene.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: gate}
                spec:
                  gatewayClassName: ${class}
                  tls: {backend: {clientCertificateRef: {name: gate-tls}}}
                  listeners: [{name: http, port: 80, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: safe}
                spec:
                  parentRefs: [{name: gate}]
                  hostnames: ["${host}"]
                  rules: [{backendRefs: [{name: safe, port: 443}]}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: BackendTLSPolicy
                metadata: {name: safe}
                spec:
                  targetRefs: [{group: "", kind: Service, name: safe}]
                  validation:
                    hostname: safe.example.com
                    caCertificateRefs: [{group: "", kind: ConfigMap, name: safe-ca}]
                """);
        String address = scene.gateway("gate");
        scene.awaitRollout("deployment/safe");
        scene.awaitStatus(address, "/", 200);
        JsonNode tls = scene.get(address, "/").json().path("tls");
        assertThat(tls.path("serverName").asText()).isEqualTo("safe.example.com");
        assertThat(tls.path("peerCertificates").path(0).asText().strip())
                .isEqualToNormalizingNewlines(gate.pem().strip());

        patchPolicy(scene, "{\"spec\":{\"validation\":{\"hostname\":\"other.example.com\"}}}");
        scene.awaitStatus(address, "/", 502);
        assertThat(scene.get(address, "/").body()).contains("tls_verify");

        scene.kubectl("delete", "configmap", "safe-ca");
        scene.awaitStatus(address, "/", 500);
        Await.until(
                Scene.SOON,
                () -> Scene.needCondition(
                        scene.object("backendtlspolicy", "safe")
                                .path("status")
                                .path("ancestors")
                                .path(0),
                        "Accepted",
                        "False",
                        "NoValidCACertificate"));

        scene.apply(server.authority("safe-ca"));
        patchPolicy(scene, "{\"spec\":{\"validation\":{\"hostname\":\"safe.example.com\"}}}");
        scene.awaitStatus(address, "/", 200);
    }

    private static void patchPolicy(Scene scene, String patch) {
        scene.kubectl("patch", "backendtlspolicy", "safe", "--type=merge", "-p", patch);
    }

    /** The pod that takes HTTPS alone. */
    private static void applySafe(Scene scene, Certificates server, Certificates clients) throws IOException {
        scene.apply(server.secret("safe-tls"));
        scene.apply(clients.authority("gate-ca"));
        scene.applyFile("echo-tls.yaml");
    }

    private static void tlsRoute(Scene scene) throws Exception {
        var server = new Certificates(scene.host());
        applySafe(scene, server, server);
        scene.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: gate}
                spec:
                  gatewayClassName: ${class}
                  listeners: [{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: TLSRoute
                metadata: {name: safe}
                spec:
                  parentRefs: [{name: gate}]
                  hostnames: ["${host}"]
                  rules: [{backendRefs: [{name: safe, port: 443}]}]
                """);
        String address = scene.gateway("gate");
        scene.awaitRollout("deployment/safe");
        Await.until(Scene.SOON, () -> {
            try (Client client = Client.https(address, 443, scene.host())) {
                assertThat(client.certificate().getSerialNumber()).isEqualTo(server.serial());
                Reply reply = client.get(scene.host(), "/", Map.of());
                assertThat(reply.pod()).startsWith("safe-");
                assertThat(reply.json().path("tls").path("serverName").asText()).isEqualTo(scene.host());
            }
        });
        assertThatThrownBy(() -> Client.https(address, 443, "other.example.com").close())
                .isInstanceOf(IOException.class);
    }
}
