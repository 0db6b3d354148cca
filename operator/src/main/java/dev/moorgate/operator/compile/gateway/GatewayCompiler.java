package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Gateway API v1 to listeners, virtual hosts and routes: classes, then Gateways, then routes, then each port. */
public final class GatewayCompiler {
    private final Parts parts;

    public GatewayCompiler(Parts parts) {
        this.parts = parts;
    }

    public void compile() {
        Set<String> classes = new GatewayClasses(parts).compile();
        Gateways gateways = new Gateways(parts);
        SortedMap<ObjectRef, Gateway> ours = new TreeMap<>();
        Map<String, List<GatewayListener>> listeners = new HashMap<>();
        for (Gateway gateway : parts.snapshot().gateways()) {
            if (gateway.getSpec() != null && classes.contains(gateway.getSpec().getGatewayClassName())) {
                ObjectRef object = reference(gateway);
                ours.put(object, gateway);
                listeners.put(key(object), gateways.listeners(gateway, object));
            }
        }

        RouteAttachments attachments = new RouteAttachments(parts, listeners);
        parts.snapshot().httpRoutes().forEach(attachments::attach);

        GatewayStatuses statuses = new GatewayStatuses(parts);
        ours.forEach((object, gateway) -> {
            List<GatewayListener> own = listeners.getOrDefault(key(object), List.of());
            gateways.publish(object, own);
            statuses.tell(gateway, object, own);
        });
    }

    private static String key(ObjectRef gateway) {
        return gateway.namespace() + "/" + gateway.name();
    }

    private static ObjectRef reference(Gateway gateway) {
        return new ObjectRef(
                "gateway.networking.k8s.io/v1",
                "Gateway",
                Metadata.namespace(gateway),
                Metadata.name(gateway),
                Metadata.generation(gateway));
    }
}
