package dev.moorgate.operator.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Listable;
import java.util.List;

/** Counts the objects of a kind by a consistent read, which no cache of an API server answers. */
final class Recount {
    private static final long PAGE = 500;

    private Recount() {}

    static <T extends HasMetadata> long of(KubernetesClient client, WatchScope scope, Class<T> kind) {
        long count = 0;
        for (Listable<? extends KubernetesResourceList<T>> request : requests(client, scope, kind)) {
            String next = null;
            do {
                var page = request.list(new ListOptionsBuilder()
                        .withLimit(PAGE)
                        .withContinue(next)
                        .build());
                count += page.getItems().size();
                next = page.getMetadata().getContinue();
            } while (next != null && !next.isEmpty());
        }
        return count;
    }

    private static <T extends HasMetadata> List<? extends Listable<? extends KubernetesResourceList<T>>> requests(
            KubernetesClient client, WatchScope scope, Class<T> kind) {
        if (!WatchedKinds.isNamespaced(kind)) {
            return List.of(client.resources(kind));
        }
        if (scope.namespaces().isEmpty()) {
            return List.of(client.resources(kind).inAnyNamespace());
        }
        return scope.namespaces().stream()
                .map(namespace -> client.resources(kind).inNamespace(namespace))
                .toList();
    }
}
