package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.StickyScope.TargetRef;
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
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks up what targetRefs name, and which backends it leads to. */
final class PolicyTargets {
    private final ClusterSnapshot snapshot;

    PolicyTargets(ClusterSnapshot snapshot) {
        this.snapshot = snapshot;
    }

    /**
     * What one policy at most can have: a Service, one port of it, an Ingress, an HTTPRoute or one named rule of it.
     *
     * @param section the port's number or the rule's name; empty for the object as a whole
     */
    record Scope(String kind, String namespace, String name, String section) {
        Scope whole() {
            return new Scope(kind, namespace, name, "");
        }

        /** {@code HTTPRoute shop/cart rule checkout}. */
        @Override
        public String toString() {
            String object = kind + " " + namespace + "/" + name;
            return section.isEmpty() ? object : object + (kind.equals("Service") ? " port " : " rule ") + section;
        }
    }

    /**
     * An object that is there.
     *
     * @param splits upstreams by name as the object lists them, those of one rule together
     */
    record Target(Scope scope, List<List<String>> splits) {
        Target {
            splits = List.copyOf(splits);
        }
    }

    /** Empty, with a mistake added, where the policy cannot act on it. */
    Optional<Target> find(String namespace, TargetRef ref, Field at, Mistakes mistakes) {
        return switch (ref.kind()) {
            case SERVICE -> service(namespace, ref, at, mistakes);
            case INGRESS -> ingress(namespace, ref, at, mistakes);
            case HTTP_ROUTE -> httpRoute(namespace, ref, at, mistakes);
            case X_BACKEND, GRPC_ROUTE -> {
                mistakes.add(
                        Reason.UNSUPPORTED_VALUE,
                        at.of("kind"),
                        ref.kind().word() + " is not served in this version: target a Service, Ingress or HTTPRoute");
                yield Optional.empty();
            }
        };
    }

    private Optional<Target> service(String namespace, TargetRef ref, Field at, Mistakes mistakes) {
        Optional<Service> service = snapshot.service(namespace, ref.name());
        if (service.isEmpty()) {
            return missing(namespace, ref, at, mistakes);
        }
        String section = Objects.requireNonNullElse(ref.sectionName(), "");
        List<List<String>> ports = new ArrayList<>();
        String number = "";
        for (ServicePort port : ports(service.get())) {
            boolean named = section.equals(port.getName()) || section.equals(String.valueOf(port.getPort()));
            if (section.isEmpty() || named) {
                number = section.isEmpty() ? "" : String.valueOf(port.getPort());
                ports.add(List.of(namespace + "/" + ref.name() + "/" + port.getPort()));
            }
        }
        if (!section.isEmpty() && ports.isEmpty()) {
            mistakes.add(
                    Reason.TARGET_NOT_FOUND,
                    at.of("sectionName"),
                    "Service " + namespace + "/" + ref.name() + " has no port " + Tokens.shown(section));
            return Optional.empty();
        }
        return Optional.of(new Target(new Scope("Service", namespace, ref.name(), number), ports));
    }

    private Optional<Target> ingress(String namespace, TargetRef ref, Field at, Mistakes mistakes) {
        Optional<Ingress> ingress = snapshot.ingress(namespace, ref.name());
        if (ingress.isEmpty()) {
            return missing(namespace, ref, at, mistakes);
        }
        if (ref.sectionName() != null) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("sectionName"),
                    "an Ingress has no named parts: remove it, or target the Service");
            return Optional.empty();
        }
        return Optional.of(new Target(new Scope("Ingress", namespace, ref.name(), ""), splits(ingress.get())));
    }

    /** Each path's upstream by itself. */
    List<List<String>> splits(Ingress ingress) {
        List<List<String>> splits = new ArrayList<>();
        if (ingress.getSpec() != null) {
            for (IngressRule rule : Present.items(ingress.getSpec().getRules())) {
                splits.addAll(splits(Metadata.namespace(ingress), rule));
            }
            add(Metadata.namespace(ingress), ingress.getSpec().getDefaultBackend(), splits);
        }
        return splits;
    }

    /** Those of one rule. */
    List<List<String>> splits(String namespace, IngressRule rule) {
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

    private Optional<Target> httpRoute(String namespace, TargetRef ref, Field at, Mistakes mistakes) {
        Optional<HTTPRoute> route = snapshot.httpRoute(namespace, ref.name());
        if (route.isEmpty()) {
            return missing(namespace, ref, at, mistakes);
        }
        String section = Objects.requireNonNullElse(ref.sectionName(), "");
        if (!section.isEmpty() && rules(route.get(), section).isEmpty()) {
            mistakes.add(
                    Reason.TARGET_NOT_FOUND,
                    at.of("sectionName"),
                    "HTTPRoute " + namespace + "/" + ref.name() + " has no rule named " + Tokens.shown(section));
            return Optional.empty();
        }
        return Optional.of(
                new Target(new Scope("HTTPRoute", namespace, ref.name(), section), splits(route.get(), section)));
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
    static List<List<String>> splits(HTTPRoute route, String section) {
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

    private static Optional<Target> missing(String namespace, TargetRef ref, Field at, Mistakes mistakes) {
        mistakes.add(
                Reason.TARGET_NOT_FOUND,
                at.of("name"),
                ref.kind().word() + " " + Tokens.shown(namespace + "/" + ref.name()) + " does not exist");
        return Optional.empty();
    }

    private static List<ServicePort> ports(Service service) {
        return service.getSpec() == null
                ? List.of()
                : Present.items(service.getSpec().getPorts());
    }
}
