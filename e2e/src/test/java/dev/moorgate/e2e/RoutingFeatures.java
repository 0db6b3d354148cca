package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.e2e.tls.Certificates;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a route says is what is served, over HTTP and HTTPS, and its status says so. */
final class RoutingFeatures {
    private static final int ASKED = 400;

    static final List<Feature> ALL = List.of(
            new Feature(
                    "ingress",
                    "An Ingress is served over HTTP, at the address in its status",
                    List.of("echo.yaml", "ingress.yaml"),
                    RoutingFeatures::ingress),
            new Feature(
                    "ingress-https",
                    "An Ingress is served over HTTPS; a new certificate in its Secret is shown at once, and no request fails",
                    List.of("echo.yaml"),
                    RoutingFeatures::ingressHttps),
            new Feature(
                    "gateway",
                    "An HTTPRoute is served at the address of its Gateway, and nowhere else",
                    List.of("echo.yaml", "gateway.yaml"),
                    RoutingFeatures::gateway),
            new Feature(
                    "gateway-https",
                    "An HTTPRoute is served over HTTPS; a new certificate in its Secret is shown at once",
                    List.of("echo.yaml"),
                    RoutingFeatures::gatewayHttps),
            new Feature(
                    "canary",
                    "Weights split requests, and a change of weights is followed",
                    List.of("echo.yaml", "gateway.yaml", "canary.yaml"),
                    RoutingFeatures::canary),
            new Feature(
                    "reference-grant",
                    "A backend in another namespace is served with a ReferenceGrant and only with one",
                    List.of("gateway.yaml"),
                    RoutingFeatures::referenceGrant),
            new Feature(
                    "many",
                    "A bad object among 1,000 good ones costs nobody else anything",
                    List.of("echo.yaml", "gateway.yaml"),
                    RoutingFeatures::many));

    private RoutingFeatures() {}

    private static void ingress(Scene scene) throws Exception {
        String address = scene.release().address();
        scene.awaitStatus(address, "/", 200);
        assertThat(scene.get(address, "/").pod()).startsWith("echo-");
        Await.until(
                Scene.SOON,
                () -> assertThat(scene.object("ingress", "echo")
                                .path("status")
                                .path("loadBalancer")
                                .path("ingress")
                                .path(0)
                                .path("ip")
                                .asText())
                        .isEqualTo(address));
        scene.kubectl("delete", "ingress", "echo");
        scene.awaitGone(address);
    }

    private static void ingressHttps(Scene scene) throws Exception {
        var first = new Certificates(scene.host());
        var second = new Certificates(scene.host());
        scene.apply(first.secret("echo-tls"));
        scene.applyFile("ingress-tls.yaml");
        String address = scene.release().address();
        awaitShown(scene, address, first);
        scene.awaitStatus(address, "/", 200);
        try (Traffic traffic = Traffic.start(2, address, scene.host(), "/")) {
            scene.apply(second.secret("echo-tls"));
            awaitShown(scene, address, second);
            assertThat(traffic.stop()).isEmpty();
        }
    }

    private static void gateway(Scene scene) throws Exception {
        String address = scene.gateway("gate");
        scene.awaitRoute("echo", "Accepted", "True", "Accepted");
        scene.awaitRoute("echo", "ResolvedRefs", "True", "ResolvedRefs");
        scene.awaitStatus(address, "/", 200);
        assertThat(address).isNotEqualTo(scene.release().address());
        assertThat(scene.isServed(scene.release().address())).isFalse();
        scene.kubectl("delete", "httproute", "echo");
        scene.awaitStatus(address, "/", 404);
    }

    private static void gatewayHttps(Scene scene) throws Exception {
        var first = new Certificates(scene.host());
        var second = new Certificates(scene.host());
        scene.apply(first.secret("echo-tls"));
        scene.applyFile("gateway-tls.yaml");
        scene.apply("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: echo}
                spec:
                  parentRefs: [{name: gate}]
                  hostnames: ["${host}"]
                  rules:
                    - backendRefs: [{name: echo, port: 80}]
                """);
        String address = scene.gateway("gate");
        awaitShown(scene, address, first);
        scene.awaitStatus(address, "/", 200);
        scene.apply(second.secret("echo-tls"));
        awaitShown(scene, address, second);
    }

    private static void awaitShown(Scene scene, String address, Certificates wanted) throws Exception {
        Await.until(Scene.SOON, () -> {
            try (Client client = Client.https(address, 443, scene.host())) {
                assertThat(client.certificate().getSerialNumber()).isEqualTo(wanted.serial());
                assertThat(client.get(scene.host(), "/", Map.of()).status()).isEqualTo(200);
            }
        });
    }

    private static void canary(Scene scene) throws Exception {
        String address = scene.gateway("gate");
        scene.awaitRollout("deployment/echo");
        scene.awaitRollout("deployment/canary");
        // a tenth of 400, give or take five standard deviations
        Await.until(Scene.SOON, () -> assertThat(share(scene, address)).isBetween(10, 70));
        scene.kubectl(
                "patch",
                "httproute",
                "echo",
                "--type=json",
                "-p",
                "[{\"op\":\"replace\",\"path\":\"/spec/rules/0/backendRefs/1/weight\",\"value\":0}]");
        Await.until(Scene.SOON, () -> assertThat(share(scene, address)).isZero());
    }

    /** How many of the requests the canary got. */
    private static int share(Scene scene, String address) throws Exception {
        Map<Boolean, Integer> count = new HashMap<>();
        try (Client client = Client.http(address, 80)) {
            for (int i = 0; i < ASKED; i++) {
                Reply reply = client.get(scene.host(), "/", Map.of());
                assertThat(reply.status()).isEqualTo(200);
                count.merge(reply.pod().startsWith("canary"), 1, Integer::sum);
            }
        }
        return count.getOrDefault(true, 0);
    }

    private static void referenceGrant(Scene scene) throws Exception {
        String other = scene.namespace() + "-other";
        scene.cluster().kubectl().run("create", "namespace", other);
        try {
            scene.apply(scene.filled("echo.yaml"), other);
            scene.kubectl(
                    "patch",
                    "httproute",
                    "echo",
                    "--type=json",
                    "-p",
                    "[{\"op\":\"add\",\"path\":\"/spec/rules/0/backendRefs/0/namespace\",\"value\":\"" + other
                            + "\"}]");
            String address = scene.gateway("gate");
            scene.awaitRoute("echo", "ResolvedRefs", "False", "RefNotPermitted");
            scene.awaitStatus(address, "/", 500);
            scene.apply("""
                    apiVersion: gateway.networking.k8s.io/v1beta1
                    kind: ReferenceGrant
                    metadata: {name: routes}
                    spec:
                      from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: "${namespace}"}]
                      to: [{group: "", kind: Service}]
                    """, other);
            scene.awaitRoute("echo", "ResolvedRefs", "True", "ResolvedRefs");
            scene.awaitStatus(address, "/", 200);
            scene.cluster().kubectl().run("delete", "referencegrant", "routes", "-n", other);
            scene.awaitStatus(address, "/", 500);
        } finally {
            scene.cluster().kubectl().run("delete", "namespace", other, "--wait=false");
        }
    }

    private static void many(Scene scene) throws Exception {
        String address = scene.gateway("gate");
        scene.awaitStatus(address, "/", 200);
        try (Traffic traffic = Traffic.start(1, address, scene.host(), "/")) {
            var routes = new StringBuilder();
            for (int i = 0; i < 1000; i++) {
                // one that names a Service which is not there, and a filter that no proxy could obey
                String backend = i == 500 ? "nowhere" : "echo";
                routes.append("""
                        ---
                        apiVersion: gateway.networking.k8s.io/v1
                        kind: HTTPRoute
                        metadata: {name: "r%1$d"}
                        spec:
                          parentRefs: [{name: gate}]
                          hostnames: ["${host}"]
                          rules:
                            - matches: [{path: {type: PathPrefix, value: "/r%1$d"}}]
                              backendRefs: [{name: %2$s, port: 80}]
                        """.formatted(i, backend));
            }
            scene.apply(routes.toString());
            Await.until(
                    Duration.ofSeconds(60),
                    () -> assertThat(scene.get(address, "/r500").status()).isEqualTo(500));
            scene.awaitStatus(address, "/r999", 200);
            for (int i = 0; i < 1000; i += 37) {
                assertThat(scene.get(address, "/r" + i).status()).isEqualTo(200);
            }
            scene.awaitRoute("r500", "ResolvedRefs", "False", "BackendNotFound");
            scene.awaitRoute("r501", "ResolvedRefs", "True", "ResolvedRefs");
            assertThat(traffic.stop()).isEmpty();
        }
    }
}
