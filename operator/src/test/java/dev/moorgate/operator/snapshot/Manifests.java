package dev.moorgate.operator.snapshot;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Arrays;

/** Snapshots out of YAML documents. */
final class Manifests {
    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    private Manifests() {}

    static ClusterSnapshot snapshot(String documents) {
        return builder(documents).build();
    }

    static SnapshotBuilder builder(String documents) {
        SnapshotBuilder builder = ClusterSnapshot.builder();
        Arrays.stream(documents.split("(?m)^---$"))
                .filter(document -> !document.isBlank())
                .forEach(document -> builder.add(object(document)));
        return builder;
    }

    static HasMetadata object(String document) {
        // A text that begins with a brace would be read as JSON.
        return YAML.unmarshal("---\n" + document);
    }
}
