package dev.moorgate.operator.watch;

import static dev.moorgate.operator.watch.TestCluster.await;
import static dev.moorgate.operator.watch.TestCluster.ingress;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.wire.Push;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The loop from the cluster's events to the data plane, on an API server in memory (fault I18). */
class LoopTest {
    private static final String BASE = TestCluster.INGRESS_CLASS + """
            apiVersion: v1
            kind: Service
            metadata: {name: app, namespace: shop}
            spec: {ports: [{port: 80}]}
            """;

    private static final String GATEWAY = TestCluster.GATEWAY_CLASS + """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: web, namespace: shop}
            spec:
              gatewayClassName: ours
              listeners: [{name: http, port: 80, protocol: HTTP}]
            """;

    @Test
    void anIngressIsInForceSoonAfterItIsMadeAndGoneSoonAfterItIsDeleted() {
        try (TestCluster cluster = TestCluster.with(BASE).run()) {
            await("a first table", () -> !cluster.dataPlane.installed().isEmpty());

            cluster.applyUntil(
                    "the route", ingress("cart"), () -> cluster.routes().size() == 1);

            cluster.client.resource(ingress("cart")).delete();
            await("no route", () -> cluster.routes().isEmpty());
        }
    }

    @Test
    void manyObjectsAtOnceMakeFewCompilesAndNoneIsLost() {
        try (TestCluster cluster = TestCluster.with(BASE).run()) {
            await("a first table", () -> !cluster.dataPlane.installed().isEmpty());
            cluster.applyUntil(
                    "a first route", ingress("cart-0"), () -> cluster.routes().size() == 1);
            int before = cluster.compiles.get();
            long start = System.nanoTime();

            for (int i = 1; i < 100; i++) {
                cluster.apply(ingress("cart-" + i));
            }
            await("all routes", () -> cluster.routes().size() == 100);

            long millis = (System.nanoTime() - start) / 1_000_000;
            assertThat(cluster.compiles.get() - before).isLessThanOrEqualTo((int) (millis / 100) + 2);
        }
    }

    @Test
    void endpointsTakeTheShortCutWithoutACompile() {
        try (TestCluster cluster = TestCluster.with(BASE + "---\n" + ingress("cart") + slice("10.0.0.1"))
                .run()) {
            await("the first endpoint", () -> endpoints(cluster).contains("10.0.0.1"));
            Push before = cluster.dataPlane.installed().getLast();

            AtomicInteger address = new AtomicInteger(1);
            await("a push of endpoints alone", () -> {
                cluster.apply(slice("10.0.0." + address.incrementAndGet() % 250));
                return cluster.endpointPushes.get() > 0;
            });
            await("the newest endpoint", () -> endpoints(cluster).contains("10.0.0." + address.get() % 250));

            assertThat(cluster.dataPlane.installed().getLast().table()).isEqualTo(before.table());
        }
    }

    @Test
    void anAckIsAnEventThatIsToldWithTheCompilationItBelongsTo() {
        try (TestCluster cluster =
                TestCluster.with(BASE + "---\n" + ingress("cart")).run()) {
            await(
                    "an ack",
                    () -> cluster.rollouts.stream()
                            .anyMatch(rollout ->
                                    rollout.connected() && rollout.acked().isPresent()));
        }
    }

    @Test
    void aKindIsPickedUpWhenItsCrdAppearsAndDroppedWhenItGoes() {
        try (TestCluster cluster = TestCluster.with(BASE).run()) {
            await("a first table", () -> !cluster.dataPlane.installed().isEmpty());

            cluster.serve("GatewayClass", "gatewayclasses", "gateway.networking.k8s.io", "v1");
            cluster.serve("Gateway", "gateways", "gateway.networking.k8s.io", "v1");
            cluster.applyUntil("the Gateway's listener", GATEWAY, () -> listeners(cluster) == 1);

            cluster.client
                    .apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .withName("gateways.gateway.networking.k8s.io")
                    .delete();
            await("no listener", () -> listeners(cluster) == 0);
        }
    }

    @Test
    void aSecretIsReadOnlyWhenAnIngressAsksForIt() {
        String secret = """
                apiVersion: v1
                kind: Secret
                metadata: {name: cert, namespace: shop}
                type: Opaque
                """;
        try (TestCluster cluster = TestCluster.with(BASE + "---\n" + secret).run()) {
            await("a first table", () -> !cluster.dataPlane.installed().isEmpty());

            cluster.apply(ingress("cart") + "  tls: [{hosts: [cart.example], secretName: cert}]\n");
            await(
                    "its finding",
                    () -> cluster.compilations.getLast().report().errors().stream()
                            .anyMatch(finding -> finding.message().contains("kubernetes.io/tls")));

            cluster.deleteUntil(
                    "its absence",
                    secret,
                    () -> cluster.compilations.getLast().report().errors().stream()
                            .anyMatch(finding -> finding.message().contains("does not exist")));
        }
    }

    private static long listeners(TestCluster cluster) {
        return cluster.dataPlane.installed().isEmpty()
                ? 0
                : cluster.dataPlane.installed().getLast().table().listeners().stream()
                        .filter(listener -> listener.name().startsWith("gateway/"))
                        .count();
    }

    private static String endpoints(TestCluster cluster) {
        return cluster.dataPlane.installed().isEmpty()
                ? ""
                : cluster.dataPlane.installed().getLast().endpoints().toString();
    }

    private static String slice(String address) {
        return """
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: app-1, namespace: shop, labels: {kubernetes.io/service-name: app}}
                addressType: IPv4
                ports: [{port: 8080}]
                endpoints: [{addresses: [%s]}]
                """.formatted(address);
    }
}
