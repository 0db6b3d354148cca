package dev.moorgate.operator.watch;

import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.crd.StickyPolicy;
import dev.moorgate.operator.crd.StickyPolicyStatus;
import dev.moorgate.operator.expose.GatewayServiceNames;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import java.util.List;
import java.util.Objects;

/**
 * Which updates mean something to us: what a compile or a writer reads of the kind. Statuses do not, least of all those that we write
 * ourselves, but for the few that say where something can be reached; nor do labels and annotations that nobody looks at.
 */
final class ChangeFilter {
    private static final String SERVICE_NAME = "kubernetes.io/service-name";

    private ChangeFilter() {}

    static boolean isChange(HasMetadata before, HasMetadata after) {
        if (!Objects.equals(before.getMetadata().getUid(), after.getMetadata().getUid())) {
            return true;
        }
        return switch (after) {
            case EndpointSlice slice when before instanceof EndpointSlice old -> differs(old, slice);
            case Service service when before instanceof Service old -> differs(old, service);
            case Secret secret
            when before instanceof Secret old ->
                !Objects.equals(secret.getData(), old.getData()) || !Objects.equals(secret.getType(), old.getType());
            case ConfigMap map
            when before instanceof ConfigMap old ->
                !Objects.equals(map.getData(), old.getData())
                        || !Objects.equals(map.getBinaryData(), old.getBinaryData());
            case Pod pod when before instanceof Pod old -> !PodState.of(pod).equals(PodState.of(old));
            case Namespace namespace -> isLabelled(before, after);
            case CustomResourceDefinition crd
            when before instanceof CustomResourceDefinition old ->
                !WatchedKinds.served(List.of(crd)).equals(WatchedKinds.served(List.of(old)));
            case DataPlane plane
            when before instanceof DataPlane old ->
                isSpecified(before, after) || !controllers(plane).equals(controllers(old));
            case StickyPolicy policy
            when before instanceof StickyPolicy old ->
                isSpecified(before, after) || !steering(policy).equals(steering(old));
            case Ingress ingress -> isSpecified(before, after) || isAnnotated(before, after);
            case IngressClass ingressClass -> isSpecified(before, after) || isAnnotated(before, after);
            default -> isSpecified(before, after);
        };
    }

    private static boolean differs(EndpointSlice old, EndpointSlice slice) {
        return !Objects.equals(slice.getEndpoints(), old.getEndpoints())
                || !Objects.equals(slice.getPorts(), old.getPorts())
                || !Objects.equals(slice.getAddressType(), old.getAddressType())
                || !Objects.equals(
                        Metadata.labels(slice).get(SERVICE_NAME),
                        Metadata.labels(old).get(SERVICE_NAME));
    }

    private static boolean differs(Service old, Service service) {
        return !Objects.equals(service.getSpec(), old.getSpec())
                || !Objects.equals(loadBalancer(service), loadBalancer(old))
                || (isOfRelease(old) || isOfRelease(service))
                        && (isLabelled(old, service) || isAnnotated(old, service));
    }

    /** What a release made for a Gateway it also repairs. */
    private static boolean isOfRelease(Service service) {
        return Metadata.labels(service).containsKey(GatewayServiceNames.DATA_PLANE);
    }

    private static Object loadBalancer(Service service) {
        return service.getStatus() == null || service.getStatus().getLoadBalancer() == null
                ? List.of()
                : service.getStatus().getLoadBalancer().getIngress();
    }

    /** The API server counts generations of a spec; where it does not, anything may have changed. */
    private static boolean isSpecified(HasMetadata before, HasMetadata after) {
        Long generation = after.getMetadata().getGeneration();
        return generation == null
                || !generation.equals(before.getMetadata().getGeneration())
                || !Objects.equals(
                        before.getMetadata().getDeletionTimestamp(),
                        after.getMetadata().getDeletionTimestamp());
    }

    /** What other releases read of a DataPlane's status. */
    private static List<String> controllers(DataPlane plane) {
        return plane.getStatus() == null ? List.of() : plane.getStatus().controllers();
    }

    /** What the leader tells all replicas. */
    private static List<StickyPolicyStatus.Steering> steering(StickyPolicy policy) {
        return policy.getStatus() == null ? List.of() : policy.getStatus().steering();
    }

    private static boolean isLabelled(HasMetadata before, HasMetadata after) {
        return !Metadata.labels(before).equals(Metadata.labels(after));
    }

    private static boolean isAnnotated(HasMetadata before, HasMetadata after) {
        return !Metadata.annotations(before).equals(Metadata.annotations(after));
    }
}
