package dev.moorgate.operator.status;

import dev.moorgate.operator.conditions.StatusReport;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.function.BooleanSupplier;

/** Tells objects' owners by Events what they should notice: once for each change, as the leader, at a limited rate. */
public final class EventWriter implements AutoCloseable {
    private final KubernetesClient client;
    private final BooleanSupplier isLeader;

    /** @param reporter this replica: its pod's name */
    public EventWriter(KubernetesClient client, String reporter, LiveObjects objects, BooleanSupplier isLeader) {
        this.client = client;
        this.isLeader = isLeader;
    }

    /** Takes the newest compile's report; returns at once. */
    public void write(StatusReport report) {
        if (isLeader.getAsBoolean()) {
            throw new UnsupportedOperationException(client + " " + report);
        }
    }

    @Override
    public void close() {}
}
