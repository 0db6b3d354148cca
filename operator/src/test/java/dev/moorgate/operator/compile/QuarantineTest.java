package dev.moorgate.operator.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.conditions.ObjectRef;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with one object harms no other. */
class QuarantineTest {
    private static final int MUTATIONS = Integer.getInteger("mutations", 10);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{matches: [{path: {value: no-slash}}], backendRefs: [{name: web, port: 80}]}]",
                "[{matches: [{path: {type: RegularExpression, value: '('}}], backendRefs: [{name: web, port: 80}]}]",
                "[{matches: [{path: {type: RegularExpression, value: '((((a{100}){100}){100}){100})'}}]}]",
                "[{matches: [{path: {type: RegularExpression, value: '/a{500}'}}]}]",
                "[{matches: [{headers: [{name: 'a b', value: c}]}]}]",
                "[{timeouts: {request: soon}, backendRefs: [{name: web, port: 80}]}]",
                "[{filters: [{type: RequestRedirect}]}]",
                "[{filters: [{type: Nothing}]}]",
                "[{backendRefs: [{name: web, port: 80, weight: -5}]}]"
            })
    void routeWithNothingButBadRulesLeavesTheRestAsItWas(String rules) throws IOException {
        GoldenCase without = GoldenCase.parse(cluster(""));
        GoldenCase with = GoldenCase.parse(cluster("""
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {namespace: shop, name: a-bad}
                spec:
                  parentRefs: [{name: edge}]
                  rules: %s
                """.formatted(rules)));
        Compilation before = without.compile();
        Compilation after = with.compile();

        assertThat(after.table()).isEqualTo(before.table());
        assertThat(after.endpoints()).isEqualTo(before.endpoints());
        assertThat(withoutObject(after, "a-bad")).isEqualTo(withoutObject(before, "a-bad"));
        assertThat(after.report().errors())
                .allMatch(error -> error.object().name().equals("a-bad"))
                .isNotEmpty();
    }

    @Test
    void gatewayThatCannotBeReadLeavesTheOthersAsTheyWere() throws IOException {
        GoldenCase without = GoldenCase.parse(cluster(""));
        GoldenCase with = GoldenCase.parse(cluster("""
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {namespace: shop, name: zz-bad}
                spec: {gatewayClassName: moorgate, listeners: [{name: http, port: 80, protocol: 7}]}
                """));

        assertThat(with.compile().table()).isEqualTo(without.compile().table());
    }

    /** Every golden case with one value after another lost or replaced: there is always a table. */
    @TestFactory
    Stream<DynamicTest> damagedManifestsCompile() throws IOException {
        return GoldenCase.folders().stream()
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> damage(folder)));
    }

    private static void damage(Path folder) {
        GoldenCase in = GoldenCase.read(folder.resolve("in.yaml"));
        Random random = new Random(folder.getFileName().toString().hashCode());
        for (int i = 0; i < MUTATIONS; i++) {
            List<GenericKubernetesResource> damaged = new ArrayList<>(in.objects());
            int at = random.nextInt(damaged.size());
            damaged.set(at, GoldenCase.damaged(damaged.get(at), random));
            if (!GoldenCase.shapeViolations(damaged.get(at)).isEmpty()) {
                continue; // whoever reads manifests refuses it, as an API server would
            }
            try {
                in.snapshot(damaged);
            } catch (IllegalArgumentException refused) {
                continue; // whoever reads manifests refuses it
            }
            assertThat(in.compile(damaged)).isNotNull();
        }
    }

    private static String cluster(String more) {
        return GoldenCase.GATEWAY + """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {namespace: shop, name: good}
                spec:
                  parentRefs: [{name: edge}]
                  rules: [{backendRefs: [{name: web, port: 80}]}]
                ---
                apiVersion: v1
                kind: Service
                metadata: {namespace: shop, name: web}
                spec: {ports: [{name: http, port: 80}]}
                """ + more;
    }

    private static SortedMap<ObjectRef, Map<String, Object>> withoutObject(Compilation compilation, String name) {
        SortedMap<ObjectRef, Map<String, Object>> rest =
                new TreeMap<>(compilation.report().render());
        rest.keySet().removeIf(object -> object.name().equals(name));
        return rest;
    }
}
