package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.policy.Scope;
import dev.moorgate.operator.compile.route.WrittenRoute;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicySpec.Mode;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.ListenerSets;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.HostPattern;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressRule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Two policies whose tokens have one name and meet in one client would end each other's sessions with every response. Finds such
 * pairs: same cookie or header name, hosts that overlap, and for cookies paths that overlap. Confined to one compile.
 */
final class TokenClashes {
    private final ClusterSnapshot snapshot;
    private final Splits splits;
    private final List<Claim> claims = new ArrayList<>();
    private @Nullable Map<String, Set<HostPattern>> byUpstream;

    TokenClashes(ClusterSnapshot snapshot, Splits splits) {
        this.snapshot = snapshot;
        this.splits = splits;
    }

    /**
     * A token's name where a policy uses it.
     *
     * @param owner whose sessions they are; within a group a token is the same
     * @param token {@code cookie sid} or {@code header x-session}
     */
    record Claim(ObjectRef policy, String owner, String token, String path, Set<HostPattern> hosts) {}

    /** A clash with an older policy, as a sentence; empty: there is none, and the names are taken. */
    Optional<String> claim(ObjectRef policy, String owner, StickyPolicySpec spec, List<String> names, Scope scope) {
        if (spec.mode() == Mode.HASH) {
            return Optional.empty();
        }
        boolean isCookie = spec.header() == null;
        Set<HostPattern> hosts = hosts(spec, scope);
        List<Claim> own = names.stream()
                .map(name -> new Claim(
                        policy,
                        owner,
                        isCookie ? "cookie " + name : "header " + name.toLowerCase(Locale.ROOT),
                        isCookie ? spec.cookieInForce().path() : "/",
                        hosts))
                .toList();
        Optional<String> clash =
                own.stream().flatMap(one -> clash(one).stream()).findFirst();
        if (clash.isEmpty()) {
            claims.addAll(own);
        }
        return clash;
    }

    private Optional<String> clash(Claim own) {
        for (Claim older : claims) {
            if (older.token().equals(own.token())
                    && !older.owner().equals(own.owner())
                    && overlap(older.path(), own.path())) {
                Optional<HostPattern> host = shared(older.hosts(), own.hosts());
                if (host.isPresent()) {
                    return Optional.of(own.token() + " is used on host " + host.get() + " by " + older.policy()
                            + " already, which is older or first by name: choose another name");
                }
            }
        }
        return Optional.empty();
    }

    private static boolean overlap(String one, String other) {
        return below(one, other) || below(other, one);
    }

    /** RFC 6265 5.1.4. */
    private static boolean below(String path, String top) {
        return path.equals(top) || path.startsWith(top.endsWith("/") ? top : top + "/");
    }

    private static Optional<HostPattern> shared(Set<HostPattern> some, Set<HostPattern> others) {
        return some.stream()
                .flatMap(one -> others.stream().flatMap(other -> Hostnames.intersect(one, other).stream()))
                .min(Hostnames::bySpecificity);
    }

    private Set<HostPattern> hosts(StickyPolicySpec spec, Scope scope) {
        String domain = spec.header() == null ? spec.cookieInForce().domain() : null;
        if (domain != null) {
            return Set.of(HostPattern.exact(domain), HostPattern.wildcard("*." + domain));
        }
        return switch (scope.kind()) {
            case "Ingress" ->
                snapshot.ingress(scope.namespace(), scope.name())
                        .map(TokenClashes::hosts)
                        .orElse(Set.of());
            case "HTTPRoute", "GRPCRoute" ->
                WrittenRoute.find(snapshot, scope.kind(), scope.namespace(), scope.name())
                        .map(this::hosts)
                        .orElse(Set.of());
            default -> {
                Set<HostPattern> all = new LinkedHashSet<>();
                splits.of(scope)
                        .forEach(upstreams -> upstreams.forEach(
                                upstream -> all.addAll(byUpstream().getOrDefault(upstream, Set.of()))));
                yield all;
            }
        };
    }

    /** The hosts on which an upstream is reached. */
    private Map<String, Set<HostPattern>> byUpstream() {
        Map<String, Set<HostPattern>> known = byUpstream;
        if (known == null) {
            known = new HashMap<>();
            for (Ingress ingress : snapshot.ingresses()) {
                for (IngressRule rule : rules(ingress)) {
                    put(splits.of(Metadata.namespace(ingress), rule), hosts(rule), known);
                }
            }
            for (WrittenRoute route : WrittenRoute.all(snapshot)) {
                put(splits.of(route, ""), hosts(route), known);
            }
            byUpstream = known;
        }
        return known;
    }

    private static void put(
            List<List<String>> splits, Set<HostPattern> hosts, Map<String, Set<HostPattern>> byUpstream) {
        splits.stream()
                .flatMap(List::stream)
                .forEach(upstream -> byUpstream
                        .computeIfAbsent(upstream, absent -> new LinkedHashSet<>())
                        .addAll(hosts));
    }

    private static Set<HostPattern> hosts(Ingress ingress) {
        Set<HostPattern> hosts = new LinkedHashSet<>();
        rules(ingress).forEach(rule -> hosts.addAll(hosts(rule)));
        return hosts.isEmpty() ? Set.of(HostPattern.ANY) : hosts;
    }

    private static Set<HostPattern> hosts(IngressRule rule) {
        return Hostnames.ingress(rule.getHost()).map(Set::of).orElse(Set.of());
    }

    private static List<IngressRule> rules(Ingress ingress) {
        return ingress.getSpec() == null
                ? List.of()
                : Present.items(ingress.getSpec().getRules());
    }

    private Set<HostPattern> hosts(WrittenRoute route) {
        Set<HostPattern> hosts = new LinkedHashSet<>();
        Present.items(route.hostnames()).forEach(host -> Hostnames.gateway(host).ifPresent(hosts::add));
        if (hosts.isEmpty()) {
            String namespace = Metadata.namespace(route.source());
            route.parentRefs().forEach(parent -> hosts.addAll(hosts(namespace, parent)));
        }
        return hosts.isEmpty() ? Set.of(HostPattern.ANY) : hosts;
    }

    private Set<HostPattern> hosts(String routeNamespace, ParentReference parent) {
        Set<HostPattern> hosts = new LinkedHashSet<>();
        String namespace = Objects.requireNonNullElse(parent.getNamespace(), routeNamespace);
        listeners(parent.getKind(), namespace, Objects.requireNonNullElse(parent.getName(), "")).stream()
                .filter(listener -> parent.getSectionName() == null
                        || parent.getSectionName().equals(listener.getName()))
                .forEach(listener -> Hostnames.gateway(listener.getHostname()).ifPresent(hosts::add));
        return hosts;
    }

    private List<Listener> listeners(@Nullable String kind, String namespace, String name) {
        if ("ListenerSet".equals(kind)) {
            return snapshot.listenerSet(namespace, name)
                    .map(ListenerSets::listeners)
                    .orElse(List.of());
        }
        return snapshot.gateway(namespace, name)
                .filter(gateway -> gateway.getSpec() != null)
                .map(gateway -> Present.<Listener>items(gateway.getSpec().getListeners()))
                .orElse(List.of());
    }
}
