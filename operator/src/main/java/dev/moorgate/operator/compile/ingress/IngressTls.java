package dev.moorgate.operator.compile.ingress;

import dev.moorgate.operator.compile.Certificates;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.ServerName;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of the HTTPS listener that all Ingresses share, by server name. A name whose Secret is missing or broken is closed;
 * no other certificate is shown for it (docs/routing.md).
 */
final class IngressTls {
    private final Parts parts;
    private final SortedMap<HostPattern, Choice> names = new TreeMap<>(Hostnames::bySpecificity);
    private @Nullable Choice fallback;

    IngressTls(Parts parts) {
        this.parts = parts;
    }

    private record Choice(ObjectRef ingress, List<String> certificates) {}

    /** Ingresses come oldest first: the first that names a host has it. */
    void add(Ingress ingress, ObjectRef object) {
        var entries = Objects.requireNonNullElse(
                ingress.getSpec().getTls(), List.<io.fabric8.kubernetes.api.model.networking.v1.IngressTLS>of());
        for (int i = 0; i < entries.size(); i++) {
            Field at = Field.SPEC.of("tls", i);
            if (entries.get(i) == null) {
                parts.report().error(object, Reason.INVALID, at.toString(), "is empty: remove it");
                continue;
            }
            List<String> certificates = certificates(object, entries.get(i).getSecretName(), at.of("secretName"));
            List<String> hosts = Objects.requireNonNullElse(entries.get(i).getHosts(), List.of());
            if (hosts.isEmpty() && !certificates.isEmpty()) {
                takeFallback(object, certificates, at);
            }
            for (int j = 0; j < hosts.size(); j++) {
                name(object, Objects.requireNonNullElse(hosts.get(j), ""), certificates, at.of("hosts", j));
            }
        }
    }

    private void takeFallback(ObjectRef object, List<String> certificates, Field at) {
        Choice holder = fallback;
        if (holder == null) {
            fallback = new Choice(object, certificates);
        } else if (!holder.certificates().equals(certificates)) {
            parts.report()
                    .warning(
                            object,
                            Reason.CONFLICTED,
                            at.toString(),
                            "names no hosts, and " + holder.ingress() + " has the certificate for all hosts already");
        }
    }

    private void name(ObjectRef object, String host, List<String> certificates, Field at) {
        Optional<HostPattern> pattern = host.isEmpty() ? Optional.empty() : Hostnames.ingress(host);
        if (pattern.isEmpty()) {
            parts.report()
                    .error(
                            object,
                            Reason.HOST_INVALID,
                            at.toString(),
                            "\"" + Tokens.shown(host) + "\" is no host name: write one such as shop.example.com");
            return;
        }
        Choice holder = names.putIfAbsent(pattern.get(), new Choice(object, certificates));
        if (holder != null && !holder.certificates().equals(certificates)) {
            parts.report()
                    .warning(
                            object,
                            Reason.CONFLICTED,
                            at.toString(),
                            pattern.get() + " has its certificate from " + holder.ingress()
                                    + ", which is older or first by name");
        }
    }

    private List<String> certificates(ObjectRef object, @Nullable String secret, Field at) {
        if (secret == null || secret.isEmpty()) {
            parts.report()
                    .error(
                            object,
                            Reason.SECRET_NOT_FOUND,
                            at.toString(),
                            "is needed: handshakes for its hosts are closed");
            return List.of();
        }
        return switch (parts.certificates().find(object.namespace(), secret)) {
            case Certificates.Outcome.Usable usable -> {
                usable.notice()
                        .ifPresent(
                                notice -> parts.report().warning(object, Reason.SECRET_INVALID, at.toString(), notice));
                yield List.of(usable.id());
            }
            case Certificates.Outcome.Absent absent -> broken(object, Reason.SECRET_NOT_FOUND, at, absent.message());
            case Certificates.Outcome.Invalid invalid -> broken(object, Reason.SECRET_INVALID, at, invalid.message());
            case Certificates.Outcome.NotLoaded notLoaded -> List.of();
        };
    }

    private List<String> broken(ObjectRef object, Reason reason, Field at, String message) {
        parts.report().error(object, reason, at.toString(), message + ": handshakes for its hosts are closed");
        return List.of();
    }

    /** Whether an Ingress asks for TLS on all of the host's names, even where it is closed for its certificate's sake. */
    boolean covers(HostPattern host) {
        return fallback != null || names.keySet().stream().anyMatch(name -> Hostnames.covers(name, host));
    }

    /** Where there is no certificate at all: handshakes are refused. */
    ListenerTls refusing() {
        return new ListenerTls(
                List.of(),
                Optional.empty(),
                Optional.empty(),
                parts.settings().minTls(),
                parts.settings().alpn());
    }

    /** Absent where no Ingress asks for TLS. */
    Optional<ListenerTls> build() {
        Choice all = fallback;
        if (names.isEmpty() && all == null) {
            return Optional.empty();
        }
        var serverNames = new ArrayList<ServerName>();
        names.forEach((host, choice) -> serverNames.add(ServerName.terminated(host, choice.certificates())));
        return Optional.of(new ListenerTls(
                serverNames,
                all == null ? Optional.empty() : all.certificates().stream().findFirst(),
                Optional.empty(),
                parts.settings().minTls(),
                parts.settings().alpn()));
    }
}
