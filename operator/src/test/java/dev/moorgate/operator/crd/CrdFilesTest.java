package dev.moorgate.operator.crd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code make crds} writes the files anew. */
class CrdFilesTest {
    private static final Path CRDS = Path.of("..", "crds");

    @Test
    void theFilesAreThoseOfTheTypes() throws IOException {
        SortedMap<String, String> generated = CrdFiles.generate();
        if ("update".equals(System.getProperty("golden"))) {
            Files.createDirectories(CRDS);
            for (Map.Entry<String, String> file : generated.entrySet()) {
                Files.writeString(CRDS.resolve(file.getKey()), file.getValue());
            }
        }

        assertThat(files())
                .as("crds/ differs from the types of dev.moorgate.operator.crd; write it anew with: make crds")
                .isEqualTo(generated);
    }

    private static SortedMap<String, String> files() throws IOException {
        SortedMap<String, String> files = new TreeMap<>();
        try (Stream<Path> paths = Files.list(CRDS)) {
            for (Path path : paths.toList()) {
                files.put(path.getFileName().toString(), Files.readString(path));
            }
        }
        return files;
    }
}
