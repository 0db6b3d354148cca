package dev.moorgate.operator.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.snapshot.PortAllotment.GatewayPort;
import org.junit.jupiter.api.Test;

class PortAllotmentTest {
    private static final String CLASS = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: ours}
            spec: {controllerName: moorgate.dev/gateway-controller}
            """;
    private static final String GATEWAYS = CLASS + """
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: web, namespace: shop, uid: 0a}
            spec:
              gatewayClassName: ours
              listeners:
              - {name: a, port: 80, protocol: HTTP, hostname: a.example}
              - {name: b, port: 80, protocol: HTTP, hostname: b.example}
              - {name: c, port: 443, protocol: HTTPS}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: other, namespace: shop, uid: 0b}
            spec:
              gatewayClassName: another
              listeners: [{name: a, port: 80, protocol: HTTP}]
            """;
    private static final GatewayPort HTTP = new GatewayPort("shop", "web", 80);
    private static final GatewayPort HTTPS = new GatewayPort("shop", "web", 443);

    @Test
    void aGatewayOfOursWithoutServiceGetsOnePortForEachDeclaredOneAndIsNotBound() {
        PortAllotment allotment = allot(GATEWAYS);

        assertThat(allotment.bound()).isEmpty();
        assertThat(allotment.isBound()).isFalse();
        assertThat(allotment.wanted()).containsOnlyKeys(HTTP, HTTPS);
        assertThat(allotment.wanted().values())
                .doesNotHaveDuplicates()
                .allMatch(port -> port >= 10_000 && port < 30_000);
        assertThat(allot(GATEWAYS)).isEqualTo(allotment);
    }

    @Test
    void whatTheServiceSaysWinsOverTheFirstTry() {
        PortAllotment allotment = allot(GATEWAYS + service("web", "2026-01-01T00:00:00Z", 80, 12_345));

        assertThat(allotment.bound()).containsExactlyEntriesOf(java.util.Map.of(HTTP, 12_345));
        assertThat(allotment.wanted()).containsEntry(HTTP, 12_345).containsKey(HTTPS);
    }

    @Test
    void theOlderOfTwoServicesKeepsAPortThatBothClaim() {
        PortAllotment allotment = allot(GATEWAYS
                + service("newer", "2026-01-02T00:00:00Z", 443, 12_345)
                + service("older", "2026-01-01T00:00:00Z", 80, 12_345));

        assertThat(allotment.bound()).containsExactlyEntriesOf(java.util.Map.of(HTTP, 12_345));
        assertThat(allotment.wanted().get(HTTPS)).isNotNull().isNotEqualTo(12_345);
    }

    @Test
    void aServiceInAnotherNamespaceSaysNothing() {
        String foreign = service("web", "2026-01-01T00:00:00Z", 80, 12_345).replace("release", "elsewhere");

        assertThat(allot(GATEWAYS + foreign).bound()).isEmpty();
    }

    private static PortAllotment allot(String documents) {
        return PortAllotment.of(Manifests.snapshot(documents), "release", "moorgate.dev/gateway-controller");
    }

    private static String service(String name, String created, int port, int target) {
        return """
                ---
                apiVersion: v1
                kind: Service
                metadata:
                  name: %s
                  namespace: release
                  creationTimestamp: "%s"
                  labels: {gateway.networking.k8s.io/gateway-name: web, moorgate.dev/gateway-namespace: shop}
                spec: {ports: [{port: %d, targetPort: %d}]}
                """.formatted(name, created, port, target);
    }
}
