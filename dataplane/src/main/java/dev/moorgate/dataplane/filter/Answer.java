package dev.moorgate.dataplane.filter;

import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.routetable.Filter.HeaderField;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A response that a filter makes without an upstream.
 *
 * @param fields beside those of framing and connection
 * @param body Unicode, sent as UTF-8
 */
public record Answer(int status, List<HeaderField> fields, String body) {
    public Answer {
        fields = List.copyOf(fields);
    }

    /** Writes {@link #fields}. */
    public void writeFields(HeadWriter out) {
        for (HeaderField field : fields) {
            out.add(field.name().getBytes(StandardCharsets.US_ASCII), field.value());
        }
    }
}
