package dev.moorgate.cli.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What is read of one file, and how its mistakes are told. */
class ManifestFileTest {
    private static final Path FILE = Path.of("shop.yaml");

    @Test
    void severalDocumentsAndListsAreTakenApart() {
        var content = ManifestFile.read(FILE, """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: shop}
                ---
                # only a comment
                ---
                apiVersion: v1
                kind: List
                items:
                  - apiVersion: v1
                    kind: Namespace
                    metadata: {name: shop}
                  - apiVersion: networking.k8s.io/v1
                    kind: Ingress
                    metadata: {name: web}
                    spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
                """);

        assertThat(content.problems()).isEmpty();
        assertThat(content.objects())
                .extracting(ManifestObject::key)
                .containsExactly("/Service shop/web", "/Namespace shop", "networking.k8s.io/Ingress default/web");
        assertThat(content.objects().get(2).line()).isEqualTo(13);
        var ingress = (Ingress) content.objects().get(2).object();
        assertThat(ingress.getSpec().getDefaultBackend().getService().getPort().getNumber())
                .isEqualTo(80);
    }

    @Test
    void numbersOfOurKindsAreTakenAsTheirSchemasDo() {
        var content = ManifestFile.read(FILE, """
                apiVersion: moorgate.dev/v1alpha1
                kind: RouteFilter
                metadata: {name: gone}
                spec: {directResponse: {statusCode: 410}}
                ---
                apiVersion: moorgate.dev/v1alpha1
                kind: StickyPolicy
                metadata: {name: cart}
                spec: {targetRefs: [{kind: Service, name: cart}], mode: Hash, hash: {source: SourceIP, boundedLoad: 2}}
                """);

        assertThat(content.problems()).isEmpty();
        assertThat(content.objects()).hasSize(2);
    }

    @Test
    void jsonIsReadLikeYaml() {
        var content = ManifestFile.read(
                Path.of("a.json"), "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"web\"}}");

        assertThat(content.problems()).isEmpty();
        assertThat(content.objects()).hasSize(1);
    }

    @Test
    void brokenYamlIsToldWithDocumentAndLine() {
        var content = ManifestFile.read(FILE, """
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                ---
                apiVersion: v1
                kind: Service
                metadata:
                  name: a: b
                """);

        assertThat(content.problems()).hasSize(1);
        assertThat(content.problems().getFirst().toString()).startsWith("shop.yaml:8 (document 2): not YAML: ");
    }

    @Test
    void aFieldOfTheWrongTypeIsToldWithItsLineAndTheOthersAreRead() {
        var content = ManifestFile.read(FILE, """
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec:
                  ports:
                    - port: eighty
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: other}
                """);

        assertThat(content.objects()).extracting(ManifestObject::key).containsExactly("/Service default/other");
        assertThat(content.problems()).hasSize(1);
        assertThat(content.problems().getFirst().toString())
                .startsWith("shop.yaml:6 (document 1): Service web: spec.ports[0].port: ")
                .contains("eighty")
                .doesNotContain("java.");
    }

    @Test
    void aDuplicateKeyIsRefused() {
        var content = ManifestFile.read(FILE, """
                apiVersion: v1
                kind: Service
                kind: Ingress
                metadata: {name: web}
                """);

        assertThat(content.problems()).hasSize(1);
        assertThat(content.problems().getFirst().line()).isEqualTo(3);
    }

    @Test
    void anObjectWithoutNameOrKindIsRefused() {
        var content = ManifestFile.read(FILE, """
                apiVersion: v1
                kind: Service
                metadata: {}
                ---
                kind: Service
                ---
                just words
                """);

        assertThat(content.problems())
                .extracting(ManifestProblem::toString)
                .containsExactly(
                        "shop.yaml:1 (document 1): Service needs metadata.name",
                        "shop.yaml:5 (document 2): apiVersion and kind are needed",
                        "shop.yaml:7 (document 3): not a Kubernetes object: it has no fields");
    }

    @Test
    void otherKindsArePassedOverAndOursThatAreNotServedAreSaidSo() {
        var content = ManifestFile.read(FILE, """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: TCPRoute
                metadata: {name: web}
                """);

        assertThat(content.objects()).isEmpty();
        assertThat(content.problems()).isEmpty();
        assertThat(content.notes())
                .extracting(ManifestProblem::message)
                .containsExactly("gateway.networking.k8s.io/v1 TCPRoute is not served");
    }

    @Test
    void aBombOfAliasesIsRefused() {
        var text = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 9; i++) {
            text.append("a").append(i).append(": &a").append(i).append(" [");
            text.append(("*a" + (i - 1) + ",").repeat(10)).append("]\n");
        }

        var content = ManifestFile.read(FILE, text.toString());

        assertThat(content.problems()).hasSize(1);
    }
}
