package dev.moorgate.operator.watch;

import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.Objects;

/**
 * Which updates mean something to us: those of the spec, labels and annotations. Statuses do not, least of all those that we
 * write ourselves, but for the few that say where something can be reached.
 */
final class ChangeFilter {
    private ChangeFilter() {}

    static boolean isChange(HasMetadata before, HasMetadata after) {
        if (!Objects.equals(before.getMetadata().getUid(), after.getMetadata().getUid())
                || !Metadata.labels(before).equals(Metadata.labels(after))) {
            return true;
        }
        return switch (after) {
            case EndpointSlice slice
            when before instanceof EndpointSlice old ->
                !Objects.equals(slice.getEndpoints(), old.getEndpoints())
                        || !Objects.equals(slice.getPorts(), old.getPorts())
                        || !Objects.equals(slice.getAddressType(), old.getAddressType());
            case Service service
            when before instanceof Service old ->
                !Objects.equals(service.getSpec(), old.getSpec())
                        || !Objects.equals(service.getStatus(), old.getStatus())
                        || isAnnotated(before, after);
            case Secret secret
            when before instanceof Secret old ->
                !Objects.equals(secret.getData(), old.getData()) || !Objects.equals(secret.getType(), old.getType());
            case Pod pod when before instanceof Pod old -> !PodState.of(pod).equals(PodState.of(old));
            case Namespace namespace -> false;
            case CustomResourceDefinition crd -> true;
            default ->
                !Objects.equals(
                                before.getMetadata().getGeneration(),
                                after.getMetadata().getGeneration())
                        || isAnnotated(before, after)
                        || !Objects.equals(
                                before.getMetadata().getDeletionTimestamp(),
                                after.getMetadata().getDeletionTimestamp());
        };
    }

    private static boolean isAnnotated(HasMetadata before, HasMetadata after) {
        return !Metadata.annotations(before).equals(Metadata.annotations(after));
    }
}
