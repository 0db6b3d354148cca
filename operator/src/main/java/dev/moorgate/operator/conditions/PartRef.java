package dev.moorgate.operator.conditions;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A reference as its author wrote it: a route's parentRef or a policy's ancestorRef (Gateway API ParentReference). Absent parts stay
 * absent, for entries in a status must equal the reference in the spec.
 */
public record PartRef(
        Optional<String> group,
        Optional<String> kind,
        Optional<String> namespace,
        String name,
        Optional<String> sectionName,
        OptionalInt port) {

    public static PartRef of(String group, String kind, String namespace, String name) {
        return new PartRef(
                Optional.of(group),
                Optional.of(kind),
                Optional.of(namespace),
                name,
                Optional.empty(),
                OptionalInt.empty());
    }

    public PartRef withSectionName(String section) {
        return new PartRef(group, kind, namespace, name, Optional.of(section), port);
    }

    /** In the order of the Kubernetes API. */
    Map<String, Object> render() {
        Map<String, Object> tree = new LinkedHashMap<>();
        group.ifPresent(value -> tree.put("group", value));
        kind.ifPresent(value -> tree.put("kind", value));
        namespace.ifPresent(value -> tree.put("namespace", value));
        tree.put("name", name);
        sectionName.ifPresent(value -> tree.put("sectionName", value));
        port.ifPresent(value -> tree.put("port", value));
        return tree;
    }
}
