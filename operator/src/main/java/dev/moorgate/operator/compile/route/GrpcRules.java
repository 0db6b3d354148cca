package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Present;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteRule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteRuleBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRefBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteFilterBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRuleBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rules of a GRPCRoute in the words of HTTPRoute. Filters and backendRefs of the two kinds mean the same, and those of GRPCRoute are
 * fewer: they are read at the same place of the same list, so that messages name the field that its author wrote.
 */
final class GrpcRules {
    private GrpcRules() {}

    static List<WrittenRoute.Rule> read(GRPCRoute route) {
        List<GRPCRouteRule> rules = route.getSpec() == null
                ? List.of()
                : Present.items(route.getSpec().getRules());
        return rules.isEmpty()
                ? List.of(rule(new GRPCRouteRuleBuilder().build()))
                : rules.stream().map(GrpcRules::rule).toList();
    }

    private static WrittenRoute.Rule rule(GRPCRouteRule rule) {
        return new WrittenRoute.Rule(
                new HTTPRouteRuleBuilder()
                        .withName(rule.getName())
                        .withFilters(filters(rule.getFilters()))
                        .withBackendRefs(backends(rule.getBackendRefs()))
                        .withSessionPersistence(rule.getSessionPersistence())
                        .build(),
                (at, mistakes) -> GrpcMatches.compile(rule.getMatches(), at, mistakes));
    }

    private static List<HTTPRouteFilter> filters(@Nullable List<GRPCRouteFilter> filters) {
        return Present.<GRPCRouteFilter>items(filters).stream()
                .map(filter -> new HTTPRouteFilterBuilder()
                        .withType(filter.getType())
                        .withExtensionRef(filter.getExtensionRef())
                        .withRequestHeaderModifier(filter.getRequestHeaderModifier())
                        .withResponseHeaderModifier(filter.getResponseHeaderModifier())
                        .withRequestMirror(filter.getRequestMirror())
                        .build())
                .toList();
    }

    private static List<HTTPBackendRef> backends(@Nullable List<GRPCBackendRef> backends) {
        return Present.<GRPCBackendRef>items(backends).stream()
                .map(backend -> new HTTPBackendRefBuilder()
                        .withGroup(backend.getGroup())
                        .withKind(backend.getKind())
                        .withNamespace(backend.getNamespace())
                        .withName(backend.getName())
                        .withPort(backend.getPort())
                        .withWeight(backend.getWeight())
                        .withFilters(filters(backend.getFilters()))
                        .build())
                .toList();
    }
}
