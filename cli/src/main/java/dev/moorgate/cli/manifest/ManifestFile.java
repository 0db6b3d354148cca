package dev.moorgate.cli.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moorgate.cli.manifest.YamlDocument.YamlProblem;
import dev.moorgate.operator.crd.CrdShape;
import dev.moorgate.operator.crd.Violation;
import dev.moorgate.operator.snapshot.Nulls;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the Kubernetes objects of one file: YAML of several documents, or JSON; a {@code List} is taken apart. */
final class ManifestFile {
    private static final TypeReference<Map<String, Object>> TREE = new TypeReference<>() {};

    private final Path file;
    private final List<ManifestObject> objects = new ArrayList<>();
    private final List<ManifestProblem> problems = new ArrayList<>();
    private final List<ManifestProblem> notes = new ArrayList<>();

    private ManifestFile(Path file) {
        this.file = file;
    }

    /** What a file holds; objects that could be read stand beside the problems of those that could not. */
    record Content(List<ManifestObject> objects, List<ManifestProblem> problems, List<ManifestProblem> notes) {}

    static Content read(Path file, String text) {
        var reader = new ManifestFile(file);
        try {
            for (YamlDocument document : YamlDocument.parse(text)) {
                reader.document(document);
            }
        } catch (YamlProblem e) {
            reader.problems.add(new ManifestProblem(file, e.document(), e.line(), "not YAML: " + e.sentence()));
        }
        return new Content(List.copyOf(reader.objects), List.copyOf(reader.problems), List.copyOf(reader.notes));
    }

    private void document(YamlDocument document) {
        try {
            item(document, document.tree(), List.of());
        } catch (YamlProblem e) {
            problems.add(new ManifestProblem(file, e.document(), e.line(), e.sentence()));
        }
    }

    private void item(YamlDocument document, JsonNode tree, List<String> prefix) {
        if (!(tree instanceof ObjectNode object)) {
            problem(document, prefix, "not a Kubernetes object: it has no fields");
            return;
        }
        String apiVersion = object.path("apiVersion").asText("");
        String kind = object.path("kind").asText("");
        if (apiVersion.isEmpty() || kind.isEmpty()) {
            problem(document, prefix, "apiVersion and kind are needed");
            return;
        }
        if (kind.equals("List") && object.path("items").isArray()) {
            for (int i = 0; i < object.path("items").size(); i++) {
                var place = new ArrayList<>(prefix);
                place.add("items");
                place.add(Integer.toString(i));
                item(document, object.path("items").path(i), List.copyOf(place));
            }
            return;
        }
        Class<? extends HasMetadata> type = ManifestKinds.of(apiVersion, kind);
        if (type == null) {
            if (ManifestKinds.isOurGroup(apiVersion)) {
                notes.add(new ManifestProblem(
                        file, document.number(), document.line(prefix), apiVersion + " " + kind + " is not served"));
            }
            return;
        }
        convert(document, object, prefix, type);
    }

    private void convert(
            YamlDocument document, ObjectNode tree, List<String> prefix, Class<? extends HasMetadata> type) {
        String name = tree.path("metadata").path("name").asText("");
        if (name.isEmpty()) {
            problem(document, prefix, tree.path("kind").asText() + " needs metadata.name");
            return;
        }
        if (tree.path("apiVersion").asText().startsWith("moorgate.dev/")) {
            List<Violation> violations = CrdShape.check(ManifestModel.MAPPER.convertValue(tree, TREE));
            for (Violation violation : violations) {
                List<String> path = new ArrayList<>(prefix);
                path.addAll(List.of(violation.field().split("[.\\[\\]]+", -1)));
                problem(
                        document,
                        path,
                        tree.path("kind").asText() + " " + name + ": " + violation.field() + ": "
                                + violation.sentence());
            }
            if (!violations.isEmpty()) {
                return;
            }
        }
        try {
            HasMetadata object = ManifestModel.MAPPER.treeToValue(Nulls.strip(tree.deepCopy()), type);
            if (ManifestKinds.isNamespaced(object.getKind())) {
                if (object.getMetadata().getNamespace() == null) {
                    object.getMetadata().setNamespace("default");
                }
            } else {
                object.getMetadata().setNamespace(null);
            }
            objects.add(ManifestObject.of(object, tree, file, document.number(), document.line(prefix)));
        } catch (JsonMappingException e) {
            var path = new ArrayList<>(prefix);
            var words = new StringBuilder();
            for (JsonMappingException.Reference step : e.getPath()) {
                String field = step.getFieldName();
                path.add(field == null ? Integer.toString(step.getIndex()) : field);
                words.append(field == null ? "[" + step.getIndex() + "]" : (words.isEmpty() ? "" : ".") + field);
            }
            problem(
                    document,
                    path,
                    tree.path("kind").asText() + " " + name + ": "
                            + (words.isEmpty() ? "" : words + ": ")
                            + sentence(e.getOriginalMessage()));
        } catch (JsonProcessingException e) {
            problem(
                    document,
                    prefix,
                    tree.path("kind").asText() + " " + name + ": " + sentence(e.getOriginalMessage()));
        }
    }

    private void problem(YamlDocument document, List<String> path, String message) {
        problems.add(new ManifestProblem(file, document.number(), document.line(path), message));
    }

    /** Jackson's sentence without the Java class names that follow it. */
    private static String sentence(@Nullable String message) {
        if (message == null) {
            return "cannot be read";
        }
        String text =
                message.replaceAll("`?(?:java|io\\.fabric8|dev\\.moorgate)\\.[\\w.$]*?([\\w]+)`?(?:<[^>]*>)?", "$1");
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }
}
