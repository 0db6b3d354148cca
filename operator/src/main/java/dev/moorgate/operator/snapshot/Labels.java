package dev.moorgate.operator.snapshot;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Label selectors (meta/v1): an empty selector takes everything, an absent one nothing. */
public final class Labels {
    private Labels() {}

    public static boolean match(@Nullable LabelSelector selector, @Nullable Map<String, String> labels) {
        if (selector == null) {
            return false;
        }
        Map<String, String> have = Objects.requireNonNullElse(labels, Map.of());
        Map<String, String> exact = Objects.requireNonNullElse(selector.getMatchLabels(), Map.of());
        List<LabelSelectorRequirement> expressions =
                Objects.requireNonNullElse(selector.getMatchExpressions(), List.<LabelSelectorRequirement>of()).stream()
                        .filter(Objects::nonNull)
                        .toList();
        return exact.entrySet().stream().allMatch(label -> Objects.equals(have.get(label.getKey()), label.getValue()))
                && expressions.stream().allMatch(expression -> holds(expression, have));
    }

    private static boolean holds(LabelSelectorRequirement expression, Map<String, String> labels) {
        List<String> values = Objects.requireNonNullElse(expression.getValues(), List.of());
        String key = Objects.requireNonNullElse(expression.getKey(), "");
        return switch (Objects.requireNonNullElse(expression.getOperator(), "")) {
            case "In" -> labels.containsKey(key) && values.contains(labels.get(key));
            case "NotIn" -> !labels.containsKey(key) || !values.contains(labels.get(key));
            case "Exists" -> labels.containsKey(key);
            case "DoesNotExist" -> !labels.containsKey(key);
            default -> false;
        };
    }
}
