package dev.moorgate.cli;

import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.StatusReport;
import java.util.List;
import java.util.Map;

/** Every condition of every object as lines for a terminal, from the very tree that becomes the object's status. */
final class CheckReport {
    private final StringBuilder text = new StringBuilder();

    private CheckReport() {}

    static String conditions(StatusReport report) {
        var lines = new CheckReport();
        report.render().forEach((object, tree) -> lines.object(object, tree));
        return lines.text.toString();
    }

    private void object(ObjectRef object, Map<String, Object> tree) {
        text.append(object).append('\n');
        walk(tree.get("status"), "  ");
        if (tree.get("notices") instanceof List<?> notices) {
            for (Object notice : notices) {
                if (notice instanceof Map<?, ?> fields) {
                    text.append("  ").append(fields.get("severity")).append(' ').append(fields.get("reason"));
                    if (fields.get("field") != null) {
                        text.append(' ').append(fields.get("field"));
                    }
                    text.append(": ").append(fields.get("message")).append('\n');
                }
            }
        }
    }

    private void walk(@org.jspecify.annotations.Nullable Object node, String indent) {
        if (node instanceof Map<?, ?> fields) {
            if (fields.containsKey("type") && fields.containsKey("status")) {
                text.append(indent).append(fields.get("type")).append('=').append(fields.get("status"));
                text.append(" (").append(fields.get("reason")).append(')');
                Object message = fields.get("message");
                if (message != null && !message.toString().isEmpty()) {
                    text.append(": ").append(message);
                }
                text.append('\n');
                return;
            }
            String inner = indent;
            String title = title(fields);
            if (!title.isEmpty()) {
                text.append(indent).append(title).append('\n');
                inner = indent + "  ";
            }
            if (fields.get("ip") != null) {
                text.append(indent)
                        .append("served at ")
                        .append(fields.get("ip"))
                        .append('\n');
            }
            for (Object value : fields.values()) {
                if (value instanceof List<?>
                        || value instanceof Map<?, ?> loadBalancer && loadBalancer.containsKey("ingress")) {
                    walk(value, inner);
                }
            }
        } else if (node instanceof List<?> items) {
            items.forEach(item -> walk(item, indent));
        }
    }

    /** What a list's entry is about: a listener's name, a parent or ancestor. */
    private static String title(Map<?, ?> fields) {
        if (fields.get("parentRef") instanceof Map<?, ?> parent) {
            return "parent " + reference(parent);
        }
        if (fields.get("ancestorRef") instanceof Map<?, ?> ancestor) {
            return "target " + reference(ancestor);
        }
        if (fields.containsKey("attachedRoutes")) {
            return "listener " + fields.get("name") + ": " + fields.get("attachedRoutes") + " routes";
        }
        return "";
    }

    private static String reference(Map<?, ?> fields) {
        Object namespace = fields.get("namespace");
        Object section = fields.get("sectionName");
        Object kind = fields.get("kind");
        return (kind == null ? "Gateway" : kind) + " " + (namespace == null ? "" : namespace + "/") + fields.get("name")
                + (section == null ? "" : " section " + section);
    }
}
