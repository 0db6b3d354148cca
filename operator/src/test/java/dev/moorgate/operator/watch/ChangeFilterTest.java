package dev.moorgate.operator.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.crd.DataPlaneStatus;
import dev.moorgate.operator.crd.StickyPolicy;
import dev.moorgate.operator.crd.StickyPolicyStatus;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServiceStatusBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChangeFilterTest {
    private static final KubernetesSerialization YAML = new KubernetesSerialization();
    private static final HTTPRoute ROUTE = new HTTPRouteBuilder()
            .withNewMetadata()
            .withName("cart")
            .withGeneration(1L)
            .withResourceVersion("1")
            .endMetadata()
            .build();

    @Test
    void aStatusThatWeWroteIsNoChange() {
        HTTPRoute written = new HTTPRouteBuilder(ROUTE)
                .editMetadata()
                .withResourceVersion("2")
                .endMetadata()
                .withNewStatus()
                .endStatus()
                .build();

        assertThat(ChangeFilter.isChange(ROUTE, written)).isFalse();
    }

    @Test
    void aNewGenerationIsAChangeAndAnAnnotationThatNobodyReadsIsNone() {
        HTTPRoute changed = new HTTPRouteBuilder(ROUTE)
                .editMetadata()
                .withGeneration(2L)
                .endMetadata()
                .build();
        HTTPRoute annotated = new HTTPRouteBuilder(ROUTE)
                .editMetadata()
                .addToAnnotations("a", "b")
                .addToLabels("a", "b")
                .addNewManagedField()
                .withManager("kubectl")
                .endManagedField()
                .endMetadata()
                .build();

        assertThat(ChangeFilter.isChange(ROUTE, changed)).isTrue();
        assertThat(ChangeFilter.isChange(ROUTE, annotated)).isFalse();
    }

    /** What an update does to an object, and whether it means anything. */
    record Update(String name, HasMetadata before, Consumer<HasMetadata> edit, boolean isChange) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Update> updates() {
        return Stream.of(
                update("Ingress annotation", ingress(), ChangeFilterTest::annotate, true),
                update("Ingress label", ingress(), ChangeFilterTest::label, false),
                update("IngressClass annotation", named(1L, IngressClass.class), ChangeFilterTest::annotate, true),
                update("Service annotation", service(), ChangeFilterTest::annotate, false),
                update("Service label", service(), ChangeFilterTest::label, false),
                update("Service conditions", service(), ChangeFilterTest::condition, false),
                update("Service port", service(), ChangeFilterTest::port, true),
                update("annotation of a Gateway's Service", ofGateway(), ChangeFilterTest::annotate, true),
                update("slice annotation", slice(), ChangeFilterTest::annotate, false),
                update("slice label", slice(), ChangeFilterTest::label, false),
                update("slice of another Service", slice(), ChangeFilterTest::other, true),
                update("Secret label", secret(), ChangeFilterTest::label, false),
                update("Secret data", secret(), object -> ((Secret) object).setData(Map.of("k1", "bQ==")), true),
                update("ConfigMap label", configMap(), ChangeFilterTest::label, false),
                update("ConfigMap data", configMap(), object -> ((ConfigMap) object).setData(Map.of("a", "c")), true),
                update("Namespace annotation", named(null, Namespace.class), ChangeFilterTest::annotate, false),
                update("Namespace label", named(null, Namespace.class), ChangeFilterTest::label, true),
                update("Pod annotation", named(null, Pod.class), ChangeFilterTest::annotate, false),
                update("Pod label", named(null, Pod.class), ChangeFilterTest::label, false),
                update("DataPlane counts", plane(List.of("a")), object -> plane(object, List.of("a"), 7), false),
                update("DataPlane controllers", plane(List.of("a")), object -> plane(object, List.of("b"), 1), true),
                update(
                        "StickyPolicy counts",
                        named(1L, StickyPolicy.class),
                        object -> policy(object, "2026-11-22T21:00:00Z", List.of()),
                        false),
                update(
                        "StickyPolicy steering",
                        named(1L, StickyPolicy.class),
                        object -> policy(object, "2026-11-22T21:00:00Z", List.of("u-0/8080")),
                        true),
                update(
                        "another object of the name",
                        ingress(),
                        object -> object.getMetadata().setUid("2"),
                        true),
                update("an object that is being deleted", ingress(), ChangeFilterTest::deleted, true));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("updates")
    void onlyWhatSomebodyReadsIsAChange(Update update) {
        HasMetadata after = YAML.clone(update.before());
        after.getMetadata().setResourceVersion("2");
        update.edit().accept(after);

        assertThat(ChangeFilter.isChange(update.before(), after)).isEqualTo(update.isChange());
    }

    private static Update update(String name, HasMetadata before, Consumer<HasMetadata> edit, boolean isChange) {
        return new Update(name, before, edit, isChange);
    }

    private static <T extends HasMetadata> T named(@Nullable Long generation, Class<T> kind) {
        try {
            T object = kind.getDeclaredConstructor().newInstance();
            object.setMetadata(new ObjectMetaBuilder()
                    .withName("web")
                    .withUid("1")
                    .withGeneration(generation)
                    .withResourceVersion("1")
                    .build());
            return object;
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(kind.getName(), e);
        }
    }

    private static Ingress ingress() {
        return named(1L, Ingress.class);
    }

    private static Service service() {
        return new ServiceBuilder(named(null, Service.class))
                .withNewSpec()
                .addNewPort()
                .withPort(80)
                .endPort()
                .endSpec()
                .build();
    }

    private static Service ofGateway() {
        Service service = service();
        service.getMetadata().setLabels(Map.of("moorgate.dev/dataplane", "moorgate"));
        return service;
    }

    private static EndpointSlice slice() {
        EndpointSlice slice = named(1L, EndpointSlice.class);
        slice.getMetadata().setLabels(Map.of("kubernetes.io/service-name", "web"));
        return slice;
    }

    private static Secret secret() {
        Secret secret = named(null, Secret.class);
        secret.setData(Map.of("k1", "bA=="));
        return secret;
    }

    private static ConfigMap configMap() {
        ConfigMap map = named(null, ConfigMap.class);
        map.setData(Map.of("a", "b"));
        return map;
    }

    private static DataPlane plane(List<String> controllers) {
        DataPlane plane = named(1L, DataPlane.class);
        plane(plane, controllers, 1);
        return plane;
    }

    private static void plane(HasMetadata object, List<String> controllers, int endpoints) {
        ((DataPlane) object).setStatus(new DataPlaneStatus(1L, "d", 1, 1, 1, 1, 1, endpoints, controllers, List.of()));
    }

    private static void policy(HasMetadata object, String sampledAt, List<String> full) {
        ((StickyPolicy) object)
                .setStatus(new StickyPolicyStatus(
                        List.of(),
                        null,
                        null,
                        null,
                        null,
                        null,
                        new StickyPolicyStatus.Sessions(sampledAt, List.of(), 1L, 1L, Map.of(), Map.of()),
                        List.of(),
                        null,
                        full.isEmpty()
                                ? List.of()
                                : List.of(new StickyPolicyStatus.Steering("p:s", full, null, List.of()))));
    }

    private static void annotate(HasMetadata object) {
        object.getMetadata().setAnnotations(Map.of("endpoints.kubernetes.io/last-change-trigger-time", "now"));
    }

    private static void label(HasMetadata object) {
        Map<String, String> labels = new HashMap<>(Metadata.labels(object));
        labels.put("team", "blue");
        object.getMetadata().setLabels(labels);
    }

    private static void condition(HasMetadata object) {
        ((Service) object)
                .setStatus(new ServiceStatusBuilder()
                        .addNewCondition()
                        .withType("Synced")
                        .endCondition()
                        .build());
    }

    private static void port(HasMetadata object) {
        ((Service) object).getSpec().getPorts().getFirst().setPort(81);
    }

    private static void other(HasMetadata object) {
        object.getMetadata().setLabels(Map.of("kubernetes.io/service-name", "api"));
    }

    private static void deleted(HasMetadata object) {
        object.getMetadata().setDeletionTimestamp("2026-11-22T21:00:00Z");
    }

    @Test
    void anAddressThatAServiceGetsIsAChangeThoughItIsStatus() {
        Service before = new ServiceBuilder()
                .withNewMetadata()
                .withName("web")
                .endMetadata()
                .build();
        Service after = new ServiceBuilder(before)
                .withNewStatus()
                .withNewLoadBalancer()
                .addNewIngress()
                .withIp("10.98.0.1")
                .endIngress()
                .endLoadBalancer()
                .endStatus()
                .build();

        assertThat(ChangeFilter.isChange(before, after)).isTrue();
    }

    @Test
    void aSliceWhoseListsAreNullIsKeptWithEmptyOnes() {
        TrimmedStore<EndpointSlice> store = new TrimmedStore<>(slice -> {});
        EndpointSlice slice = new EndpointSlice();
        slice.setMetadata(
                new ObjectMetaBuilder().withName("app-1").withNamespace("shop").build());
        slice.setEndpoints(null);
        slice.setPorts(null);

        store.put("shop/app-1", slice);

        assertThat(slice.getEndpoints()).isEmpty();
        assertThat(slice.getPorts()).isEmpty();
        assertThat(ChangeFilter.isChange(slice, slice)).isFalse();
    }
}
