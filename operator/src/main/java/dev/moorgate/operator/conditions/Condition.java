package dev.moorgate.operator.conditions;

import java.util.LinkedHashMap;
import java.util.Map;

/** One finding on an object, as Kubernetes shows it; when it changed is added by whoever writes it. */
public record Condition(ConditionType type, boolean status, Reason reason, String message, long observedGeneration) {

    public boolean isGood() {
        return status == type.good();
    }

    /** In the order of the Kubernetes API. */
    Map<String, Object> render() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", type.word());
        tree.put("status", status ? "True" : "False");
        tree.put("reason", reason.word());
        tree.put("message", message);
        tree.put("observedGeneration", observedGeneration);
        return tree;
    }
}
