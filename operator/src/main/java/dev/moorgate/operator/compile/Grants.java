package dev.moorgate.operator.compile;

import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.ServiceImports;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrantFrom;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrantSpec;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrantTo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which references across namespaces are allowed (ReferenceGrant, GEP-709). Confined to one compile. */
public final class Grants {
    public static final String GATEWAY_GROUP = "gateway.networking.k8s.io";

    private final ClusterSnapshot snapshot;
    private final Map<String, Set<Grant>> byNamespace = new HashMap<>();

    /** Who may refer to what in one namespace; an empty name is every object of the kind. */
    private record Grant(
            String fromGroup, String fromKind, String fromNamespace, String group, String kind, String name) {}

    public Grants(ClusterSnapshot snapshot) {
        this.snapshot = snapshot;
    }

    /**
     * Whether an object of Gateway API may refer to a core object.
     *
     * @param fromKind such as {@code HTTPRoute}
     * @param kind such as {@code Service}
     */
    public boolean allow(String fromKind, String fromNamespace, String kind, String namespace, String name) {
        return allow(GATEWAY_GROUP, fromKind, fromNamespace, kind, namespace, name);
    }

    /** Whether a route may refer to what serves it: a Service, or what {@link ServiceImports} calls one. */
    public boolean allowBackend(String fromKind, String fromNamespace, String namespace, String service) {
        return allow(
                GATEWAY_GROUP,
                fromKind,
                fromNamespace,
                ServiceImports.isImport(service) ? ServiceImports.GROUP : "",
                ServiceImports.kind(service),
                namespace,
                ServiceImports.plainName(service));
    }

    /** Whether an object of any group may refer to a core object. */
    public boolean allow(
            String fromGroup, String fromKind, String fromNamespace, String kind, String namespace, String name) {
        return allow(fromGroup, fromKind, fromNamespace, "", kind, namespace, name);
    }

    private boolean allow(
            String fromGroup,
            String fromKind,
            String fromNamespace,
            String group,
            String kind,
            String namespace,
            String name) {
        if (fromNamespace.equals(namespace)) {
            return true;
        }
        Set<Grant> grants = byNamespace.computeIfAbsent(namespace, this::read);
        return !grants.isEmpty()
                && (grants.contains(new Grant(fromGroup, fromKind, fromNamespace, group, kind, name))
                        || grants.contains(new Grant(fromGroup, fromKind, fromNamespace, group, kind, "")));
    }

    private Set<Grant> read(String namespace) {
        Set<Grant> grants = new HashSet<>();
        for (ReferenceGrant grant : snapshot.referenceGrants(namespace)) {
            ReferenceGrantSpec spec = grant.getSpec();
            if (spec == null) {
                continue;
            }
            for (ReferenceGrantFrom from : Present.items(spec.getFrom())) {
                for (ReferenceGrantTo to : Present.items(spec.getTo())) {
                    grants.add(new Grant(
                            text(from.getGroup()),
                            text(from.getKind()),
                            text(from.getNamespace()),
                            text(to.getGroup()),
                            text(to.getKind()),
                            text(to.getName())));
                }
            }
        }
        return grants;
    }

    private static String text(@Nullable String text) {
        return Objects.requireNonNullElse(text, "");
    }
}
