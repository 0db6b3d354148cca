package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.policy.Scope;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Metadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBackend;
import io.fabric8.kubernetes.api.model.networking.v1.IngressRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The upstreams that a target leads to, by name and as the object lists them; those of one rule together. */
final class Splits {
    private final ClusterSnapshot snapshot;

    Splits(ClusterSnapshot snapshot) {
        this.snapshot = snapshot;
    }

    /** Of an object that is there. */
    List<List<String>> of(Scope scope) {
        String namespace = scope.namespace();
        return switch (scope.kind()) {
            case "Ingress" ->
                snapshot.ingress(namespace, scope.name()).map(this::of).orElse(List.of());
            case "HTTPRoute" ->
                snapshot.httpRoute(namespace, scope.name())
                        .map(route -> of(route, scope.section()))
                        .orElse(List.of());
            default ->
                snapshot.service(namespace, scope.name()).map(Splits::ports).orElse(List.of()).stream()
                        .map(port -> String.valueOf(port.getPort()))
                        .filter(port ->
                                scope.section().isEmpty() || scope.section().equals(port))
                        .map(port -> List.of(namespace + "/" + scope.name() + "/" + port))
                        .toList();
        };
    }

    /** Each path's upstream by itself. */
    private List<List<String>> of(Ingress ingress) {
        List<List<String>> splits = new ArrayList<>();
        if (ingress.getSpec() != null) {
            for (IngressRule rule : Present.items(ingress.getSpec().getRules())) {
                splits.addAll(of(Metadata.namespace(ingress), rule));
            }
            add(Metadata.namespace(ingress), ingress.getSpec().getDefaultBackend(), splits);
        }
        return splits;
    }

    /** Those of one rule. */
    List<List<String>> of(String namespace, IngressRule rule) {
        List<List<String>> splits = new ArrayList<>();
        List<HTTPIngressPath> paths = rule.getHttp() == null
                ? List.of()
                : Present.items(rule.getHttp().getPaths());
        paths.forEach(path -> add(namespace, path.getBackend(), splits));
        return splits;
    }

    private void add(String namespace, @Nullable IngressBackend backend, List<List<String>> splits) {
        if (backend == null
                || backend.getService() == null
                || backend.getService().getPort() == null) {
            return;
        }
        String name = backend.getService().getName();
        Integer number = backend.getService().getPort().getNumber();
        String portName = backend.getService().getPort().getName();
        snapshot.service(namespace, Objects.requireNonNullElse(name, "")).stream()
                .flatMap(service -> ports(service).stream())
                .filter(port -> number != null
                        ? number.equals(port.getPort())
                        : portName != null && portName.equals(port.getName()))
                .findFirst()
                .ifPresent(port -> splits.add(List.of(namespace + "/" + name + "/" + port.getPort())));
    }

    private static List<HTTPRouteRule> rules(HTTPRoute route, String section) {
        List<HTTPRouteRule> rules = route.getSpec() == null
                ? List.of()
                : Present.items(route.getSpec().getRules());
        return rules.stream()
                .filter(rule -> section.isEmpty() || section.equals(rule.getName()))
                .toList();
    }

    /** The upstreams of each rule; an empty section takes all rules. */
    static List<List<String>> of(HTTPRoute route, String section) {
        List<List<String>> splits = new ArrayList<>();
        for (HTTPRouteRule rule : rules(route, section)) {
            splits.add(Present.items(rule.getBackendRefs()).stream()
                    .filter(backend -> backend.getPort() != null
                            && Objects.requireNonNullElse(backend.getKind(), "Service")
                                    .equals("Service"))
                    .map(backend -> name(Metadata.namespace(route), backend))
                    .toList());
        }
        return splits;
    }

    private static String name(String namespace, HTTPBackendRef backend) {
        String owner = backend.getNamespace();
        return (owner == null || owner.isEmpty() ? namespace : owner) + "/" + backend.getName() + "/"
                + backend.getPort();
    }

    private static List<ServicePort> ports(Service service) {
        return service.getSpec() == null
                ? List.of()
                : Present.items(service.getSpec().getPorts());
    }
}
