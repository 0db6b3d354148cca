package dev.moorgate.operator.crd;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A spec and what is wrong with it, from a file of {@code crd/}.
 *
 * @param spec as its author wrote it, without defaults
 * @param violations {@code field: sentence}
 */
record Example(String name, String kind, Map<String, Object> spec, List<String> violations) {
    private static final ObjectMapper JSON = new ObjectMapper();

    @SuppressWarnings("unchecked")
    static Stream<Example> all(String file) {
        try (InputStream in = Example.class.getResourceAsStream("/crd/" + file)) {
            List<Map<String, Object>> rows =
                    (List<Map<String, Object>>) new Load(LoadSettings.builder().build()).loadFromInputStream(in);
            return rows.stream()
                    .map(row -> new Example(
                            (String) row.get("name"),
                            (String) row.get("kind"),
                            (Map<String, Object>) row.get("spec"),
                            (List<String>) row.getOrDefault("violations", List.of())));
        } catch (IOException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }

    Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("apiVersion", Crds.API_VERSION);
        tree.put("kind", kind);
        tree.put("metadata", Map.of("name", "example"));
        tree.put("spec", spec);
        return tree;
    }

    HasMetadata object() {
        return read(tree());
    }

    static HasMetadata read(Map<String, Object> tree) {
        Class<? extends HasMetadata> type = Crds.KINDS.stream()
                .filter(candidate -> Objects.equals(HasMetadata.getKind(candidate), tree.get("kind")))
                .findFirst()
                .orElseThrow();
        return JSON.convertValue(tree, type);
    }

    @Override
    public String toString() {
        return kind + ": " + name;
    }
}
