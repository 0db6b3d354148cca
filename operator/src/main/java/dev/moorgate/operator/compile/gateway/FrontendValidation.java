package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Authorities;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.ListenerTls.ClientValidation;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.FrontendTLSConfig;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.FrontendTLSValidation;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ObjectReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.TLSConfig;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.TLSPortConfig;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a Gateway's HTTPS listeners ask of clients: {@code spec.tls.frontend}, the port's own part before the default (GEP-91, GEP-3567).
 * Where nobody could vouch for a client the listener is refused, never served without the check.
 */
final class FrontendValidation {
    private final Parts parts;
    private final ObjectRef object;
    private final @Nullable FrontendTLSConfig frontend;

    FrontendValidation(Parts parts, Gateway gateway, ObjectRef object) {
        this.parts = parts;
        this.object = object;
        this.frontend = gateway.getSpec().getTls() == null
                ? null
                : gateway.getSpec().getTls().getFrontend();
    }

    /** Of a listener on {@code port}; empty: clients show no certificate, or the listener is refused. */
    Optional<ClientValidation> compile(int port, Conditions listener) {
        if (frontend == null) {
            return Optional.empty();
        }
        Field at = Field.SPEC.of("tls").of("frontend");
        List<TLSPortConfig> perPort = Present.items(frontend.getPerPort());
        for (int i = 0; i < perPort.size(); i++) {
            TLSPortConfig own = perPort.get(i);
            if (Objects.equals(own.getPort(), port)) {
                return compile(own.getTls(), at.of("perPort", i).of("tls"), listener);
            }
        }
        return compile(frontend.getDefault(), at.of("default"), listener);
    }

    private Optional<ClientValidation> compile(@Nullable TLSConfig config, Field at, Conditions listener) {
        FrontendTLSValidation validation = config == null ? null : config.getValidation();
        if (validation == null) {
            return Optional.empty();
        }
        Field here = at.of("validation");
        String mode = Objects.requireNonNullElse(validation.getMode(), "AllowValidOnly");
        boolean isRequired = mode.equals("AllowValidOnly");
        if (!isRequired && !mode.equals("AllowInsecureFallback")) {
            listener.refuse(
                    ConditionType.ACCEPTED,
                    Reason.UNSUPPORTED_VALUE,
                    here.of("mode").toString(),
                    "\"" + Tokens.shown(mode) + "\" is not supported: use AllowValidOnly or AllowInsecureFallback");
            return Optional.empty();
        }
        if (!isRequired) {
            parts.report()
                    .gateway(object)
                    .conditions()
                    .refuse(
                            ConditionType.INSECURE_FRONTEND_VALIDATION_MODE,
                            Reason.CONFIGURATION_CHANGED,
                            here.of("mode").toString(),
                            "AllowInsecureFallback lets in clients without a valid certificate");
        }
        String bundle = authorities(Present.items(validation.getCaCertificateRefs()), here, listener);
        if (bundle.isEmpty()) {
            listener.refuse(
                    ConditionType.ACCEPTED,
                    Reason.NO_VALID_CA_CERTIFICATE,
                    here.of("caCertificateRefs").toString(),
                    "no reference leads to certificates: nobody could vouch for a client");
            return Optional.empty();
        }
        if (parts.settings().alpn().contains(CompileSettings.HTTP3)) {
            parts.report()
                    .warning(
                            object,
                            Reason.IGNORED,
                            here.toString(),
                            "spec.http3 of the DataPlane: listeners that ask clients for certificates do not offer HTTP/3");
        }
        return Optional.of(new ClientValidation(bundle, isRequired));
    }

    private String authorities(List<ObjectReference> refs, Field at, Conditions listener) {
        var bundle = new StringBuilder();
        for (int i = 0; i < refs.size(); i++) {
            bundle.append(find(refs.get(i), at.of("caCertificateRefs", i), listener));
        }
        return bundle.toString();
    }

    /** Empty where the reference leads nowhere. */
    private String find(ObjectReference ref, Field at, Conditions listener) {
        String group = Objects.requireNonNullElse(ref.getGroup(), "");
        String kind = Objects.requireNonNullElse(ref.getKind(), "");
        String namespace = Objects.requireNonNullElse(ref.getNamespace(), object.namespace());
        String name = Objects.requireNonNullElse(ref.getName(), "");
        boolean isKnown = group.isEmpty() && (kind.equals("ConfigMap") || kind.equals("Secret"));
        if (isKnown && !parts.grants().allow("Gateway", object.namespace(), kind, namespace, name)) {
            listener.refuse(
                    ConditionType.RESOLVED_REFS,
                    Reason.REF_NOT_PERMITTED,
                    at.toString(),
                    "no ReferenceGrant in namespace " + Tokens.shown(namespace) + " lets Gateways of namespace "
                            + object.namespace() + " refer to " + kind + " " + Tokens.shown(name));
            return "";
        }
        return switch (new Authorities(parts.snapshot()).find(group, kind, namespace, name)) {
            case Authorities.Outcome.Usable usable -> usable.pem();
            case Authorities.Outcome.UnknownKind unknown ->
                refuse(listener, Reason.INVALID_CA_CERTIFICATE_KIND, at, unknown.message());
            case Authorities.Outcome.Invalid invalid ->
                refuse(listener, Reason.INVALID_CA_CERTIFICATE_REF, at, invalid.message());
            case Authorities.Outcome.NotLoaded notLoaded -> {
                parts.report().withhold(object);
                yield "";
            }
        };
    }

    private static String refuse(Conditions listener, Reason reason, Field at, String message) {
        listener.refuse(ConditionType.RESOLVED_REFS, reason, at.toString(), message);
        return "";
    }
}
