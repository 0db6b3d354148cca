package dev.moorgate.operator.crd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.crd.route.RoutePolicy;
import dev.moorgate.operator.crd.route.RouteRules;
import io.fabric8.kubernetes.api.model.Service;
import java.lang.reflect.Field;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CrdRulesTest {
    static Stream<Example> examples() {
        return Example.all("rules.yaml");
    }

    @ParameterizedTest
    @MethodSource("examples")
    void eachExampleIsToldWhatIsWrongAndWhere(Example example) {
        assertThat(CrdRules.check(example.object()))
                .map(Violation::toString)
                .containsExactlyInAnyOrderElementsOf(example.violations());
    }

    @Test
    void everySentenceHasAnExampleThatBreaksIt() throws IllegalAccessException {
        Set<String> sentences = new TreeSet<>();
        for (Class<?> rules :
                new Class<?>[] {StickyRules.class, FilterRules.class, RouteRules.class, GatewayDuration.class}) {
            for (Field field : rules.getDeclaredFields()) {
                boolean isSentence = field.getType() == String.class
                        && !field.getName().endsWith("_CEL")
                        && !field.getName().equals("PATTERN");
                if (isSentence) {
                    sentences.add((String) field.get(null));
                }
            }
        }

        Set<String> shown = Example.all("rules.yaml")
                .flatMap(example -> example.violations().stream())
                .map(violation -> violation.substring(violation.indexOf(": ") + 2))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(shown).containsAll(sentences);
    }

    @Test
    void ourKindsNeedASpec() {
        assertThat(CrdRules.check(new StickyPolicy())).containsExactly(new Violation("spec", "is missing"));
        assertThat(CrdRules.check(new RouteFilter())).containsExactly(new Violation("spec", "is missing"));
        assertThat(CrdRules.check(new RoutePolicy())).containsExactly(new Violation("spec", "is missing"));
        assertThat(CrdRules.check(new DataPlane())).isEmpty();
    }

    @Test
    void otherKindsAreNoneOfOurs() {
        assertThat(CrdRules.check(new Service())).isEmpty();
    }
}
