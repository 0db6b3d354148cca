package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.Redacted;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * How a type of the contract looks on the wire, read off its record components: a field cannot be forgotten by the
 * writer, the reader or the digest, and its name is the same in all of them.
 */
sealed interface Shape {
    /** A JSON string. */
    enum Text implements Shape {
        TEXT
    }

    /** A whole number of 32 bits. */
    enum Int implements Shape {
        INT
    }

    /** A whole number of 64 bits. */
    enum Whole implements Shape {
        WHOLE
    }

    /** True or false. */
    enum Bool implements Shape {
        BOOL
    }

    /** A duration as ISO 8601 writes it: {@code PT2.5S}. */
    enum Span implements Shape {
        SPAN
    }

    /** A secret: its text, or a placeholder for readers who must not see it. */
    enum Secret implements Shape {
        SECRET
    }

    /** One of an enum's constants, by name. */
    record Word(Map<String, Object> constants) implements Shape {}

    /** A JSON array. */
    record Many(Shape item) implements Shape {}

    /** A field that is left out where the optional is empty; null is refused. */
    record Maybe(Shape item, Kind kind) implements Shape {
        /** Which of the JDK's optionals it is. */
        enum Kind {
            ANY,
            INT,
            WHOLE
        }

        Object nothing() {
            return switch (kind) {
                case ANY -> Optional.empty();
                case INT -> OptionalInt.empty();
                case WHOLE -> OptionalLong.empty();
            };
        }

        /** What the optional holds, null for nothing. */
        static @Nullable Object content(Object optional) {
            return switch (optional) {
                case Optional<?> some -> some.orElse(null);
                case OptionalInt some -> some.isPresent() ? some.getAsInt() : null;
                case OptionalLong some -> some.isPresent() ? some.getAsLong() : null;
                default -> throw new IllegalStateException("not an optional: " + optional.getClass());
            };
        }
    }

    /** A JSON object with exactly these fields. */
    record Struct(Class<?> type, List<Field> fields, Map<String, Integer> places, Constructor<?> constructor)
            implements Shape {}

    /** A JSON object that says first, as its {@code "type"}, which of these words it is; no class is ever named. */
    record OneOf(Map<String, Struct> words, Map<Class<?>, String> types) implements Shape {
        String word(Object value) {
            return Objects.requireNonNull(types.get(value.getClass()));
        }

        Struct struct(Object value) {
            return Objects.requireNonNull(words.get(word(value)));
        }
    }

    /** One field of a struct. */
    record Field(String name, Shape shape, Method accessor) {
        Object of(Object record) {
            try {
                return accessor.invoke(record);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("field " + name + " of " + record.getClass(), e);
            }
        }
    }

    /** The shape of a record of the contract. */
    static Struct of(Class<? extends Record> type) {
        return (Struct) Shapes.shape(type);
    }

    /** Derives shapes; the contract's types do not contain themselves, so plain recursion ends. */
    final class Shapes {
        private static final Map<Type, Shape> KNOWN = new ConcurrentHashMap<>();

        private Shapes() {}

        private static Shape shape(Type type) {
            Shape known = KNOWN.get(type);
            if (known == null) {
                known = find(type);
                KNOWN.put(type, known);
            }
            return known;
        }

        private static Shape find(Type type) {
            if (type instanceof ParameterizedType generic) {
                Shape item = shape(generic.getActualTypeArguments()[0]);
                if (generic.getRawType() == List.class) {
                    return new Many(item);
                }
                if (generic.getRawType() == Optional.class) {
                    return new Maybe(item, Maybe.Kind.ANY);
                }
            } else if (type == String.class) {
                return Text.TEXT;
            } else if (type == int.class || type == Integer.class) {
                return Int.INT;
            } else if (type == long.class) {
                return Whole.WHOLE;
            } else if (type == boolean.class) {
                return Bool.BOOL;
            } else if (type == Duration.class) {
                return Span.SPAN;
            } else if (type == Redacted.class) {
                return Secret.SECRET;
            } else if (type == OptionalInt.class) {
                return new Maybe(Int.INT, Maybe.Kind.INT);
            } else if (type == OptionalLong.class) {
                return new Maybe(Whole.WHOLE, Maybe.Kind.WHOLE);
            } else if (type instanceof Class<?> named) {
                return named(named);
            }
            throw new IllegalStateException("a table may not hold a " + type);
        }

        private static Shape named(Class<?> type) {
            if (type.isEnum()) {
                var constants = new LinkedHashMap<String, Object>();
                for (Object constant : type.getEnumConstants()) {
                    constants.put(((Enum<?>) constant).name(), constant);
                }
                return new Word(constants);
            }
            if (type.isRecord()) {
                return struct(type);
            }
            if (type.isSealed()) {
                return oneOf(type);
            }
            throw new IllegalStateException("a table may not hold a " + type);
        }

        private static Shape struct(Class<?> type) {
            RecordComponent[] components = type.getRecordComponents();
            var fields = new ArrayList<Field>();
            var places = new HashMap<String, Integer>();
            for (RecordComponent component : components) {
                places.put(component.getName(), fields.size());
                fields.add(new Field(component.getName(), shape(component.getGenericType()), component.getAccessor()));
            }
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            try {
                return new Struct(type, List.copyOf(fields), places, type.getDeclaredConstructor(types));
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(type + " has no canonical constructor", e);
            }
        }

        private static Shape oneOf(Class<?> type) {
            var words = new LinkedHashMap<String, Struct>();
            var types = new HashMap<Class<?>, String>();
            for (Class<?> option : type.getPermittedSubclasses()) {
                String name = option.getSimpleName();
                String word = Character.toLowerCase(name.charAt(0)) + name.substring(1);
                words.put(word, (Struct) shape(option));
                types.put(option, word);
            }
            return new OneOf(words, types);
        }
    }
}
