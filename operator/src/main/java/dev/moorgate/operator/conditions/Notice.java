package dev.moorgate.operator.conditions;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something to tell the owner of an object, whether or not its kind has conditions; becomes an Event in a cluster.
 *
 * @param field the place in the object, such as {@code spec.rules[0].http.paths[1].backend}; empty for the object as a whole
 * @param message what is wrong, and what to do
 */
public record Notice(Severity severity, Reason reason, String field, String message) {
    /** ERROR: a part of the object is not served as written; WARNING: it is, but look; INFO: good to know. */
    public enum Severity {
        ERROR("Error"),
        WARNING("Warning"),
        INFO("Info");

        private final String word;

        Severity(String word) {
            this.word = word;
        }

        /** As users read it. */
        public String word() {
            return word;
        }
    }

    Map<String, Object> render() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("severity", severity.word());
        tree.put("reason", reason.word());
        if (!field.isEmpty()) {
            tree.put("field", field);
        }
        tree.put("message", message);
        return tree;
    }
}
