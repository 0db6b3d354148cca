package dev.moorgate.operator.expose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ListenerSetPortsTest {
    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    @Test
    void aGatewayGetsPortsForTheListenerSetsThatItTakesAndForNoOthers() {
        PortAllotment ports = ExposedPorts.read(
                        snapshot(),
                        new ServiceSettings(
                                "moorgate", "release", "moorgate", Map.of(), "ClusterIP", Map.of(), Map.of()),
                        new Claims(List.of(), Optional.empty(), "", "moorgate.dev/gateway-controller"),
                        "moorgate",
                        Map.of())
                .allotment();

        assertThat(ports.ports("shop/edge").keySet()).containsExactly(80, 8080);
    }

    private static ClusterSnapshot snapshot() {
        SnapshotBuilder builder = ClusterSnapshot.builder();
        for (String document : """
                apiVersion: gateway.networking.k8s.io/v1
                kind: GatewayClass
                metadata: {name: moorgate}
                spec: {controllerName: moorgate.dev/gateway-controller}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {namespace: shop, name: edge, uid: 0a}
                spec:
                  gatewayClassName: moorgate
                  allowedListeners: {namespaces: {from: Same}}
                  listeners: [{name: web, port: 80, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: ListenerSet
                metadata: {namespace: shop, name: taken}
                spec:
                  parentRef: {name: edge}
                  listeners: [{name: more, port: 8080, protocol: HTTP}, {name: same, port: 80, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: ListenerSet
                metadata: {namespace: guest, name: foreign}
                spec:
                  parentRef: {name: edge, namespace: shop}
                  listeners: [{name: more, port: 9090, protocol: HTTP}]
                """.split("(?m)^---$", -1)) {
            builder.add(YAML.<HasMetadata>unmarshal(document));
        }
        return builder.build();
    }
}
