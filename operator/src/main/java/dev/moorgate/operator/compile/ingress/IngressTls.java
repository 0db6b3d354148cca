package dev.moorgate.operator.compile.ingress;

import dev.moorgate.operator.compile.Certificates;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Parts;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.compile.tls.TlsPolicies;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ListenerTls.Policy;
import dev.moorgate.routetable.ListenerTls.ServerName;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    /** Of the names, by the suffix that they end in. */
    private final Map<String, HostPattern> wildcards = new HashMap<>();

    private @Nullable Choice fallback;

    IngressTls(Parts parts) {
        this.parts = parts;
    }

    private record Choice(ObjectRef ingress, List<String> certificates, Optional<Policy> policy) {}

    /** What an Ingress says of TLS beside its certificates. */
    private record Terms(ObjectRef ingress, Optional<Policy> policy, boolean isBroken) {
        /** A name that would be served by another policy than was meant is closed. */
        Choice choose(List<String> certificates) {
            return new Choice(ingress, isBroken ? List.of() : certificates, policy);
        }
    }

    /** Ingresses come oldest first: the first that names a host has it. */
    void add(Ingress ingress, ObjectRef object) {
        var entries = Objects.requireNonNullElse(
                ingress.getSpec().getTls(), List.<io.fabric8.kubernetes.api.model.networking.v1.IngressTLS>of());
        Terms terms = terms(ingress, object, entries.isEmpty());
        for (int i = 0; i < entries.size(); i++) {
            Field at = Field.SPEC.of("tls", i);
            if (entries.get(i) == null) {
                parts.report().error(object, Reason.INVALID, at.toString(), "is empty: remove it");
                continue;
            }
            Choice choice = terms.choose(certificates(object, entries.get(i).getSecretName(), at.of("secretName")));
            List<String> hosts = Objects.requireNonNullElse(entries.get(i).getHosts(), List.of());
            if (hosts.isEmpty() && !choice.certificates().isEmpty()) {
                takeFallback(choice, at);
            }
            for (int j = 0; j < hosts.size(); j++) {
                name(Objects.requireNonNullElse(hosts.get(j), ""), choice, at.of("hosts", j));
            }
        }
    }

    private Terms terms(Ingress ingress, ObjectRef object, boolean isInClear) {
        String name = Metadata.annotations(ingress).get(TlsPolicies.KEY);
        if (name == null) {
            return new Terms(object, Optional.empty(), false);
        }
        String at = "metadata.annotations[" + TlsPolicies.KEY + "]";
        Optional<Policy> policy = Policy.of(name);
        if (policy.isEmpty()) {
            parts.report()
                    .error(
                            object,
                            Reason.UNSUPPORTED_VALUE,
                            at,
                            TlsPolicies.unknown(name) + (isInClear ? "" : ": handshakes for its hosts are closed"));
        } else if (isInClear) {
            parts.report().warning(object, Reason.IGNORED, at, "decides nothing, for spec.tls is empty");
        }
        return new Terms(object, policy, policy.isEmpty());
    }

    private void takeFallback(Choice choice, Field at) {
        Choice holder = fallback;
        if (holder == null) {
            fallback = choice;
        } else {
            findConflict("for all hosts", holder, choice, at);
        }
    }

    /** The later of two is told what it does not have. */
    private void findConflict(String hosts, Choice holder, Choice later, Field at) {
        boolean isSame = holder.certificates().equals(later.certificates());
        if (isSame && holder.policy().equals(later.policy())) {
            return;
        }
        parts.report()
                .warning(
                        later.ingress(),
                        Reason.CONFLICTED,
                        at.toString(),
                        "the " + (isSame ? "TLS policy" : "certificate") + " " + hosts + " is that of "
                                + holder.ingress() + ", which is older or first by name");
    }

    private void name(String host, Choice choice, Field at) {
        Optional<HostPattern> pattern = host.isEmpty() ? Optional.empty() : Hostnames.ingress(host);
        if (pattern.isEmpty()) {
            parts.report()
                    .error(
                            choice.ingress(),
                            Reason.HOST_INVALID,
                            at.toString(),
                            "\"" + Tokens.shown(host) + "\" is no host name: write one such as shop.example.com");
            return;
        }
        Choice holder = names.putIfAbsent(pattern.get(), choice);
        if (pattern.get().kind() == HostPattern.Kind.ONE_LABEL) {
            wildcards.put(pattern.get().value(), pattern.get());
        }
        if (holder != null) {
            findConflict("for " + pattern.get(), holder, choice, at);
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
        return fallback != null
                || names.containsKey(host)
                || Hostnames.above(host).stream()
                        .anyMatch(suffix -> Optional.ofNullable(wildcards.get(suffix))
                                .filter(name -> Hostnames.covers(name, host))
                                .isPresent());
    }

    /** Where there is no certificate at all: handshakes are refused. */
    ListenerTls refusing() {
        return new ListenerTls(
                List.of(),
                Optional.empty(),
                Optional.empty(),
                parts.settings().tls().minVersion(),
                parts.settings().alpn(),
                parts.settings().tls().policy());
    }

    /** Absent where no Ingress asks for TLS. */
    Optional<ListenerTls> build() {
        Choice all = fallback;
        if (names.isEmpty() && all == null) {
            return Optional.empty();
        }
        var serverNames = new ArrayList<ServerName>();
        names.forEach(
                (host, choice) -> serverNames.add(ServerName.terminated(host, choice.certificates(), choice.policy())));
        if (all != null && all.policy().isPresent()) {
            serverNames.add(ServerName.terminated(HostPattern.ANY, all.certificates(), all.policy()));
        }
        return Optional.of(new ListenerTls(
                serverNames,
                all == null ? Optional.empty() : all.certificates().stream().findFirst(),
                Optional.empty(),
                parts.settings().tls().minVersion(),
                parts.settings().alpn(),
                parts.settings().tls().policy()));
    }
}
