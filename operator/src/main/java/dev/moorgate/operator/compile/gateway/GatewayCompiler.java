package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.snapshot.ListenerSets;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Gateway API v1 to listeners, virtual hosts and routes: classes, then Gateways, then routes, then each port. */
public final class GatewayCompiler {
    private final Parts parts;
    private final GatewayMemo memo;

    public GatewayCompiler(Parts parts, GatewayMemo memo) {
        this.parts = parts;
        this.memo = memo;
    }

    public void compile() {
        Set<String> classes = new GatewayClasses(parts).compile();
        Gateways gateways = new Gateways(parts, memo.hosts);
        GatewayStatuses statuses = new GatewayStatuses(parts);
        CertificateReferences references = new CertificateReferences(parts);
        Map<ObjectRef, Gateway> ours = new LinkedHashMap<>();
        ListenerSets sets = parts.snapshot().listenerSetsByGateway();
        Map<ObjectRef, Merged> merged = new HashMap<>();
        Map<String, RouteAttachments.Parent> parents = new HashMap<>();
        // The oldest first, for it keeps a socket that another is bound to as well.
        for (Gateway gateway : parts.snapshot().gateways().stream()
                .sorted(Metadata.OLDEST_FIRST)
                .toList()) {
            if (gateway.getSpec() != null && classes.contains(gateway.getSpec().getGatewayClassName())) {
                ObjectRef object = reference(gateway);
                ours.put(object, gateway);
                parts.routePolicies().serve(object.source());
                statuses.check(gateway, object);
                Optional<String> shown = references.shownToEndpoints(gateway, object);
                Merged found = listeners(gateways, gateway, object, sets);
                merged.put(object, found);
                parents.put(RouteAttachments.key(object), new RouteAttachments.Parent(object, shown, found.own()));
                found.sets()
                        .forEach(set -> parents.put(
                                RouteAttachments.key(set.object()),
                                new RouteAttachments.Parent(object, shown, set.listeners())));
            }
        }

        new RouteAttachments(parts, parents, memo.routes).attachAll();

        ours.forEach((object, gateway) -> {
            Merged all = merged.getOrDefault(object, Merged.NONE);
            if (parts.report().gateway(object).conditions().isGood(ConditionType.ACCEPTED)) {
                gateways.publish(object, all.all());
            }
            statuses.tell(gateway, object, all);
        });
    }

    /** A Gateway that we fail on, by our mistake, loses its own listeners and nobody else's: an exception ends here. */
    private Merged listeners(Gateways gateways, Gateway gateway, ObjectRef object, ListenerSets sets) {
        try {
            return gateways.listeners(gateway, object, sets);
        } catch (RuntimeException e) {
            parts.report()
                    .gateway(object)
                    .conditions()
                    .refuse(
                            ConditionType.ACCEPTED,
                            Reason.INVALID,
                            "spec.listeners",
                            "cannot be read (" + e.getClass().getSimpleName() + "): check it");
            return Merged.NONE;
        }
    }

    static ObjectRef reference(Gateway gateway) {
        return new ObjectRef(
                "gateway.networking.k8s.io/v1",
                "Gateway",
                Metadata.namespace(gateway),
                Metadata.name(gateway),
                Metadata.generation(gateway));
    }
}
