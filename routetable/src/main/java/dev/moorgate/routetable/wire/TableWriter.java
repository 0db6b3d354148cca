package dev.moorgate.routetable.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RouteTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the contract as JSON: fields in the order of the records, absent optionals left out, {@code format} first. The
 * same value always gives the same bytes. Immutable, any thread.
 */
public final class TableWriter {
    /** The number of this format: raised when a reader of the last one would misread it. */
    public static final int FORMAT = 1;

    private static final String HIDDEN = "<redacted>";

    /** Who reads it. */
    private enum Reader {
        DATA_PLANE,
        PEOPLE
    }

    /** The writer of pushes and of the last-good copy: compact, with the secrets. */
    public static final TableWriter WIRE = new TableWriter(Reader.DATA_PLANE);

    /** The writer for people: indented, secrets replaced. What it writes is not read back. */
    public static final TableWriter REDACTED = new TableWriter(Reader.PEOPLE);

    private final JsonFactory json =
            JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();
    private final Reader reader;

    private TableWriter(Reader reader) {
        this.reader = reader;
    }

    public byte[] write(RouteTable table) {
        return document(table);
    }

    public byte[] write(EndpointTable table) {
        return document(table);
    }

    public byte[] write(Push push) {
        return document(push);
    }

    public byte[] write(Ack ack) {
        return document(ack);
    }

    public byte[] write(TableDelta delta) {
        return document(delta);
    }

    public byte[] write(EndpointDelta delta) {
        return document(delta);
    }

    public byte[] write(DeltaPush push) {
        return document(push);
    }

    public byte[] write(ReplicaState state) {
        return document(state);
    }

    public byte[] write(SessionCensus census) {
        return document(census);
    }

    private byte[] document(Record value) {
        Shape.Struct shape = Shape.of(value.getClass());
        var bytes = new ByteArrayOutputStream(1024);
        try (JsonGenerator out = json.createGenerator(bytes)) {
            if (reader == Reader.PEOPLE) {
                var lines = new DefaultIndenter("  ", "\n");
                out.setPrettyPrinter(
                        new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines));
            }
            out.writeStartObject();
            out.writeNumberField("format", FORMAT);
            fields(out, shape, value);
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void fields(JsonGenerator out, Shape.Struct shape, Object value) throws IOException {
        for (Shape.Field field : shape.fields()) {
            @Nullable Object content = field.of(value);
            if (field.shape() instanceof Shape.Maybe) {
                content = Shape.Maybe.content(content);
            }
            if (content != null) {
                out.writeFieldName(field.name());
                value(out, field.shape(), content);
            }
        }
    }

    private void value(JsonGenerator out, Shape shape, Object value) throws IOException {
        switch (shape) {
            case Shape.Text text -> out.writeString((String) value);
            case Shape.Int number -> out.writeNumber((int) value);
            case Shape.Whole number -> out.writeNumber((long) value);
            case Shape.Bool flag -> out.writeBoolean((boolean) value);
            case Shape.Span span -> out.writeString(((Duration) value).toString());
            case Shape.Word word -> out.writeString(((Enum<?>) value).name());
            case Shape.Secret secret -> out.writeString(reader == Reader.PEOPLE ? HIDDEN : ((Redacted) value).value());
            case Shape.Maybe maybe -> value(out, maybe.item(), value);
            case Shape.Many many -> {
                out.writeStartArray();
                for (Object item : (List<?>) value) {
                    value(out, many.item(), item);
                }
                out.writeEndArray();
            }
            case Shape.Struct struct -> {
                out.writeStartObject();
                fields(out, struct, value);
                out.writeEndObject();
            }
            case Shape.OneOf options -> {
                out.writeStartObject();
                out.writeStringField("type", options.word(value));
                fields(out, options.struct(value), value);
                out.writeEndObject();
            }
        }
    }
}
