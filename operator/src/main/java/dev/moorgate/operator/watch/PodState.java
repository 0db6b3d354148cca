package dev.moorgate.operator.watch;

import dev.moorgate.operator.publish.ReplicaAddress;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What of a pod of the release matters: where it is, and whether it serves. */
record PodState(String name, String address, boolean ready, boolean leaving) {
    static PodState of(Pod pod) {
        boolean leaving = pod.getMetadata().getDeletionTimestamp() != null;
        @Nullable
        String address = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
        boolean ready = pod.getStatus() != null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(condition ->
                                "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
        return new PodState(Metadata.name(pod), Objects.requireNonNullElse(address, ""), ready && !leaving, leaving);
    }

    ReplicaAddress replica() {
        return new ReplicaAddress(name, address, ready);
    }
}
