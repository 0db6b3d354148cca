package dev.moorgate.operator.watch;

import dev.moorgate.operator.publish.ReplicaAddress;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What of a pod of the release matters: where it is, and whether it serves. */
record PodState(String name, String address, Set<String> addresses, boolean ready, boolean leaving) {
    private static final Set<String> ENDED = Set.of("Succeeded", "Failed");

    static PodState of(Pod pod) {
        boolean leaving = pod.getMetadata().getDeletionTimestamp() != null;
        @Nullable
        String address = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
        boolean ready = pod.getStatus() != null
                && pod.getStatus().getConditions().stream()
                        .anyMatch(condition ->
                                "Ready".equals(condition.getType()) && "True".equals(condition.getStatus()));
        return new PodState(
                Metadata.name(pod),
                Objects.requireNonNullElse(address, ""),
                addresses(pod),
                ready && !leaving,
                leaving);
    }

    /** Of both families; none of a pod that has ended, for another may have them by now. */
    private static Set<String> addresses(Pod pod) {
        PodStatus status = pod.getStatus();
        return status == null || ENDED.contains(Objects.requireNonNullElse(status.getPhase(), ""))
                ? Set.of()
                : Stream.concat(
                                Stream.ofNullable(status.getPodIP()),
                                status.getPodIPs().stream().map(PodIP::getIp))
                        .filter(address -> address != null && !address.isEmpty())
                        .collect(Collectors.toUnmodifiableSet());
    }

    ReplicaAddress replica() {
        return new ReplicaAddress(name, address, ready);
    }
}
