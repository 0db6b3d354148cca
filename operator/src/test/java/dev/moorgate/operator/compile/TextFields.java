package dev.moorgate.operator.compile;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.AnyType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Every place of a kind that holds text, read off its type, so that a new field is one of them by itself: {@code
 * spec.rules[].name}, {@code metadata.labels{}} for values and {@code metadata.labels{key}} for keys of a map.
 */
final class TextFields {
    private static final ObjectMapper JSON = JsonMapper.builder().build();
    private static final String KEY = "{key}";
    private static final String VALUE = "{}";
    private static final String ITEM = "[]";
    /** What an API server checks and writes itself. */
    private static final String ITS_OWN = "(kind|apiVersion|metadata(?![.](labels|annotations)).*)";

    private final SortedSet<String> found = new TreeSet<>();
    private final Set<Class<?>> within = new HashSet<>();

    private TextFields() {}

    static SortedSet<String> of(Class<?> kind) {
        TextFields fields = new TextFields();
        fields.walk(JSON.constructType(kind), "");
        fields.found.removeIf(path -> path.matches(ITS_OWN));
        return fields.found;
    }

    private void walk(JavaType type, String path) {
        Class<?> raw = type.getRawClass();
        if (raw == String.class || raw.isEnum() || AnyType.class.isAssignableFrom(raw)) {
            found.add(path);
        } else if (type.isMapLikeType()) {
            found.add(path + KEY);
            walk(type.getContentType(), path + VALUE);
        } else if (type.isContainerType()) {
            walk(type.getContentType(), path + ITEM);
        } else if (!type.isPrimitive() && !raw.getName().startsWith("java.") && within.add(raw)) {
            for (BeanPropertyDefinition property :
                    JSON.getDeserializationConfig().introspect(type).findProperties()) {
                walk(property.getPrimaryType(), path.isEmpty() ? property.getName() : path + "." + property.getName());
            }
            within.remove(raw);
        }
    }

    /** The steps of a path, outermost first. */
    static List<String> steps(String path) {
        List<String> steps = new ArrayList<>();
        for (String part : path.split("[.]", -1)) {
            String rest = part;
            List<String> containers = new ArrayList<>();
            while (rest.endsWith(ITEM) || rest.endsWith(VALUE) || rest.endsWith(KEY)) {
                String end = rest.endsWith(KEY) ? KEY : rest.substring(rest.length() - ITEM.length());
                containers.addFirst(end);
                rest = rest.substring(0, rest.length() - end.length());
            }
            if (!rest.isEmpty()) {
                steps.add(rest);
            }
            steps.addAll(containers);
        }
        return steps;
    }

    /** How many steps of the path an object has. */
    static int depth(JsonNode object, List<String> steps) {
        JsonNode node = object;
        for (int i = 0; i < steps.size(); i++) {
            String step = steps.get(i);
            JsonNode next = step.equals(ITEM) || step.equals(VALUE) || step.equals(KEY)
                    ? (node.isEmpty() ? null : node.elements().next())
                    : node.get(step);
            if (next == null || next.isNull()) {
                return i;
            }
            node = next;
        }
        return steps.size();
    }

    /** Puts the text into the object; what is missing on the way is made. */
    static void put(ObjectNode object, List<String> steps, String text) {
        put(object, steps, 0, text);
    }

    private static void put(JsonNode node, List<String> steps, int at, String text) {
        String step = steps.get(at);
        if (at == steps.size() - 1) {
            leaf(node, step, text);
            return;
        }
        boolean isArray = steps.get(at + 1).equals(ITEM);
        if (node instanceof ArrayNode list) {
            if (list.isEmpty()
                    || list.get(0).isArray() != isArray
                    || !list.get(0).isContainerNode()) {
                list.removeAll();
                list.add(isArray ? JSON.createArrayNode() : JSON.createObjectNode());
            }
            put(list.get(0), steps, at + 1, text);
        } else if (node instanceof ObjectNode map) {
            String name =
                    step.equals(VALUE) ? (map.isEmpty() ? "k" : map.fieldNames().next()) : step;
            JsonNode next = map.get(name);
            if (next == null || !next.isContainerNode() || next.isArray() != isArray) {
                next = isArray ? JSON.createArrayNode() : JSON.createObjectNode();
                map.set(name, next);
            }
            put(next, steps, at + 1, text);
        }
    }

    private static void leaf(JsonNode node, String step, String text) {
        if (node instanceof ArrayNode list) {
            if (list.isEmpty()) {
                list.add(text);
            } else {
                list.set(0, text);
            }
        } else if (node instanceof ObjectNode map) {
            if (step.equals(KEY)) {
                map.set(
                        text,
                        map.isEmpty()
                                ? JSON.getNodeFactory().textNode("v")
                                : map.elements().next());
            } else if (step.equals(VALUE)) {
                map.put(map.isEmpty() ? "k" : map.fieldNames().next(), text);
            } else {
                map.put(step, text);
            }
        }
    }
}
