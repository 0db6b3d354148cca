package dev.moorgate.routetable.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.moorgate.routetable.Redacted;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads one document by its shape. One thread, once. */
final class DocumentReader {
    /** What becomes of a field that is not known here. */
    enum Unknown {
        REFUSED,
        PASSED_OVER
    }

    private final JsonParser in;
    private final WirePath path;
    private final Unknown unknown;

    /** {@code path} stands, when reading fails, where it failed. */
    DocumentReader(JsonParser in, WirePath path, Unknown unknown) {
        this.in = in;
        this.path = path;
        this.unknown = unknown;
    }

    Object document(Shape.Struct shape) throws IOException, WireException {
        require(in.nextToken() == JsonToken.START_OBJECT, "must be an object");
        require("format".equals(in.nextFieldName()), "must begin with the field format");
        path.enter("format");
        in.nextToken();
        int format = integer();
        require(
                format <= TableWriter.FORMAT,
                "is " + format + ", newer than the " + TableWriter.FORMAT
                        + " that this version reads: upgrade it first");
        require(format == TableWriter.FORMAT, "is " + format + ", which this version does not read");
        path.leave();
        Object value = fields(shape);
        require(in.nextToken() == null, "has text behind its end");
        return value;
    }

    /** From behind the opening brace to the closing one. */
    private Object fields(Shape.Struct shape) throws IOException, WireException {
        var values = new @Nullable Object[shape.fields().size()];
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            path.enter(name);
            Integer place = shape.places().get(name);
            if (place == null) {
                require(
                        unknown == Unknown.PASSED_OVER,
                        "is not a field of " + shape.type().getSimpleName());
                in.nextToken();
                in.skipChildren();
                path.leave();
                continue;
            }
            require(values[place] == null, "stands there twice");
            in.nextToken();
            values[place] = value(shape.fields().get(place).shape());
            path.leave();
        }
        for (int i = 0; i < values.length; i++) {
            if (values[i] == null) {
                Shape.Field field = shape.fields().get(i);
                if (field.shape() instanceof Shape.Maybe maybe) {
                    values[i] = maybe.nothing();
                } else {
                    path.enter(field.name());
                    throw refused("is missing");
                }
            }
        }
        return make(shape, values);
    }

    private Object make(Shape.Struct shape, @Nullable Object[] values) throws WireException {
        try {
            return shape.constructor().newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refusal) {
                throw refused(String.valueOf(refusal.getMessage()));
            }
            throw new IllegalStateException("constructor of " + shape.type(), e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("constructor of " + shape.type(), e);
        }
    }

    private Object value(Shape shape) throws IOException, WireException {
        return switch (shape) {
            case Shape.Text text -> string();
            case Shape.Int number -> integer();
            case Shape.Whole number -> {
                whole();
                yield in.getLongValue();
            }
            case Shape.Bool flag -> {
                JsonToken token = in.currentToken();
                require(token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE, "must be true or false");
                yield token == JsonToken.VALUE_TRUE;
            }
            case Shape.Span span -> duration();
            case Shape.Word word -> {
                Object constant = word.constants().get(string());
                yield known(constant, word.constants().keySet());
            }
            case Shape.Secret secret -> secret();
            case Shape.Maybe maybe -> maybe(maybe);
            case Shape.Many many -> list(many);
            case Shape.Struct struct -> {
                require(in.currentToken() == JsonToken.START_OBJECT, "must be an object");
                yield fields(struct);
            }
            case Shape.OneOf options -> {
                require(in.currentToken() == JsonToken.START_OBJECT, "must be an object");
                require("type".equals(in.nextFieldName()), "must begin with the field type");
                path.enter("type");
                in.nextToken();
                Shape.Struct option =
                        known(options.words().get(string()), options.words().keySet());
                path.leave();
                yield fields(option);
            }
        };
    }

    private Object maybe(Shape.Maybe maybe) throws IOException, WireException {
        Object item = value(maybe.item());
        return switch (maybe.kind()) {
            case ANY -> Optional.of(item);
            case INT -> OptionalInt.of((int) item);
            case WHOLE -> OptionalLong.of((long) item);
        };
    }

    private List<Object> list(Shape.Many many) throws IOException, WireException {
        require(in.currentToken() == JsonToken.START_ARRAY, "must be an array");
        var items = new ArrayList<Object>();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            path.enter(items.size());
            items.add(value(many.item()));
            path.leave();
        }
        return items;
    }

    private String string() throws IOException, WireException {
        require(in.currentToken() == JsonToken.VALUE_STRING, "must be a string");
        return in.getText();
    }

    private int integer() throws IOException, WireException {
        whole();
        require(in.getNumberType() == JsonParser.NumberType.INT, "is out of range");
        return in.getIntValue();
    }

    private void whole() throws IOException, WireException {
        require(in.currentToken() == JsonToken.VALUE_NUMBER_INT, "must be a whole number");
        require(in.getNumberType() != JsonParser.NumberType.BIG_INTEGER, "is out of range");
    }

    private Duration duration() throws IOException, WireException {
        try {
            return Duration.parse(string());
        } catch (DateTimeParseException notOne) {
            throw refused("must be a duration of ISO 8601, such as PT2.5S");
        }
    }

    private Redacted secret() throws IOException, WireException {
        try {
            return new Redacted(string());
        } catch (IllegalArgumentException refusal) {
            throw refused(String.valueOf(refusal.getMessage()));
        }
    }

    private <T> T known(@Nullable T value, Iterable<String> words) throws WireException {
        if (value == null) {
            throw refused("must be one of " + String.join(", ", words));
        }
        return value;
    }

    private void require(boolean condition, String reason) throws WireException {
        if (!condition) {
            throw refused(reason);
        }
    }

    private WireException refused(String reason) {
        return new WireException(path.toString(), reason);
    }
}
