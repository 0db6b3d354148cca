package dev.moorgate.operator.watch;

import static dev.moorgate.operator.watch.TestCluster.await;
import static dev.moorgate.operator.watch.TestCluster.ingress;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.crd.DataPlaneStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressStatusBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What cannot matter costs no compile, our own status writes least of all (fault I16). */
class PassedOverTest {
    private static final int ROUNDS = 5;

    private static final String OBJECTS = TestCluster.INGRESS_CLASS + """
            apiVersion: v1
            kind: Service
            metadata: {name: app, namespace: shop}
            spec: {ports: [{port: 80}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: app-1, namespace: shop, labels: {kubernetes.io/service-name: app}}
            addressType: IPv4
            ports: [{port: 8080}]
            endpoints: [{addresses: [10.0.0.1]}]
            ---
            """;

    @Test
    void updatesOfWhatNobodyReadsAreCountedAndCompileNothing() {
        try (TestCluster cluster = TestCluster.with(OBJECTS + ingress("cart")).run()) {
            // a compile is counted once what it made is published
            await("the route", () -> cluster.routes().size() == 1 && cluster.compiles.get() > 0);
            // Watches are open once each kind's noise is heard.
            noise(cluster, 0);
            int compiles = cluster.compiles.get();
            int pushes = cluster.dataPlane.installed().size();

            for (int round = 1; round <= ROUNDS; round++) {
                noise(cluster, round);
            }

            assertThat(cluster.compiles.get()).isEqualTo(compiles);
            assertThat(cluster.dataPlane.installed()).hasSize(pushes);
            assertThat(cluster.endpointPushes.get()).isZero();
            cluster.applyUntil(
                    "another route", ingress("api"), () -> cluster.routes().size() == 2);
            await("its compile to be counted", () -> cluster.compiles.get() > compiles);
        }
    }

    private static void noise(TestCluster cluster, int round) {
        pass(cluster, Service.class, "shop", "app", service -> annotate(service, round));
        pass(cluster, EndpointSlice.class, "shop", "app-1", slice -> annotate(slice, round));
        pass(
                cluster,
                Ingress.class,
                "shop",
                "cart",
                ingress -> ingress.setStatus(new IngressStatusBuilder()
                        .withNewLoadBalancer()
                        .addNewIngress()
                        .withIp("192.0.2." + (round + 1))
                        .endIngress()
                        .endLoadBalancer()
                        .build()));
        pass(
                cluster,
                DataPlane.class,
                "release",
                "moorgate",
                plane -> plane.setStatus(
                        new DataPlaneStatus(1L, "d" + round, 1, 1, round, 1, 1, 1, List.of(), List.of())));
    }

    /** Updates until an update was heard and passed over. */
    private static <T extends HasMetadata> void pass(
            TestCluster cluster, Class<T> kind, String namespace, String name, Consumer<T> edit) {
        String word = HasMetadata.getKind(kind);
        int before = cluster.passedOver.getOrDefault(word, 0);
        int[] looks = {0};
        await(word + " to be passed over", () -> {
            if (looks[0]++ % 50 == 0) {
                cluster.client
                        .resources(kind)
                        .inNamespace(namespace)
                        .withName(name)
                        .edit(object -> {
                            object.getMetadata().setResourceVersion(null);
                            edit.accept(object);
                            Map<String, String> labels =
                                    new HashMap<>(object.getMetadata().getLabels());
                            labels.put("look", String.valueOf(looks[0]));
                            object.getMetadata().setLabels(labels);
                            return object;
                        });
            }
            return cluster.passedOver.getOrDefault(word, 0) > before;
        });
    }

    private static void annotate(HasMetadata object, int round) {
        object.getMetadata().setAnnotations(Map.of("endpoints.kubernetes.io/last-change-trigger-time", "t" + round));
    }
}
