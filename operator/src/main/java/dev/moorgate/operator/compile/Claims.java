package dev.moorgate.operator.compile;

import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ObjectName;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParametersReference;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClassParametersReference;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which classes are this release's, among releases that may have the same controllerName (design 7): a class belongs to the release
 * whose DataPlane it names; one that names none, or one that is not there, to the oldest of them. Every release decides the same.
 * Pure.
 */
public final class Claims {
    private final Optional<ObjectName> own;
    private final String ingressController;
    private final String gatewayController;
    private final Set<ObjectName> planes = new TreeSet<>();
    private final List<DataPlane> oldestFirst;

    /**
     * Decides by what is there.
     *
     * @param planes of all releases; each tells in its status which controllers it is
     * @param own empty: there is no other release, as outside of a cluster
     */
    public Claims(
            Collection<DataPlane> planes,
            Optional<ObjectName> own,
            String ingressController,
            String gatewayController) {
        this.own = own;
        this.ingressController = ingressController;
        this.gatewayController = gatewayController;
        planes.forEach(plane -> this.planes.add(name(plane)));
        this.oldestFirst = planes.stream().sorted(Metadata.OLDEST_FIRST).toList();
    }

    /** Whether this release answers for the class, good or not. */
    public boolean isOurs(GatewayClass gatewayClass) {
        return gatewayClass.getSpec() != null
                && gatewayController.equals(gatewayClass.getSpec().getControllerName())
                && isOurs(gatewayController, plane(gatewayClass.getSpec().getParametersRef()));
    }

    /** Whether this release answers for the class. */
    public boolean isOurs(IngressClass ingressClass) {
        return ingressClass.getSpec() != null
                && ingressController.equals(ingressClass.getSpec().getController())
                && isOurs(ingressController, plane(ingressClass.getSpec().getParameters()));
    }

    /** Whether no older release runs in the cluster: this one speaks of what no release serves. */
    public boolean isFirst() {
        return own.isEmpty() || isFirst(Set.of(), own.get());
    }

    private boolean isOurs(String controller, Optional<ObjectName> named) {
        if (own.isEmpty()) {
            return true;
        }
        ObjectName ours = own.get();
        return named.filter(planes::contains).map(ours::equals).orElseGet(() -> isFirst(Set.of(controller), ours));
    }

    /** A DataPlane that never told its controllers has no release behind it. */
    private boolean isFirst(Set<String> controllers, ObjectName ours) {
        for (DataPlane plane : oldestFirst) {
            if (name(plane).equals(ours)) {
                return true;
            }
            List<String> told =
                    plane.getStatus() == null ? List.of() : plane.getStatus().controllers();
            if (!told.isEmpty() && told.containsAll(controllers)) {
                return false;
            }
        }
        return true;
    }

    private static Optional<ObjectName> plane(@Nullable ParametersReference ref) {
        return ref == null ? Optional.empty() : plane(ref.getGroup(), ref.getKind(), ref.getNamespace(), ref.getName());
    }

    private static Optional<ObjectName> plane(@Nullable IngressClassParametersReference ref) {
        return ref == null
                ? Optional.empty()
                : plane(ref.getApiGroup(), ref.getKind(), ref.getNamespace(), ref.getName());
    }

    private static Optional<ObjectName> plane(
            @Nullable String group, @Nullable String kind, @Nullable String namespace, @Nullable String name) {
        return Crds.GROUP.equals(group) && "DataPlane".equals(kind)
                ? Optional.of(
                        new ObjectName(Objects.requireNonNullElse(namespace, ""), Objects.requireNonNullElse(name, "")))
                : Optional.empty();
    }

    private static ObjectName name(DataPlane plane) {
        return new ObjectName(Metadata.namespace(plane), Metadata.name(plane));
    }
}
