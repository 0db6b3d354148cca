package dev.moorgate.operator.watch;

import static dev.moorgate.operator.watch.TestCluster.await;

import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What is no longer ours is withdrawn from the table, and what becomes ours comes in (fault I12). */
class ClassChangeTest {
    private static final String CLASSES = TestCluster.INGRESS_CLASS + """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: others}
            spec: {controller: example.com/other}
            ---
            """;

    private static final String GATEWAYS = TestCluster.GATEWAY_CLASS + """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: others}
            spec: {controllerName: example.com/other}
            ---
            """;

    private static String ingress(String name, String className) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: %s, namespace: shop}
                spec:
                  ingressClassName: %s
                  rules:
                    - host: %s.example
                      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: app, port: {number: 80}}}}]}
                """.formatted(name, className, name);
    }

    private static String gateway(String name, String className) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {name: %s, namespace: shop}
                spec:
                  gatewayClassName: %s
                  listeners: [{name: http, port: 80, protocol: HTTP}]
                """.formatted(name, className);
    }

    private static String route(String name, String parent) {
        return """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: %s, namespace: shop}
                spec:
                  parentRefs: [{name: %s}]
                  hostnames: [%s.example]
                  rules: [{backendRefs: [{name: app, port: 80}]}]
                """.formatted(name, parent, name);
    }

    /** Whether the routes of the newest table are of these objects, and of no other. */
    private static boolean holds(TestCluster cluster, String... sources) {
        return cluster.routes().stream()
                .map(source -> source.replaceFirst(" \\S+$", ""))
                .collect(Collectors.toSet())
                .equals(Set.of(sources));
    }

    @Test
    void anIngressComesAndGoesWithItsClass() {
        String ours = "Ingress shop/cart";
        String stays = "Ingress shop/stays";
        try (TestCluster cluster =
                TestCluster.with(CLASSES + ingress("cart", "others") + "---\n" + ingress("stays", "ours"))) {
            cluster.run();
            await("ours alone", () -> holds(cluster, stays));
            cluster.applyUntil("it to come", ingress("cart", "ours"), () -> holds(cluster, ours, stays));
            cluster.applyUntil("it to go", ingress("cart", "others"), () -> holds(cluster, stays));
            cluster.applyUntil("it to come again", ingress("cart", "ours"), () -> holds(cluster, ours, stays));
            cluster.deleteUntil(
                    "all to go with the class", """
                    apiVersion: networking.k8s.io/v1
                    kind: IngressClass
                    metadata: {name: ours}
                    spec: {controller: moorgate.dev/ingress-controller}
                    """, () -> cluster.routes().isEmpty());
            cluster.applyUntil("all to come with it", CLASSES, () -> holds(cluster, ours, stays));
        }
    }

    @Test
    void aRouteComesAndGoesWithItsGateway() {
        String ours = "HTTPRoute shop/cart";
        String stays = "HTTPRoute shop/stays";
        TestCluster made = new TestCluster();
        made.serve("GatewayClass", "gatewayclasses", "gateway.networking.k8s.io", "v1");
        made.serve("Gateway", "gateways", "gateway.networking.k8s.io", "v1");
        made.serve("HTTPRoute", "httproutes", "gateway.networking.k8s.io", "v1");
        made.apply("""
                apiVersion: moorgate.dev/v1alpha1
                kind: DataPlane
                metadata: {name: moorgate, namespace: release, generation: 1}
                spec: {}
                """);
        made.apply(GATEWAYS + gateway("edge", "ours") + "---\n" + gateway("foreign", "others") + "---\n"
                + route("cart", "foreign") + "---\n" + route("stays", "edge"));
        try (TestCluster cluster = made) {
            cluster.run();
            await("ours alone", () -> holds(cluster, stays));
            cluster.applyUntil("it to come", route("cart", "edge"), () -> holds(cluster, ours, stays));
            cluster.applyUntil("it to go", route("cart", "foreign"), () -> holds(cluster, stays));
            cluster.applyUntil(
                    "it to come with its Gateway", gateway("foreign", "ours"), () -> holds(cluster, ours, stays));
            cluster.applyUntil("it to go with its Gateway", gateway("foreign", "others"), () -> holds(cluster, stays));
        }
    }
}
