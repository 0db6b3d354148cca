package dev.moorgate.operator.status;

import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.operator.snapshot.IngressClassNames;
import dev.moorgate.operator.snapshot.ListenerSet;
import dev.moorgate.operator.snapshot.ListenerSets;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ObjectName;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Whether an entry with our controllerName may be taken back: several releases can have the same controllerName (design 7). */
final class Ownership {
    private static final String INGRESS_CLASS = "IngressClass";

    private final LiveObjects objects;
    private final String controller;
    private final Set<String> gateways = new HashSet<>();
    private final Set<String> listenerSets = new HashSet<>();

    Ownership(LiveObjects objects, String controller, StatusReport report) {
        this.objects = objects;
        this.controller = controller;
        report.statuses().keySet().forEach(this::add);
        report.withheld().forEach(this::add);
    }

    private void add(ObjectRef object) {
        if (object.kind().equals("Gateway")) {
            gateways.add(object.namespace() + "/" + object.name());
        } else if (object.kind().equals("ListenerSet")) {
            listenerSets.add(object.namespace() + "/" + object.name());
        }
    }

    /** Whether a Gateway belongs to this release. */
    boolean isOurs(String namespace, String name) {
        return gateways.contains(namespace + "/" + name);
    }

    /** Whether the object of an entry is ours, or is gone, or is of a class that no release with our controllerName has. */
    boolean isOursOrGone(EntryMerge.Ref ref) {
        return switch (ref.kind()) {
            case "Gateway" -> isOursOrGone(ref.namespace(), ref.name());
            case "ListenerSet" ->
                listenerSets.contains(ref.namespace() + "/" + ref.name())
                        || objects.find("ListenerSet", ref.namespace(), ref.name())
                                .flatMap(Ownership::parent)
                                .map(gateway -> isOursOrGone(gateway.namespace(), gateway.name()))
                                .orElse(true);
            default -> objects.find(ref.kind(), ref.namespace(), ref.name()).isEmpty();
        };
    }

    private static Optional<ObjectName> parent(HasMetadata object) {
        return object instanceof ListenerSet set ? ListenerSets.gateway(set) : Optional.empty();
    }

    private boolean isOursOrGone(String namespace, String name) {
        if (isOurs(namespace, name)) {
            return true;
        }
        Optional<? extends HasMetadata> gateway = objects.find("Gateway", namespace, name);
        return gateway.isEmpty() || gateway.get() instanceof Gateway found && isOfOthers(found, objects, controller);
    }

    /**
     * Whether an Ingress that is not ours has somebody else who writes its status: whose class it names, by the field or as it was done
     * before classes, or whose class is the default.
     */
    static boolean isOfOthers(Ingress ingress, LiveObjects objects) {
        String field = ingress.getSpec() == null ? null : ingress.getSpec().getIngressClassName();
        if (field != null && !field.isEmpty()) {
            return objects.find(INGRESS_CLASS, "", field).isPresent();
        }
        return Metadata.annotations(ingress).containsKey(IngressClassNames.ANNOTATION)
                || objects.list(INGRESS_CLASS).stream().anyMatch(IngressClassNames::isDefault);
    }

    /** Whether its class exists and has another controllerName than ours. */
    static boolean isOfOthers(Gateway gateway, LiveObjects objects, String controller) {
        String name = gateway.getSpec() == null ? null : gateway.getSpec().getGatewayClassName();
        return name != null
                && objects.find("GatewayClass", "", name)
                        .filter(GatewayClass.class::isInstance)
                        .map(GatewayClass.class::cast)
                        .filter(one -> one.getSpec() != null
                                && !controller.equals(one.getSpec().getControllerName()))
                        .isPresent();
    }
}
