package dev.moorgate.operator.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelsTest {

    @Test
    void emptySelectorTakesEverythingAndAbsentOneNothing() {
        assertThat(Labels.match(new LabelSelector(), Map.of())).isTrue();
        assertThat(Labels.match(null, Map.of("a", "1"))).isFalse();
    }

    @Test
    void allPartsMustHold() {
        LabelSelector both = new LabelSelectorBuilder()
                .addToMatchLabels("a", "1")
                .addNewMatchExpression()
                .withKey("b")
                .withOperator("Exists")
                .endMatchExpression()
                .build();
        assertThat(Labels.match(both, Map.of("a", "1", "b", ""))).isTrue();
        assertThat(Labels.match(both, Map.of("a", "1"))).isFalse();
        assertThat(Labels.match(both, Map.of("a", "2", "b", ""))).isFalse();
    }

    @ParameterizedTest(name = "a {0} [1, 2] with a={1}: {2}")
    @CsvSource({
        "In, 1, true",
        "In, 3, false",
        "In, , false",
        "NotIn, 1, false",
        "NotIn, 3, true",
        "NotIn, , true",
        "Exists, 3, true",
        "Exists, , false",
        "DoesNotExist, 3, false",
        "DoesNotExist, , true",
        "Near, 1, false",
    })
    void operatorsReadAsKubernetesReadsThem(String operator, String value, boolean expected) {
        LabelSelector selector = new LabelSelectorBuilder()
                .addNewMatchExpression()
                .withKey("a")
                .withOperator(operator)
                .withValues("1", "2")
                .endMatchExpression()
                .build();
        assertThat(Labels.match(selector, value == null ? Map.of() : Map.of("a", value)))
                .isEqualTo(expected);
    }
}
