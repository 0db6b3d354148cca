package dev.moorgate.operator.watch;

import static dev.moorgate.operator.watch.TestCluster.await;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.wire.Push;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A private port of a pod of ours is no backend, whichever of the two was there first (fault I10). */
class OwnPodsTest {
    private static final WatchScope SCOPE = new WatchScope("release", "moorgate", List.of(), "app=moorgate");

    private static final String ROUTE = TestCluster.INGRESS_CLASS + """
            apiVersion: v1
            kind: Service
            metadata: {name: app, namespace: shop}
            spec: {ports: [{name: http, port: 80}]}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: app, namespace: shop}
            spec:
              ingressClassName: ours
              rules:
                - http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: app, port: {number: 80}}}}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: app-1, namespace: shop, labels: {kubernetes.io/service-name: app}}
            addressType: IPv4
            ports: [{name: http, port: 9900}]
            endpoints: [{addresses: [10.0.0.1]}, {addresses: [10.0.0.8]}, {addresses: [10.0.0.9]}]
            ---
            """;

    @Test
    void anEndpointThatNamesOurPodIsGoneAsSoonAsThePodIsKnown() {
        try (TestCluster cluster = TestCluster.with(ROUTE + pod("moorgate-0", "10.0.0.8", "Running"))) {
            cluster.run(SCOPE);
            await("the pod that was there", () -> addresses(cluster).equals(List.of("10.0.0.1", "10.0.0.9")));

            cluster.applyUntil(
                    "a pod that came later",
                    pod("moorgate-1", "10.0.0.9", "Running"),
                    () -> addresses(cluster).equals(List.of("10.0.0.1")));

            cluster.applyUntil(
                    "an address that others may have now",
                    pod("moorgate-1", "10.0.0.9", "Failed"),
                    () -> addresses(cluster).equals(List.of("10.0.0.1", "10.0.0.9")));
        }
    }

    private static String pod(String name, String address, String phase) {
        return """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, namespace: release, labels: {app: moorgate}}
                status: {phase: %s, podIP: 192.0.2.1, podIPs: [{ip: 192.0.2.1}, {ip: %s}]}
                """.formatted(name, phase, address);
    }

    private static List<String> addresses(TestCluster cluster) {
        List<Push> installed = cluster.dataPlane.installed();
        return installed.isEmpty()
                ? List.of()
                : installed.getLast().endpoints().upstreams().stream()
                        .flatMap(upstream -> upstream.endpoints().stream())
                        .map(Endpoint::address)
                        .toList();
    }
}
