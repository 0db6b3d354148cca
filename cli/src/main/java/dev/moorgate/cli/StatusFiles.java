package dev.moorgate.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.StatusReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;

/** Each object's status as a YAML file of its own in one folder; only files that this process wrote are ever removed. */
final class StatusFiles {
    private final Path folder;
    private final ObjectMapper yaml = new ObjectMapper(new YAMLFactory()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .disable(YAMLGenerator.Feature.SPLIT_LINES));
    private Map<Path, String> written = new HashMap<>();

    StatusFiles(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder);
    }

    /** Writes what differs from the last time and removes the files of objects that are gone. */
    void write(StatusReport report) throws IOException {
        var next = new HashMap<Path, String>();
        for (var entry : report.render().entrySet()) {
            next.put(folder.resolve(name(entry.getKey())), yaml.writeValueAsString(entry.getValue()));
        }
        for (var entry : next.entrySet()) {
            if (!entry.getValue().equals(written.get(entry.getKey()))) {
                Path fresh = Files.createTempFile(folder, ".status", "");
                Files.writeString(fresh, entry.getValue(), StandardCharsets.UTF_8);
                Files.move(fresh, entry.getKey(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
        }
        for (Path old : written.keySet()) {
            if (!next.containsKey(old)) {
                Files.deleteIfExists(old);
            }
        }
        written = next;
    }

    /** {@code httproute_shop_api.yaml}. */
    private static String name(ObjectRef object) {
        String namespace = object.namespace().isEmpty() ? "" : object.namespace() + "_";
        String name = object.kind().toLowerCase(java.util.Locale.ROOT) + "_" + namespace + object.name();
        return name.replaceAll("[^A-Za-z0-9._-]", "-") + ".yaml";
    }
}
