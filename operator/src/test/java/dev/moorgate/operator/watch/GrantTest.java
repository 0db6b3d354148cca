package dev.moorgate.operator.watch;

import static dev.moorgate.operator.watch.TestCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.Push;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** A certificate of another namespace is there while a ReferenceGrant lets it be, and gone within five seconds (fault I7). */
class GrantTest {
    private static final Path TLS = Path.of("src/test/resources/golden-tls");
    /** Five seconds, and a slow machine: without an event of its own a grant would be looked at ten minutes later. */
    private static final Duration MOST = Duration.ofSeconds(20);

    private static final String GATEWAY = TestCluster.GATEWAY_CLASS + """
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: web, namespace: shop, generation: 1}
            spec:
              gatewayClassName: ours
              listeners:
                - name: https
                  port: 443
                  protocol: HTTPS
                  tls: {certificateRefs: [{name: cert, namespace: vault}]}
            """;

    private static final String GRANT = """
            apiVersion: gateway.networking.k8s.io/v1beta1
            kind: ReferenceGrant
            metadata: {name: certs, namespace: vault, generation: 1}
            spec:
              from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: shop}]
              to: [{group: "", kind: Secret}]
            """;

    private static String secret() throws IOException {
        return """
                apiVersion: v1
                kind: Secret
                metadata: {name: cert, namespace: vault}
                type: kubernetes.io/tls
                data: {tls.crt: %s, tls.key: %s}
                """.formatted(base64("shop.crt"), base64("shop.key"));
    }

    private static String base64(String file) throws IOException {
        return Base64.getEncoder().encodeToString(Files.readAllBytes(TLS.resolve(file)));
    }

    @Test
    void aGrantThatIsTakenBackClosesTheListenerSoon() throws Exception {
        try (TestCluster cluster = TestCluster.with(secret()).run()) {
            await("a first table", () -> !cluster.dataPlane.installed().isEmpty());
            cluster.serve("GatewayClass", "gatewayclasses", "gateway.networking.k8s.io", "v1");
            cluster.serve("Gateway", "gateways", "gateway.networking.k8s.io", "v1");
            cluster.serve(
                    "ReferenceGrant",
                    "referencegrants",
                    "gateway.networking.k8s.io",
                    HasMetadata.getVersion(ReferenceGrant.class));
            cluster.applyUntil("the listener without a grant", GATEWAY, () -> isTold(cluster, "RefNotPermitted"));
            assertThat(table(cluster).certificates()).isEmpty();

            cluster.applyUntil(
                    "the certificate",
                    GRANT,
                    () -> !table(cluster).certificates().isEmpty());
            await("the condition to go", () -> !isTold(cluster, "RefNotPermitted"));

            long start = System.nanoTime();
            cluster.deleteUntil(
                    "no certificate", GRANT, () -> table(cluster).certificates().isEmpty());

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(MOST);
            await("the condition", () -> isTold(cluster, "RefNotPermitted"));
            assertThat(table(cluster).toString()).doesNotContain("PRIVATE KEY");
        }
    }

    private static RouteTable table(TestCluster cluster) {
        Push last = cluster.dataPlane.installed().getLast();
        return last.table();
    }

    private static boolean isTold(TestCluster cluster, String reason) {
        return cluster.compilations.getLast().report().errors().stream()
                .anyMatch(error -> error.reason().word().equals(reason));
    }
}
