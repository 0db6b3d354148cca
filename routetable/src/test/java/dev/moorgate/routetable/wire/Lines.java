package dev.moorgate.routetable.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;

/** A document with its fields on lines of their own, so that a change of the format is read in a diff. */
final class Lines {
    private Lines() {}

    static String of(String document) throws IOException {
        var factory = new JsonFactory();
        var text = new StringWriter();
        var lines = new DefaultIndenter("  ", "\n");
        try (JsonParser in = factory.createParser(document);
                JsonGenerator out = factory.createGenerator(text)) {
            out.setPrettyPrinter(
                    new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines));
            while (in.nextToken() != null) {
                out.copyCurrentEvent(in);
            }
        }
        return text + "\n";
    }
}
