package dev.moorgate.operator.snapshot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterSnapshotTest {
    @Test
    void listsAreSortedByNamespaceAndName() {
        ClusterSnapshot snapshot = Manifests.snapshot("""
                {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: b, name: a}}
                ---
                {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: a, name: c}}
                ---
                {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: a, name: b}}
                """);

        assertThat(snapshot.ingresses())
                .map(ingress -> Metadata.namespace(ingress) + "/" + Metadata.name(ingress))
                .containsExactly("a/b", "a/c", "b/a");
    }

    @Test
    void editHasWhatWasPutAndNotWhatWasRemovedAndLeavesTheFirstAsItWas() {
        ClusterSnapshot first = Manifests.snapshot("""
                {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: shop, name: a, uid: old}}
                ---
                {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: shop, name: b}}
                ---
                {apiVersion: v1, kind: Service, metadata: {namespace: shop, name: cart}}
                """);
        var newer = Manifests.snapshot("""
                {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: shop, name: a, uid: new}}
                """).ingresses().getFirst();

        ClusterSnapshot second = first.edit()
                .remove(newer)
                .add(newer)
                .remove(first.ingress("shop", "b").orElseThrow())
                .build();

        assertThat(second.ingresses()).map(Metadata::uid).containsExactly("new");
        assertThat(second.services()).isEqualTo(first.services());
        assertThat(second.duplicates()).isEmpty();
        assertThat(first.ingresses()).map(Metadata::uid).containsExactly("old", "shop/b");
    }

    @Test
    void ourOwnKindsAreRead() {
        ClusterSnapshot snapshot = Manifests.snapshot("""
                apiVersion: moorgate.dev/v1alpha1
                kind: StickyPolicy
                metadata: {namespace: shop, name: cart}
                spec: {targetRefs: [{kind: Service, name: cart}]}
                ---
                apiVersion: moorgate.dev/v1alpha1
                kind: RouteFilter
                metadata: {namespace: shop, name: beta}
                spec: {matches: [{methods: [GET]}]}
                ---
                {apiVersion: moorgate.dev/v1alpha1, kind: DataPlane, metadata: {namespace: moorgate, name: main}}
                """);

        assertThat(snapshot.stickyPolicies())
                .singleElement()
                .satisfies(policy -> assertThat(policy.getSpec().targetRefs()).hasSize(1));
        assertThat(snapshot.routeFilter("shop", "beta")).isPresent();
        assertThat(snapshot.dataPlane("moorgate", "main")).isPresent();
    }

    @Test
    void ofTwoObjectsWithOneNameTheFirstCounts() {
        ClusterSnapshot snapshot = Manifests.snapshot("""
                {apiVersion: v1, kind: Service, metadata: {namespace: shop, name: cart}, spec: {type: ClusterIP}}
                ---
                {apiVersion: v1, kind: Service, metadata: {namespace: shop, name: cart}, spec: {type: NodePort}}
                """);

        assertThat(snapshot.services())
                .singleElement()
                .satisfies(service -> assertThat(service.getSpec().getType()).isEqualTo("ClusterIP"));
        assertThat(snapshot.duplicates()).containsExactly(new Duplicate("Service", "shop", "cart"));
    }

    @Test
    void kindsThatNobodyNeedsAreCounted() {
        ClusterSnapshot snapshot = Manifests.snapshot("""
                {apiVersion: apps/v1, kind: Deployment, metadata: {name: a}}
                ---
                {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}
                ---
                {apiVersion: example.com/v1, kind: Service, metadata: {name: c}}
                """);

        assertThat(snapshot.ignored()).hasToString("{apps/v1 Deployment=2, example.com/v1 Service=1}");
    }

    @Test
    void everyVersionOfAKindIsReadAsTheOneWeUse() {
        ClusterSnapshot snapshot = Manifests.snapshot("""
                apiVersion: gateway.networking.k8s.io/v1beta1
                kind: HTTPRoute
                metadata: {namespace: shop, name: cart}
                spec: {hostnames: [shop.example.com], rules: [{name: first}]}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: ReferenceGrant
                metadata: {namespace: data, name: grant}
                spec:
                  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
                  to: [{group: "", kind: Service}]
                """);

        assertThat(snapshot.httpRoute("shop", "cart")).hasValueSatisfying(route -> {
            assertThat(route.getApiVersion()).isEqualTo("gateway.networking.k8s.io/v1");
            assertThat(route.getSpec().getHostnames()).containsExactly("shop.example.com");
            assertThat(route.getSpec().getRules().getFirst().getName()).isEqualTo("first");
        });
        assertThat(snapshot.referenceGrants("data"))
                .singleElement()
                .satisfies(
                        grant -> assertThat(grant.getSpec().getFrom().getFirst().getNamespace())
                                .isEqualTo("shop"));
        assertThat(snapshot.referenceGrants("shop")).isEmpty();
    }

    @Test
    void anObjectWithoutANamespaceIsInDefault() {
        ClusterSnapshot snapshot = Manifests.snapshot("""
                {apiVersion: v1, kind: Service, metadata: {name: cart}, spec: {ports: [{port: 80}]}}
                ---
                apiVersion: moorgate.dev/v1alpha1
                kind: StickyPolicy
                metadata: {name: cart}
                spec: {targetRefs: [{kind: Service, name: cart}]}
                """);

        assertThat(snapshot.service("default", "cart"))
                .hasValueSatisfying(service ->
                        assertThat(service.getMetadata().getNamespace()).isEqualTo("default"));
        assertThat(snapshot.stickyPolicies()).map(Metadata::namespace).containsExactly("default");
    }

    @Test
    void clusterScopedKindsHaveNoNamespace() {
        ClusterSnapshot snapshot = Manifests.snapshot("""
                {apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {namespace: x, name: moorgate}}
                ---
                {apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: moorgate}}
                """);

        assertThat(snapshot.ingressClass("moorgate"))
                .hasValueSatisfying(
                        found -> assertThat(found.getMetadata().getNamespace()).isNull());
        assertThat(snapshot.gatewayClass("moorgate")).isPresent();
    }

    @Test
    void aSecretIsPresentAbsentOrNotLoadedYet() {
        ClusterSnapshot snapshot = Manifests.builder(
                        "{apiVersion: v1, kind: Secret, metadata: {namespace: a, name: tls}}")
                .sealSecret("a", "other")
                .sealSecret("a", "tls")
                .build();

        assertThat(snapshot.secret("a", "tls")).isInstanceOf(Lookup.Present.class);
        assertThat(snapshot.secret("a", "other")).isEqualTo(new Lookup.NotLoaded<Secret>());
        assertThat(snapshot.secret("b", "tls")).isEqualTo(new Lookup.Absent<Secret>());
    }

    @Test
    void everyNamespaceHasTheLabelWithItsName() {
        ClusterSnapshot snapshot =
                Manifests.snapshot("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: red}}}");

        assertThat(snapshot.namespaceLabels("shop")).hasToString("{kubernetes.io/metadata.name=shop, team=red}");
        assertThat(snapshot.namespaceLabels("other")).hasToString("{kubernetes.io/metadata.name=other}");
    }

    @Test
    void valuesOfSecretsAndConfigMapsAreDecoded() {
        Secret secret = (Secret) Manifests.object("""
                apiVersion: v1
                kind: Secret
                metadata: {name: a}
                data: {both: b2xk, encoded: "aGVs\\nbG8=\\n", broken: "aGVs*"}
                stringData: {both: new}
                """);
        ConfigMap map = (ConfigMap) Manifests.object(
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {ca: x}, binaryData: {bin: aGk=}}");

        assertThat(Payloads.bytes(secret, "both")).hasValue("new".getBytes(UTF_8));
        assertThat(Payloads.bytes(secret, "encoded")).hasValue("hello".getBytes(UTF_8));
        assertThat(Payloads.bytes(secret, "broken")).isEmpty();
        assertThat(Payloads.bytes(secret, "missing")).isEmpty();
        assertThat(Payloads.bytes(map, "ca")).hasValue("x".getBytes(UTF_8));
        assertThat(Payloads.bytes(map, "bin")).hasValue("hi".getBytes(UTF_8));
    }

    @Test
    void theOldestComesFirstAndUndatedObjectsLast() {
        var objects = List.of(
                service("a", "undated", ""),
                service("b", "old", "creationTimestamp: '2024-01-01T00:00:00Z',"),
                service("a", "undated2", ""),
                service("a", "new", "creationTimestamp: '2025-01-01T00:00:00Z',"),
                service("a", "old", "creationTimestamp: '2024-01-01T01:00:00+01:00',"));

        assertThat(objects.stream().sorted(Metadata.OLDEST_FIRST))
                .map(object -> Metadata.namespace(object) + "/" + Metadata.name(object))
                .containsExactly("a/old", "b/old", "a/new", "a/undated", "a/undated2");
    }

    @Test
    void anObjectWithoutANameIsItsReadersMistake() {
        assertThatThrownBy(() -> Manifests.snapshot("{apiVersion: v1, kind: Service, metadata: {namespace: a}}"))
                .hasMessage("Service without metadata.name");
    }

    @Test
    void aSnapshotKeepsWhatItWasBuiltFrom() {
        SnapshotBuilder builder =
                Manifests.builder("{apiVersion: v1, kind: Service, metadata: {namespace: a, name: a}}");
        ClusterSnapshot snapshot = builder.build();
        builder.add(service("a", "b", ""));

        assertThat(snapshot.services()).hasSize(1);
        assertThat(builder.build().services()).hasSize(2);
    }

    private static HasMetadata service(String namespace, String name, String more) {
        return Manifests.object("{apiVersion: v1, kind: Service, metadata: {" + more + " namespace: " + namespace
                + ", name: " + name + "}}");
    }
}
