package dev.moorgate.operator.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * Where we look.
 *
 * @param releaseNamespace of the operator, its DataPlane and its Services
 * @param dataPlane the DataPlane's name
 * @param namespaces of users' objects; empty: all
 * @param podSelector label selector of the release's pods; empty: they are not watched
 */
public record WatchScope(String releaseNamespace, String dataPlane, List<String> namespaces, String podSelector) {
    public WatchScope {
        namespaces = List.copyOf(namespaces);
    }

    /** The requests that list and watch a kind: one, or one a namespace. */
    <T extends HasMetadata> List<Informable<T>> requests(KubernetesClient client, Class<T> kind) {
        if (!WatchedKinds.isNamespaced(kind)) {
            return List.of(client.resources(kind));
        }
        if (namespaces.isEmpty()) {
            return List.of(client.resources(kind).inAnyNamespace());
        }
        NavigableSet<String> all = new TreeSet<>(namespaces);
        if (kind == Service.class) {
            // The Gateways' and our own.
            all.add(releaseNamespace);
        }
        return all.stream()
                .map(namespace -> (Informable<T>) client.resources(kind).inNamespace(namespace))
                .toList();
    }
}
