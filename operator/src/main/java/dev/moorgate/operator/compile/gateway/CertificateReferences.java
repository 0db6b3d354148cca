package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Certificates;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayTLSConfig;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.SecretObjectReference;
import java.util.Objects;
import java.util.Optional;

/** References from Gateways and ListenerSets to a certificate and its key: kind, grant and Secret, in this order. */
final class CertificateReferences {
    private final Parts parts;

    CertificateReferences(Parts parts) {
        this.parts = parts;
    }

    /**
     * The certificate that the Gateway shows to endpoints which it speaks TLS with (GEP-3155). Where the reference leads nowhere it shows
     * none, and an endpoint that asks for one lets nothing in.
     */
    Optional<String> shownToEndpoints(Gateway gateway, ObjectRef object) {
        GatewayTLSConfig tls = gateway.getSpec().getTls();
        SecretObjectReference ref = tls == null || tls.getBackend() == null
                ? null
                : tls.getBackend().getClientCertificateRef();
        return Optional.ofNullable(ref)
                .flatMap(written -> find(
                        object,
                        written,
                        Field.SPEC.of("tls").of("backend").of("clientCertificateRef"),
                        parts.report().gateway(object).conditions(),
                        Reason.INVALID_CLIENT_CERTIFICATE_REF))
                .map(Certificates.Outcome.Usable::id);
    }

    /**
     * Empty, with {@code ResolvedRefs} refused, where it leads to no certificate that can be used.
     *
     * @param owner of the field {@code at}
     * @param invalid the reason where kind, Secret or content are wrong
     */
    Optional<Certificates.Outcome.Usable> find(
            ObjectRef owner, SecretObjectReference ref, Field at, Conditions conditions, Reason invalid) {
        String group = Objects.requireNonNullElse(ref.getGroup(), "");
        String kind = Objects.requireNonNullElse(ref.getKind(), "Secret");
        if (!group.isEmpty() || !kind.equals("Secret")) {
            return refuse(
                    conditions,
                    invalid,
                    at,
                    "kind " + Tokens.shown(kind) + " of group \"" + Tokens.shown(group)
                            + "\" is not supported: use a Secret");
        }
        String namespace = Objects.requireNonNullElse(ref.getNamespace(), owner.namespace());
        String name = Objects.requireNonNullElse(ref.getName(), "");
        if (!parts.grants().allow(owner.kind(), owner.namespace(), "Secret", namespace, name)) {
            return refuse(
                    conditions,
                    Reason.REF_NOT_PERMITTED,
                    at,
                    "no ReferenceGrant in namespace " + Tokens.shown(namespace) + " lets " + owner.kind()
                            + "s of namespace " + owner.namespace() + " refer to Secret " + Tokens.shown(name));
        }
        return switch (parts.certificates().find(namespace, name)) {
            case Certificates.Outcome.Usable usable -> {
                usable.notice().ifPresent(notice -> parts.report().warning(owner, invalid, at.toString(), notice));
                yield Optional.of(usable);
            }
            case Certificates.Outcome.Absent absent -> refuse(conditions, invalid, at, absent.message());
            case Certificates.Outcome.Invalid broken -> refuse(conditions, invalid, at, broken.message());
            case Certificates.Outcome.NotLoaded notLoaded -> {
                parts.report().withhold(owner);
                yield Optional.empty();
            }
        };
    }

    private static Optional<Certificates.Outcome.Usable> refuse(
            Conditions conditions, Reason reason, Field at, String message) {
        conditions.refuse(ConditionType.RESOLVED_REFS, reason, at.toString(), message);
        return Optional.empty();
    }
}
