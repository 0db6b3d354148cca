package dev.moorgate.operator.crd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CrdShapeTest {
    static Stream<Example> misshapen() {
        return Example.all("shapes.yaml");
    }

    static Stream<Example> wellShaped() {
        return Example.all("rules.yaml");
    }

    @ParameterizedTest
    @MethodSource("misshapen")
    void eachExampleIsToldWhatIsWrongAndWhere(Example example) {
        assertThat(CrdShape.check(example.tree()))
                .map(Violation::toString)
                .containsExactlyElementsOf(example.violations());
    }

    @ParameterizedTest
    @MethodSource("wellShaped")
    void whatOnlyRulesCanJudgeHasTheRightShape(Example example) {
        assertThat(CrdShape.check(example.tree())).isEmpty();
    }

    @Test
    void ourKindsNeedASpecAndNothingElseAtTheRoot() {
        assertThat(CrdShape.check(
                        Map.of("apiVersion", "moorgate.dev/v1alpha1", "kind", "StickyPolicy", "sepc", Map.of())))
                .map(Violation::toString)
                .containsExactly(
                        "sepc: is no field: there are apiVersion, kind, metadata, spec, status", "spec: is missing");
        assertThat(CrdShape.check(Map.of("apiVersion", "moorgate.dev/v1alpha1", "kind", "DataPlane")))
                .isEmpty();
    }

    @Test
    void otherKindsAreNoneOfOurs() {
        assertThat(CrdShape.check(Map.of("apiVersion", "v1", "kind", "StickyPolicy")))
                .isEmpty();
    }
}
