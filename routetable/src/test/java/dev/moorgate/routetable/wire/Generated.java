package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.Redacted;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Every value that differs from a given one in a single place, whatever the records look like. */
final class Generated {
    private Generated() {}

    /** All variants of {@code record} with one field changed, at any depth, that its constructors accept. */
    static List<Record> variants(Record record) {
        var variants = new ArrayList<Record>();
        RecordComponent[] components = record.getClass().getRecordComponents();
        Object[] values = Arrays.stream(components)
                .map(component -> read(component, record))
                .toArray();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        for (int i = 0; i < values.length; i++) {
            for (Object other : others(values[i], components[i].getGenericType())) {
                Object[] changed = values.clone();
                changed[i] = other;
                try {
                    variants.add(
                            (Record) record.getClass().getConstructor(types).newInstance(changed));
                } catch (InvocationTargetException refused) {
                    // Not every change gives a table that a proxy could serve.
                } catch (ReflectiveOperationException e) {
                    throw new LinkageError(e.getMessage(), e);
                }
            }
        }
        return variants;
    }

    private static Object read(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    private static List<Object> others(Object value, Type type) {
        return switch (value) {
            case String text -> List.of(text + "x", "x" + text, "");
            case Integer number -> List.of(number + 1, number - 1);
            case Long number -> List.of(number + 1);
            case Boolean flag -> List.of(!flag);
            case Duration duration -> List.of(duration.plusNanos(1), duration.plusSeconds(1));
            case Redacted secret -> List.of(new Redacted(secret.value() + "x"));
            case Enum<?> word ->
                Arrays.stream(word.getDeclaringClass().getEnumConstants())
                        .filter(other -> other != word)
                        .map(Object.class::cast)
                        .toList();
            case Optional<?> some when some.isPresent() -> optionals(some.get(), type);
            case Optional<?> none -> present(type);
            case OptionalInt some -> List.of(some.isPresent() ? OptionalInt.empty() : OptionalInt.of(1));
            case OptionalLong some -> List.of(some.isPresent() ? OptionalLong.empty() : OptionalLong.of(1));
            case List<?> items -> lists(items, type);
            case Record record -> new ArrayList<>(variants(record));
            default -> throw new AssertionError("no variants of " + value.getClass());
        };
    }

    private static List<Object> optionals(Object content, Type type) {
        var others = new ArrayList<Object>();
        others.add(Optional.empty());
        others(content, argument(type)).forEach(other -> others.add(Optional.of(other)));
        return others;
    }

    private static List<Object> present(Type type) {
        if (argument(type) == String.class) {
            return List.of(Optional.of(""), Optional.of("x"));
        }
        return argument(type) == Duration.class ? List.of(Optional.of(Duration.ofSeconds(7))) : List.of();
    }

    private static List<Object> lists(List<?> items, Type type) {
        var others = new ArrayList<Object>();
        for (int i = 0; i < items.size(); i++) {
            var shorter = new ArrayList<Object>(items);
            shorter.remove(i);
            others.add(shorter);
            for (Object other : others(items.get(i), argument(type))) {
                var changed = new ArrayList<Object>(items);
                changed.set(i, other);
                others.add(changed);
            }
        }
        if (items.size() > 1 && !items.getFirst().equals(items.getLast())) {
            others.add(new ArrayList<>(items.reversed()));
        }
        if (items.isEmpty() && argument(type) == String.class) {
            others.add(List.of(""));
            others.add(List.of("x"));
        }
        return others;
    }

    private static Type argument(Type type) {
        return ((ParameterizedType) type).getActualTypeArguments()[0];
    }
}
