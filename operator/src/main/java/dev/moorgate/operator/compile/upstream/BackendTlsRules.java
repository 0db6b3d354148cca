package dev.moorgate.operator.compile.upstream;

import dev.moorgate.operator.compile.Authorities;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.Upstream.UpstreamTls;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendTLSPolicySpec;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendTLSPolicyValidation;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.LocalObjectReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.SubjectAltName;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** The spec of a BackendTLSPolicy as TLS to endpoints: whom to expect, and who vouches for it. */
final class BackendTlsRules {
    private static final Field AT = Field.SPEC.of("validation");

    private final Authorities authorities;

    BackendTlsRules(Authorities authorities) {
        this.authorities = authorities;
    }

    /** What a policy comes to. */
    sealed interface Outcome {
        /**
         * TLS.
         *
         * @param unresolved references that lead nowhere, beside others that do not
         */
        record Good(UpstreamTls tls, Mistakes unresolved) implements Outcome {}

        /** Nothing that could be verified. */
        record Bad(Mistakes invalid, Mistakes unresolved) implements Outcome {}

        /** Nothing is known yet of what it refers to. */
        record NotLoaded() implements Outcome {}
    }

    /** Whom to believe: some authorities, the system's, or nobody. */
    private record Roots(Optional<String> pem, boolean areSystem, boolean areLoaded) {
        boolean areNone() {
            return pem.isEmpty() && !areSystem;
        }
    }

    Outcome compile(BackendTLSPolicySpec spec, String namespace) {
        Mistakes invalid = new Mistakes();
        Mistakes unresolved = new Mistakes();
        BackendTLSPolicyValidation validation = spec.getValidation();
        if (validation == null) {
            return new Outcome.Bad(invalid.add(Reason.INVALID, AT, "is missing"), unresolved);
        }
        String host = Objects.requireNonNullElse(validation.getHostname(), "").toLowerCase(Locale.ROOT);
        if (!Hostnames.isPrecise(host)) {
            invalid.add(
                    Reason.INVALID,
                    AT.of("hostname"),
                    "\"" + Tokens.shown(host) + "\" is no host name: use labels of a-z, 0-9 and '-', without a star");
        }
        List<String> names = names(validation, invalid);
        Roots roots = roots(validation, namespace, invalid, unresolved);
        if (!roots.areLoaded()) {
            return new Outcome.NotLoaded();
        }
        return !invalid.isEmpty() || roots.areNone()
                ? new Outcome.Bad(invalid, unresolved)
                : new Outcome.Good(new UpstreamTls(host, roots.pem(), names, Optional.empty()), unresolved);
    }

    private Roots roots(
            BackendTLSPolicyValidation validation, String namespace, Mistakes invalid, Mistakes unresolved) {
        List<LocalObjectReference> refs = Present.items(validation.getCaCertificateRefs());
        String known = Objects.requireNonNullElse(validation.getWellKnownCACertificates(), "");
        if (refs.isEmpty() == known.isEmpty()) {
            invalid.add(
                    Reason.INVALID,
                    AT,
                    (known.isEmpty()
                                    ? "has neither caCertificateRefs nor wellKnownCACertificates"
                                    : "has caCertificateRefs and wellKnownCACertificates")
                            + ": write one of them");
            return new Roots(Optional.empty(), false, true);
        }
        if (refs.isEmpty()) {
            boolean isSystem = known.equals("System");
            if (!isSystem) {
                invalid.add(
                        Reason.INVALID,
                        AT.of("wellKnownCACertificates"),
                        "\"" + Tokens.shown(known) + "\" is not supported: use System");
            }
            return new Roots(Optional.empty(), isSystem, true);
        }
        StringBuilder pem = new StringBuilder();
        boolean areLoaded = true;
        for (int i = 0; i < refs.size(); i++) {
            LocalObjectReference ref = refs.get(i);
            Field at = AT.of("caCertificateRefs", i);
            switch (authorities.find(
                    Objects.requireNonNullElse(ref.getGroup(), ""),
                    Objects.requireNonNullElse(ref.getKind(), ""),
                    namespace,
                    Objects.requireNonNullElse(ref.getName(), ""))) {
                case Authorities.Outcome.Usable usable -> pem.append(usable.pem());
                case Authorities.Outcome.Invalid bad ->
                    unresolved.add(Reason.INVALID_CA_CERTIFICATE_REF, at, bad.message());
                case Authorities.Outcome.UnknownKind kind -> unresolved.add(Reason.INVALID_KIND, at, kind.message());
                case Authorities.Outcome.NotLoaded notLoaded -> areLoaded = false;
            }
        }
        return new Roots(pem.isEmpty() ? Optional.empty() : Optional.of(pem.toString()), false, areLoaded);
    }

    private static List<String> names(BackendTLSPolicyValidation validation, Mistakes invalid) {
        List<SubjectAltName> written = Present.items(validation.getSubjectAltNames());
        List<String> names = new ArrayList<>(written.size());
        for (int i = 0; i < written.size(); i++) {
            SubjectAltName name = written.get(i);
            Field at = AT.of("subjectAltNames", i);
            switch (Objects.requireNonNullElse(name.getType(), "")) {
                case "Hostname" -> host(name, at.of("hostname"), invalid).ifPresent(names::add);
                case "URI" -> uri(name, at.of("uri"), invalid).ifPresent(names::add);
                default ->
                    invalid.add(
                            Reason.INVALID,
                            at.of("type"),
                            "\"" + Tokens.shown(Objects.requireNonNullElse(name.getType(), ""))
                                    + "\" is not supported: use Hostname or URI");
            }
        }
        return names;
    }

    private static Optional<String> host(SubjectAltName name, Field at, Mistakes invalid) {
        String text = Objects.requireNonNullElse(name.getHostname(), "").toLowerCase(Locale.ROOT);
        if (text.isEmpty() || Hostnames.gateway(text).isEmpty()) {
            invalid.add(Reason.INVALID, at, "\"" + Tokens.shown(text) + "\" is no host name");
            return Optional.empty();
        }
        return Optional.of(text);
    }

    private static Optional<String> uri(SubjectAltName name, Field at, Mistakes invalid) {
        String text = Objects.requireNonNullElse(name.getUri(), "");
        try {
            if (new URI(text).isAbsolute()) {
                return Optional.of(text);
            }
        } catch (URISyntaxException noUri) {
            // told below, like one without a scheme
        }
        invalid.add(Reason.INVALID, at, "\"" + Tokens.shown(text) + "\" is no URI with a scheme");
        return Optional.empty();
    }
}
