package dev.moorgate.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.nio.file.Path;

/**
 * One Kubernetes object of a manifest file, with the place where it stands.
 *
 * @param document the number of its document in the file, from 1
 * @param line on which it starts, from 1
 * @param key {@code Ingress shop/web}: one object of a cluster, whatever file it stands in
 */
public record ManifestObject(HasMetadata object, JsonNode tree, Path file, int document, int line, String key) {

    static ManifestObject of(HasMetadata object, JsonNode tree, Path file, int document, int line) {
        return new ManifestObject(object, tree, file, document, line, key(object));
    }

    /** Whether the manifest says the same, wherever it stands. */
    boolean isSame(ManifestObject other) {
        return tree.equals(other.tree);
    }

    private static String key(HasMetadata object) {
        String namespace = object.getMetadata().getNamespace();
        String name = object.getMetadata().getName();
        String group = object.getApiVersion().replaceFirst("/?v\\d[a-z0-9]*$", "");
        return group + "/" + object.getKind() + " " + (namespace == null ? "" : namespace + "/") + name;
    }

    /** {@code shop.yaml:12}. */
    String place() {
        return file + ":" + line;
    }
}
