package dev.moorgate.operator.crd;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The schemas of our kinds, checked on a manifest as it was read (maps, lists, texts, numbers, booleans): field names, types, words,
 * lengths and ranges. For manifests that no API server has seen; what passes can be turned into the type without loss. Reads the same
 * annotations that {@code crds/} is made from. Pure.
 */
public final class CrdShape {
    private static final Set<String> ROOT = Set.of("apiVersion", "kind", "metadata", "spec", "status");

    private final Violation.Collector found = new Violation.Collector();

    private CrdShape() {}

    /** What is wrong with the tree, in the order of its fields; empty for kinds that are not ours. */
    public static List<Violation> check(Map<String, ?> tree) {
        for (Class<? extends HasMetadata> kind : Crds.KINDS) {
            boolean isKind = Crds.API_VERSION.equals(tree.get("apiVersion"))
                    && HasMetadata.getKind(kind).equals(tree.get("kind"));
            if (isKind && kind.getGenericSuperclass() instanceof ParameterizedType resource) {
                CrdShape shape = new CrdShape();
                shape.known(tree.keySet(), ROOT, "");
                if (tree.get("spec") != null) {
                    shape.fields(tree.get("spec"), (Class<?>) resource.getActualTypeArguments()[0], "spec");
                } else if (kind != DataPlane.class) {
                    shape.found.unless(false, "spec", "is missing");
                }
                return shape.found.list();
            }
        }
        return List.of();
    }

    private void fields(Object value, Class<?> type, String field) {
        if (!(value instanceof Map<?, ?> map)) {
            found.unless(false, field, "must have fields of its own, and not be " + describe(value));
            return;
        }
        Set<String> names = new TreeSet<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String name = name(component);
            names.add(name);
            Object member = map.get(name);
            String path = field + "." + name;
            if (member != null) {
                value(member, component.getAnnotatedType(), component.getAccessor(), path);
            } else {
                found.unless(!component.getAccessor().isAnnotationPresent(Required.class), path, "is missing");
            }
        }
        known(map.keySet(), names, field + ".");
    }

    private void known(Set<?> given, Set<String> names, String prefix) {
        for (Object name : given) {
            found.unless(
                    name instanceof String text && names.contains(text),
                    prefix + name,
                    "is no field: there are " + String.join(", ", new TreeSet<>(names)));
        }
    }

    private void value(Object value, AnnotatedType annotated, AnnotatedElement limits, String field) {
        Class<?> type = annotated.getType() instanceof ParameterizedType generic
                ? (Class<?>) generic.getRawType()
                : (Class<?>) annotated.getType();
        if (type.isRecord()) {
            fields(value, type, field);
        } else if (type.isEnum()) {
            List<String> words = words(type);
            found.unless(
                    value instanceof String text && words.contains(text),
                    field,
                    describe(value) + " is none of " + String.join(", ", words));
        } else if (type == String.class) {
            text(value, limits, field);
        } else if (type == Boolean.class) {
            found.unless(value instanceof Boolean, field, "must be true or false, and not " + describe(value));
        } else if (type == List.class) {
            list(value, annotated, limits, field);
        } else {
            number(value, type == Double.class, limits, field);
        }
    }

    private void text(Object value, AnnotatedElement limits, String field) {
        if (!(value instanceof String text)) {
            found.unless(false, field, "must be text, and not " + describe(value) + ": put it in quotes");
            return;
        }
        size(text.codePointCount(0, text.length()), limits, field, "characters");
        Pattern pattern = limits.getAnnotation(Pattern.class);
        if (pattern == null) {
            return;
        }
        if (pattern.value().equals(GatewayDuration.PATTERN)) {
            found.duration(field, text);
        } else {
            found.unless(text.matches(pattern.value()), field, describe(value) + " does not match " + pattern.value());
        }
    }

    private void list(Object value, AnnotatedType annotated, AnnotatedElement limits, String field) {
        if (!(value instanceof List<?> list) || !(annotated instanceof AnnotatedParameterizedType generic)) {
            found.unless(false, field, "must be a list, and not " + describe(value));
            return;
        }
        size(list.size(), limits, field, "entries");
        AnnotatedType item = generic.getAnnotatedActualTypeArguments()[0];
        for (int i = 0; i < list.size(); i++) {
            String path = field + "[" + i + "]";
            if (list.get(i) == null) {
                found.unless(false, path, "is empty");
            } else {
                value(list.get(i), item, item, path);
            }
        }
    }

    private void number(Object value, boolean mayHaveFraction, AnnotatedElement limits, String field) {
        boolean isWhole = value instanceof Integer || value instanceof Long;
        if (!isWhole && !(mayHaveFraction && value instanceof Number)) {
            String wanted = mayHaveFraction ? "a number" : "a whole number";
            found.unless(false, field, "must be " + wanted + ", and not " + describe(value));
            return;
        }
        double number = ((Number) value).doubleValue();
        Min min = limits.getAnnotation(Min.class);
        Max max = limits.getAnnotation(Max.class);
        found.unless(min == null || number >= min.value(), field, value + " is too small" + range(min, max));
        found.unless(max == null || number <= max.value(), field, value + " is too large" + range(min, max));
    }

    private void size(int size, AnnotatedElement limits, String field, String unit) {
        Size wanted = limits.getAnnotation(Size.class);
        if (wanted != null) {
            found.unless(size >= wanted.min(), field, "needs " + wanted.min() + " " + unit + " or more");
            found.unless(size <= wanted.max(), field, "has " + size + " " + unit + ", more than " + wanted.max());
        }
    }

    private static String range(@Nullable Min min, @Nullable Max max) {
        String least = min == null ? "" : ": at least " + whole(min.value());
        String most = max == null ? "" : (min == null ? ": " : ", ") + "at most " + whole(max.value());
        return least + most;
    }

    private static String whole(double bound) {
        return String.valueOf((long) bound);
    }

    private static List<String> words(Class<?> type) {
        List<String> words = new ArrayList<>();
        Arrays.stream(type.getFields()).filter(field -> field.isEnumConstant()).forEach(constant -> {
            JsonProperty property = constant.getAnnotation(JsonProperty.class);
            words.add(property == null ? constant.getName() : property.value());
        });
        return words;
    }

    private static String name(RecordComponent component) {
        JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
        return property == null || property.value().isEmpty() ? component.getName() : property.value();
    }

    private static String describe(Object value) {
        return switch (value) {
            case String text -> "\"" + text + "\"";
            case Map<?, ?> _ -> "a map";
            case List<?> _ -> "a list";
            default -> value.toString();
        };
    }
}
