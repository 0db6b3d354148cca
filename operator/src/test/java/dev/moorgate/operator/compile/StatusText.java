package dev.moorgate.operator.compile;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The tree of one object of a StatusReport for people: a condition is a line ({@code Accepted=True Accepted @1: message}, with the
 * observed generation after the at sign), supported features are counted.
 */
final class StatusText {
    private StatusText() {}

    static Object of(Object tree) {
        return switch (tree) {
            case Map<?, ?> map -> {
                Map<String, Object> compact = new LinkedHashMap<>();
                map.forEach((name, value) -> compact.put(String.valueOf(name), of(String.valueOf(name), value)));
                yield compact;
            }
            case List<?> list -> list.stream().map(StatusText::of).toList();
            default -> tree;
        };
    }

    private static Object of(String name, Object value) {
        return switch (name) {
            case "conditions" ->
                ((List<?>) value)
                        .stream().map(item -> condition((Map<?, ?>) item)).toList();
            case "supportedFeatures" -> ((List<?>) value).size();
            case "supportedKinds" ->
                ((List<?>) value)
                        .stream()
                                .map(item -> String.valueOf(((Map<?, ?>) item).get("kind")))
                                .collect(Collectors.joining(", "));
            default -> of(value);
        };
    }

    private static String condition(Map<?, ?> condition) {
        String message = String.valueOf(condition.get("message"));
        return condition.get("type") + "=" + condition.get("status") + " " + condition.get("reason") + " @"
                + condition.get("observedGeneration") + (message.isEmpty() ? "" : ": " + message);
    }
}
