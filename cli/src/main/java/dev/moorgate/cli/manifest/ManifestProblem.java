package dev.moorgate.cli.manifest;

import java.nio.file.Path;

/**
 * Something wrong with the text of a manifest file.
 *
 * @param document counted from 1; 0 for the file as a whole
 * @param line counted from 1; 0 where unknown
 */
public record ManifestProblem(Path file, int document, int line, String message) {

    /** {@code shop.yaml:12 (document 2): message}. */
    @Override
    public String toString() {
        var text = new StringBuilder(file.toString());
        if (line > 0) {
            text.append(':').append(line);
        }
        if (document > 0) {
            text.append(" (document ").append(document).append(')');
        }
        return text.append(": ").append(message).toString();
    }
}
