package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder.GatewayClassDraft;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParametersReference;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/** GatewayClasses that this release answers for. */
final class GatewayClasses {
    private final Parts parts;

    GatewayClasses(Parts parts) {
        this.parts = parts;
    }

    /** Names of the classes that are ours and accepted. */
    Set<String> compile() {
        Set<String> accepted = new HashSet<>();
        Claims claims = parts.settings().claims(parts.snapshot());
        for (GatewayClass gatewayClass : parts.snapshot().gatewayClasses()) {
            if (!claims.isOurs(gatewayClass)) {
                continue;
            }
            GatewayClassDraft draft = parts.report()
                    .gatewayClass(new ObjectRef(
                            "gateway.networking.k8s.io/v1",
                            "GatewayClass",
                            "",
                            Metadata.name(gatewayClass),
                            Metadata.generation(gatewayClass)));
            draft.supportedFeatures(SupportedFeatures.NAMES);
            check(gatewayClass, draft);
            if (draft.conditions().isGood(ConditionType.ACCEPTED)) {
                accepted.add(Metadata.name(gatewayClass));
            }
        }
        return accepted;
    }

    private void check(GatewayClass gatewayClass, GatewayClassDraft draft) {
        ParametersReference ref = gatewayClass.getSpec().getParametersRef();
        if (ref == null) {
            return;
        }
        String namespace = Objects.requireNonNullElse(ref.getNamespace(), "");
        String name = Objects.requireNonNullElse(ref.getName(), "");
        String at = Field.SPEC.of("parametersRef").toString();
        if (!"moorgate.dev".equals(ref.getGroup()) || !"DataPlane".equals(ref.getKind())) {
            draft.conditions()
                    .refuse(
                            ConditionType.ACCEPTED,
                            Reason.INVALID_PARAMETERS,
                            at,
                            "kind " + Tokens.shown(Objects.requireNonNullElse(ref.getKind(), ""))
                                    + " is not supported: use a DataPlane of moorgate.dev");
        } else if (parts.snapshot().dataPlane(namespace, name).isEmpty()) {
            draft.conditions()
                    .refuse(
                            ConditionType.ACCEPTED,
                            Reason.INVALID_PARAMETERS,
                            at,
                            "DataPlane " + Tokens.shown(namespace + "/" + name) + " does not exist");
        }
    }
}
