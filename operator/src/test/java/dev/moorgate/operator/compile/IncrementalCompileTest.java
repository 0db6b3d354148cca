package dev.moorgate.operator.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.routetable.VirtualHost;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A compiler that has compiled before makes what a new one makes, whatever changed between the two compiles. */
class IncrementalCompileTest {
    private static final int EDITS = Integer.getInteger("edits", 12);

    @TestFactory
    Stream<DynamicTest> randomEditsCompileAsAFirstCompile() throws IOException {
        List<Path> cases = GoldenCase.folders();
        return IntStream.range(0, cases.size()).mapToObj(i -> {
            Path folder = cases.get(i);
            Path beside = cases.get((i + 1) % cases.size());
            return DynamicTest.dynamicTest(folder.getFileName().toString(), () -> edit(folder, beside));
        });
    }

    /** Objects are taken away, damaged, mended, brought from another case and given in another order. */
    @SuppressWarnings("ReferenceEquality")
    private static void edit(Path folder, Path beside) {
        GoldenCase in = GoldenCase.read(folder.resolve("in.yaml"));
        List<HasMetadata> originals = typed(in.objects());
        List<HasMetadata> foreign =
                typed(GoldenCase.read(beside.resolve("in.yaml")).objects());
        Random random = new Random(folder.getFileName().toString().hashCode());
        List<HasMetadata> objects = new ArrayList<>(originals);
        RouteTableCompiler experienced = new RouteTableCompiler();
        for (int i = 0; i < EDITS; i++) {
            List<HasMetadata> before = List.copyOf(objects);
            switch (random.nextInt(6)) {
                case 0 -> objects.remove(random.nextInt(objects.size()));
                case 1 -> objects.add(foreign.get(random.nextInt(foreign.size())));
                case 2 -> Collections.shuffle(objects, random);
                case 3 -> objects = new ArrayList<>(originals);
                default -> {
                    int at = random.nextInt(in.objects().size());
                    objects.removeIf(object -> object == originals.get(at));
                    objects.addFirst(typed(GoldenCase.damaged(in.objects().get(at), random)));
                }
            }
            if (objects.isEmpty()) {
                objects = new ArrayList<>(originals);
            }
            ClusterSnapshot snapshot;
            try {
                snapshot = in.snapshot(objects);
            } catch (IllegalArgumentException refused) {
                objects = new ArrayList<>(before); // whoever reads manifests refuses it
                continue;
            }
            CompileSettings settings = in.settings(snapshot);
            assertThat(experienced.compile(snapshot, settings))
                    .as("after edit %d", i)
                    .isEqualTo(new RouteTableCompiler().compile(snapshot, settings));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {CLUSTER, INGRESSES})
    void whatNoChangeTouchedIsTheVerySame(String cluster) throws IOException {
        GoldenCase in = GoldenCase.parse(cluster);
        List<HasMetadata> objects = new ArrayList<>(typed(in.objects()));
        RouteTableCompiler compiler = new RouteTableCompiler();
        List<VirtualHost> before = hosts(compiler, in, objects);
        objects.removeIf(object -> object.getMetadata().getName().equals("b"));
        List<VirtualHost> after = hosts(compiler, in, objects);

        assertThat(after).hasSize(before.size());
        assertThat(after.get(0)).isSameAs(before.get(0));
        assertThat(after.get(1)).isNotEqualTo(before.get(1));
        assertThat(after.get(1).routes().getFirst())
                .isSameAs(before.get(1).routes().getFirst());
    }

    /** What no API server would take: the routes of the policy answer 500, as after a first compile, and the others go on. */
    @Test
    void aQuestionThatCannotBeAskedAgainCostsWhatAsksIt() throws IOException {
        RouteTableCompiler experienced = new RouteTableCompiler();
        GoldenCase sound = GoldenCase.parse(CLUSTER + POLICY.formatted("sid"));
        GoldenCase broken = GoldenCase.parse(CLUSTER + POLICY.formatted(" "));
        List<HasMetadata> objects = new ArrayList<>(typed(sound.objects()));
        hosts(experienced, sound, objects);
        objects.set(objects.size() - 1, typed(broken.objects().getLast()));

        assertThat(hosts(experienced, broken, objects))
                .isEqualTo(hosts(new RouteTableCompiler(), broken, objects))
                .isNotEmpty();
    }

    private static List<VirtualHost> hosts(RouteTableCompiler compiler, GoldenCase in, List<HasMetadata> objects) {
        ClusterSnapshot snapshot = in.snapshot(objects);
        return compiler.compile(snapshot, in.settings(snapshot))
                .table()
                .listeners()
                .getFirst()
                .virtualHosts();
    }

    private static List<HasMetadata> typed(List<GenericKubernetesResource> objects) {
        return objects.stream().map(IncrementalCompileTest::typed).toList();
    }

    /** A route or Ingress is read once, as a watch does: what is remembered of it is remembered of that very object. */
    private static HasMetadata typed(GenericKubernetesResource object) {
        try {
            ClusterSnapshot one = ClusterSnapshot.builder().add(object).build();
            return Stream.of(one.httpRoutes(), one.grpcRoutes(), one.ingresses())
                    .<HasMetadata>flatMap(List::stream)
                    .findFirst()
                    .orElse(object);
        } catch (IllegalArgumentException unreadable) {
            return object;
        }
    }

    private static final String CLUSTER = GoldenCase.GATEWAY + """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {namespace: shop, name: other}
            spec:
              parentRefs: [{name: edge}]
              hostnames: [a.example]
              rules: [{backendRefs: [{name: web, port: 80}]}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {namespace: shop, name: a}
            spec:
              parentRefs: [{name: edge}]
              hostnames: [b.example]
              rules: [{matches: [{path: {value: /longer}}], backendRefs: [{name: web, port: 80}]}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {namespace: shop, name: b}
            spec:
              parentRefs: [{name: edge}]
              hostnames: [b.example]
              rules: [{matches: [{path: {value: /}}], backendRefs: [{name: web, port: 80}]}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {namespace: shop, name: web}
            spec: {ports: [{name: http, port: 80}]}
            """;

    private static final String POLICY = """
            ---
            apiVersion: moorgate.dev/v1alpha1
            kind: StickyPolicy
            metadata: {namespace: shop, name: keep}
            spec:
              targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: a}]
              cookie: {name: "%s"}
            """;

    private static final String INGRESSES = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: moorgate}
            spec: {controller: moorgate.dev/ingress-controller}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {namespace: shop, name: b}
            spec:
              ingressClassName: moorgate
              rules:
              - host: b.example
                http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {namespace: shop, name: a}
            spec:
              ingressClassName: moorgate
              rules:
              - host: a.example
                http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}
              - host: b.example
                http: {paths: [{path: /longer, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {namespace: shop, name: web}
            spec: {ports: [{name: http, port: 80}]}
            """;
}
