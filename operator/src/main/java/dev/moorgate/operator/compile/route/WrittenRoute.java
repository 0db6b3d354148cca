package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.TlsRoute;
import dev.moorgate.routetable.RouteMatch;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRouteSpec;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRuleBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteSpec;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParentReference;
import io.fabric8.kubernetes.api.model.gatewayapi.v1alpha3.TLSRouteSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A route of any kind as its author wrote it: nothing in it has been checked. */
public sealed interface WrittenRoute {
    HasMetadata source();

    /** As in manifests. */
    String kind();

    List<ParentReference> parentRefs();

    /** Empty where it has none; items may be absent. */
    List<String> hostnames();

    /** At least one, as an API server would default them. */
    List<Rule> rules();

    /**
     * One rule.
     *
     * @param common all but its matches, in the words of HTTPRoute, which hold those of the other kinds
     * @param matches reads its matches; adds mistakes where one of them is invalid
     */
    record Rule(HTTPRouteRule common, BiFunction<Field, Mistakes, List<RouteMatch>> matches) {}

    /** Every one of a snapshot, sorted by kind, namespace and name. */
    static List<WrittenRoute> all(ClusterSnapshot snapshot) {
        List<WrittenRoute> all = new ArrayList<>();
        snapshot.httpRoutes().forEach(route -> all.add(new Http(route)));
        snapshot.grpcRoutes().forEach(route -> all.add(new Grpc(route)));
        return all;
    }

    /** By kind, namespace and name. */
    static Optional<WrittenRoute> find(ClusterSnapshot snapshot, String kind, String namespace, String name) {
        return switch (kind) {
            case "HTTPRoute" -> snapshot.httpRoute(namespace, name).map(Http::new);
            case "GRPCRoute" -> snapshot.grpcRoute(namespace, name).map(Grpc::new);
            default -> Optional.empty();
        };
    }

    static WrittenRoute of(TlsRoute route) {
        return new Tls(route);
    }

    /** A list of a spec that may be absent, as it may be; its items may be as well. */
    private static <S, T> List<T> list(@Nullable S spec, Function<S, @Nullable List<T>> field) {
        List<T> items = spec == null ? null : field.apply(spec);
        return items == null ? List.of() : items;
    }

    private static <S, T> List<T> items(@Nullable S spec, Function<S, @Nullable List<T>> field) {
        return Present.items(list(spec, field));
    }

    /** An HTTPRoute. */
    record Http(HTTPRoute source) implements WrittenRoute {
        @Override
        public String kind() {
            return "HTTPRoute";
        }

        @Override
        public List<ParentReference> parentRefs() {
            return items(source.getSpec(), HTTPRouteSpec::getParentRefs);
        }

        @Override
        public List<String> hostnames() {
            return list(source.getSpec(), HTTPRouteSpec::getHostnames);
        }

        @Override
        public List<Rule> rules() {
            List<HTTPRouteRule> rules = items(source.getSpec(), HTTPRouteSpec::getRules);
            return rules.isEmpty()
                    ? List.of(rule(new HTTPRouteRuleBuilder().build()))
                    : rules.stream().map(Http::rule).toList();
        }

        private static Rule rule(HTTPRouteRule rule) {
            return new Rule(rule, (at, mistakes) -> HttpMatches.compile(rule.getMatches(), at, mistakes));
        }
    }

    /** A TLSRoute: connections by their server name. */
    record Tls(TlsRoute source) implements WrittenRoute {
        @Override
        public String kind() {
            return "TLSRoute";
        }

        @Override
        public List<ParentReference> parentRefs() {
            return items(source.getSpec(), TLSRouteSpec::getParentRefs);
        }

        @Override
        public List<String> hostnames() {
            return list(source.getSpec(), TLSRouteSpec::getHostnames);
        }

        @Override
        public List<Rule> rules() {
            return TlsRules.read(source);
        }
    }

    /** A GRPCRoute. */
    record Grpc(GRPCRoute source) implements WrittenRoute {
        @Override
        public String kind() {
            return "GRPCRoute";
        }

        @Override
        public List<ParentReference> parentRefs() {
            return items(source.getSpec(), GRPCRouteSpec::getParentRefs);
        }

        @Override
        public List<String> hostnames() {
            return list(source.getSpec(), GRPCRouteSpec::getHostnames);
        }

        @Override
        public List<Rule> rules() {
            return GrpcRules.read(source);
        }
    }
}
