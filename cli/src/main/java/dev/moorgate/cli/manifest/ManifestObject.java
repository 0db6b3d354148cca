package dev.moorgate.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.nio.file.Path;
import java.util.List;

/** One Kubernetes object of a manifest file, with the place where it stands. */
public record ManifestObject(HasMetadata object, JsonNode tree, Path file, YamlDocument document, List<String> prefix) {

    /** {@code Ingress shop/web}: one object of a cluster, whatever file it stands in. */
    public String key() {
        String namespace = object.getMetadata().getNamespace();
        String name = object.getMetadata().getName();
        String group = object.getApiVersion().replaceFirst("/?v\\d[a-z0-9]*$", "");
        return group + "/" + object.getKind() + " " + (namespace == null ? "" : namespace + "/") + name;
    }

    /** The line on which the object starts in its file. */
    int line() {
        return document.line(prefix);
    }

    /** {@code shop.yaml:12}. */
    String place() {
        return file + ":" + line();
    }
}
