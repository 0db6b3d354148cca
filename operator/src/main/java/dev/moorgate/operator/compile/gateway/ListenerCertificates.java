package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Certificates;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener.Protocol;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.ServerName;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.SecretObjectReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** What becomes of the server names of the HTTPS or TLS listeners of one port: their certificates, or that they are passed through. */
final class ListenerCertificates {
    private final Parts parts;
    private final CertificateReferences references;

    ListenerCertificates(Parts parts) {
        this.parts = parts;
        this.references = new CertificateReferences(parts);
    }

    /** A name whose certificates are all bad stays, without any: its handshakes are closed, and no other certificate is shown. */
    Optional<ListenerTls> compile(List<GatewayListener> listeners) {
        if (listeners.stream().allMatch(listener -> listener.protocol() == Protocol.HTTP)) {
            return Optional.empty();
        }
        HostOwners<GatewayListener> owners = new HostOwners<>();
        listeners.forEach(listener -> owners.put(listener.hostname(), listener));
        SortedMap<HostPattern, ServerName> names = new TreeMap<>(Hostnames::bySpecificity);
        for (GatewayListener listener : listeners) {
            if (listener.isPassing()) {
                names.put(listener.hostname(), ServerName.passedThrough(listener.hostname()));
                continue;
            }
            List<Certificates.Outcome.Usable> usable = usable(listener);
            names.put(listener.hostname(), terminated(listener, listener.hostname(), usable));
            if (usable.size() > 1) {
                for (HostPattern name : ownNames(usable, listener, owners)) {
                    names.put(name, terminated(listener, name, usable));
                }
            }
        }
        ServerName forAny = names.get(HostPattern.ANY);
        return Optional.of(new ListenerTls(
                List.copyOf(names.values()),
                forAny == null
                        ? Optional.empty()
                        : forAny.certificates().stream().findFirst(),
                listeners.getFirst().clients(),
                parts.settings().tls().minVersion(),
                parts.settings().alpn(),
                parts.settings().tls().policy()));
    }

    private static ServerName terminated(
            GatewayListener listener, HostPattern name, List<Certificates.Outcome.Usable> usable) {
        return ServerName.terminated(name, choose(usable, name), listener.policy());
    }

    /**
     * At most one a key algorithm: the one that names the host most closely. Those that do not name it at all serve it only where none
     * does.
     */
    private static List<String> choose(List<Certificates.Outcome.Usable> usable, HostPattern host) {
        List<Certificates.Outcome.Usable> naming = usable.stream()
                .filter(certificate -> closest(certificate, host).isPresent())
                .sorted(Comparator.comparing(
                        certificate -> closest(certificate, host).orElseThrow(), Hostnames::bySpecificity))
                .toList();
        Set<String> algorithms = new HashSet<>();
        return (naming.isEmpty() ? usable : naming)
                .stream()
                        .filter(certificate -> algorithms.add(certificate.algorithm()))
                        .map(Certificates.Outcome.Usable::id)
                        .toList();
    }

    private static Optional<HostPattern> closest(Certificates.Outcome.Usable certificate, HostPattern host) {
        return certificate.dnsNames().stream()
                .map(Hostnames::gateway)
                .flatMap(Optional::stream)
                .filter(named -> Hostnames.covers(named, host))
                .min(Hostnames::bySpecificity);
    }

    /** The names in the certificates that are narrower than the listener's, and no other listener's business. */
    private static List<HostPattern> ownNames(
            List<Certificates.Outcome.Usable> usable, GatewayListener listener, HostOwners<GatewayListener> owners) {
        return usable.stream()
                .flatMap(certificate -> certificate.dnsNames().stream())
                .map(Hostnames::gateway)
                .flatMap(Optional::stream)
                .filter(name -> !name.equals(listener.hostname()))
                .filter(name ->
                        owners.find(name).filter(owner -> owner == listener).isPresent())
                .distinct()
                .sorted(Comparator.comparing(HostPattern::toString))
                .toList();
    }

    private List<Certificates.Outcome.Usable> usable(GatewayListener listener) {
        Field at = Field.SPEC.of("listeners", listener.position()).of("tls");
        List<SecretObjectReference> refs = listener.source().getTls() == null
                ? List.of()
                : Present.items(listener.source().getTls().getCertificateRefs());
        List<Certificates.Outcome.Usable> usable = new ArrayList<>();
        for (int i = 0; i < refs.size(); i++) {
            references
                    .find(
                            listener.owner(),
                            refs.get(i),
                            at.of("certificateRefs", i),
                            listener.conditions(),
                            Reason.INVALID_CERTIFICATE_REF)
                    .ifPresent(usable::add);
        }
        if (refs.isEmpty()) {
            listener.conditions()
                    .refuse(
                            ConditionType.RESOLVED_REFS,
                            Reason.INVALID_CERTIFICATE_REF,
                            at.of("certificateRefs").toString(),
                            "is empty: name a Secret of type kubernetes.io/tls");
        }
        if (usable.isEmpty()) {
            listener.conditions()
                    .consequence(
                            ConditionType.PROGRAMMED,
                            Reason.INVALID,
                            "no certificate can be served: handshakes for " + listener.hostname() + " are closed");
        }
        return usable;
    }
}
