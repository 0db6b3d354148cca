package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.snapshot.TlsRoute;
import dev.moorgate.routetable.RouteMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRefBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRuleBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1alpha2.TLSRouteRule;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Rules of a TLSRoute in the words of HTTPRoute: names and backendRefs, and every connection matches. */
final class TlsRules {
    private TlsRules() {}

    static List<WrittenRoute.Rule> read(TlsRoute route) {
        List<TLSRouteRule> rules = route.getSpec() == null
                ? List.of()
                : Objects.requireNonNullElse(route.getSpec().getRules(), List.of());
        return rules.isEmpty()
                ? List.of(rule(new TLSRouteRule()))
                : rules.stream().map(TlsRules::rule).toList();
    }

    private static WrittenRoute.Rule rule(TLSRouteRule rule) {
        return new WrittenRoute.Rule(
                new HTTPRouteRuleBuilder()
                        .withName(rule.getName())
                        .withBackendRefs(backends(rule.getBackendRefs()))
                        .build(),
                (at, mistakes) -> List.of(RouteMatch.path(RouteMatch.PathMatch.ALL)));
    }

    private static List<HTTPBackendRef> backends(@Nullable List<BackendRef> backends) {
        return Objects.requireNonNullElse(backends, List.<BackendRef>of()).stream()
                .map(backend -> new HTTPBackendRefBuilder()
                        .withGroup(backend.getGroup())
                        .withKind(backend.getKind())
                        .withNamespace(backend.getNamespace())
                        .withName(backend.getName())
                        .withPort(backend.getPort())
                        .withWeight(backend.getWeight())
                        .build())
                .toList();
    }
}
