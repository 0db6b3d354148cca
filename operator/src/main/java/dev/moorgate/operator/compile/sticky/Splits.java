package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.policy.Scope;
import dev.moorgate.operator.compile.route.WrittenRoute;
import dev.moorgate.operator.compile.upstream.AppProtocol;
import dev.moorgate.operator.compile.upstream.Traffic;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ServiceImports;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.networking.v1.HTTPIngressPath;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBackend;
import io.fabric8.kubernetes.api.model.networking.v1.IngressRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The upstreams that a target leads to, by name and as the object lists them; those of one rule together. */
final class Splits {
    private static final Set<String> SERVED = Set.of("Service", ServiceImports.KIND);

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
            case "HTTPRoute", "GRPCRoute" ->
                WrittenRoute.find(snapshot, scope.kind(), namespace, scope.name())
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

    /** The upstreams of each rule; an empty section takes all rules. */
    List<List<String>> of(WrittenRoute route, String section) {
        Traffic traffic = Traffic.of(route.kind());
        String namespace = Metadata.namespace(route.source());
        return route.rules().stream()
                .map(WrittenRoute.Rule::common)
                .filter(rule -> section.isEmpty() || section.equals(rule.getName()))
                .map(rule -> Present.<HTTPBackendRef>items(rule.getBackendRefs()).stream()
                        .filter(backend -> backend.getPort() != null
                                && SERVED.contains(Objects.requireNonNullElse(backend.getKind(), "Service")))
                        .map(backend -> upstream(traffic, namespace, backend))
                        .toList())
                .toList();
    }

    private String upstream(Traffic traffic, String namespace, HTTPBackendRef backend) {
        String owner = Objects.requireNonNullElse(backend.getNamespace(), "");
        owner = owner.isEmpty() ? namespace : owner;
        String written = Objects.requireNonNullElse(backend.getName(), "");
        String name = ServiceImports.KIND.equals(backend.getKind()) ? ServiceImports.serviceName(written) : written;
        return snapshot.service(owner, name).stream()
                .flatMap(service -> ports(service).stream())
                .filter(port -> backend.getPort().equals(port.getPort()))
                .findFirst()
                .map(AppProtocol::of)
                .orElse(AppProtocol.NONE)
                .upstream(traffic, owner, name, backend.getPort());
    }

    /** The name of an upstream's port, if it has one. */
    Optional<String> portName(String upstream) {
        String[] parts = upstream.split("/", -1);
        return snapshot.service(parts[0], parts[1]).stream()
                .flatMap(service -> ports(service).stream())
                .filter(port -> String.valueOf(port.getPort()).equals(parts[2]))
                .map(ServicePort::getName)
                .filter(Objects::nonNull)
                .findFirst();
    }

    private static List<ServicePort> ports(Service service) {
        return service.getSpec() == null
                ? List.of()
                : Present.items(service.getSpec().getPorts());
    }
}
