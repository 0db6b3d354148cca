package dev.moorgate.operator.compile.policy;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.compile.route.WrittenRoute;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.crd.policy.PolicyTarget;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.ServiceImports;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Looks up what the targetRefs of one kind of policy name. */
public final class Targets {
    private final ClusterSnapshot snapshot;
    private final String served;

    /** @param served the kinds that may be targeted, as a message names them: {@code a Service or Ingress} */
    public Targets(ClusterSnapshot snapshot, String served) {
        this.snapshot = snapshot;
        this.served = served;
    }

    /** Empty, with a mistake added, where the policy cannot act on it. */
    public Optional<Scope> find(String namespace, PolicyTarget ref, Field at, Mistakes mistakes) {
        return switch (ref.kind().word()) {
            case "Service" -> service(namespace, ref, ref.name(), at, mistakes);
            case ServiceImports.KIND -> service(namespace, ref, ServiceImports.serviceName(ref.name()), at, mistakes);
            case "Ingress" -> ingress(namespace, ref, at, mistakes);
            case "HTTPRoute", "GRPCRoute" -> route(namespace, ref, at, mistakes);
            case "Gateway" -> gateway(namespace, ref, at, mistakes);
            default -> {
                mistakes.add(
                        Reason.UNSUPPORTED_VALUE,
                        at.of("kind"),
                        ref.kind().word() + " is not served in this version: target " + served);
                yield Optional.empty();
            }
        };
    }

    /** {@code name}: as the snapshot knows it among Services. */
    private Optional<Scope> service(String namespace, PolicyTarget ref, String name, Field at, Mistakes mistakes) {
        Optional<Service> service = snapshot.service(namespace, name);
        if (service.isEmpty()) {
            return missing(namespace, ref, at, mistakes);
        }
        List<ServicePort> ports = service.get().getSpec() == null
                ? List.of()
                : Present.items(service.get().getSpec().getPorts());
        String section = section(ref);
        Optional<String> number = section.isEmpty()
                ? Optional.of("")
                : ports.stream()
                        .filter(port ->
                                section.equals(port.getName()) || section.equals(String.valueOf(port.getPort())))
                        .map(port -> String.valueOf(port.getPort()))
                        .findFirst();
        return number.isEmpty()
                ? noPart(namespace, ref, at, mistakes)
                : Optional.of(new Scope(ref.kind().word(), namespace, ref.name(), number.get()));
    }

    private Optional<Scope> ingress(String namespace, PolicyTarget ref, Field at, Mistakes mistakes) {
        if (snapshot.ingress(namespace, ref.name()).isEmpty()) {
            return missing(namespace, ref, at, mistakes);
        }
        if (ref.sectionName() != null) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("sectionName"),
                    "an Ingress has no named parts: remove it, or target the Service");
            return Optional.empty();
        }
        return Optional.of(new Scope("Ingress", namespace, ref.name(), ""));
    }

    private Optional<Scope> route(String namespace, PolicyTarget ref, Field at, Mistakes mistakes) {
        String kind = ref.kind().word();
        Optional<WrittenRoute> route = WrittenRoute.find(snapshot, kind, namespace, ref.name());
        if (route.isEmpty()) {
            return missing(namespace, ref, at, mistakes);
        }
        String section = section(ref);
        boolean isThere = section.isEmpty()
                || route.get().rules().stream()
                        .anyMatch(rule -> section.equals(rule.common().getName()));
        return isThere
                ? Optional.of(new Scope(kind, namespace, ref.name(), section))
                : noPart(namespace, ref, at, mistakes);
    }

    private Optional<Scope> gateway(String namespace, PolicyTarget ref, Field at, Mistakes mistakes) {
        Optional<Gateway> gateway = snapshot.gateway(namespace, ref.name());
        if (gateway.isEmpty()) {
            return missing(namespace, ref, at, mistakes);
        }
        String section = section(ref);
        boolean isThere = section.isEmpty()
                || gateway.get().getSpec() != null
                        && Present.items(gateway.get().getSpec().getListeners()).stream()
                                .anyMatch(listener -> section.equals(listener.getName()));
        return isThere
                ? Optional.of(new Scope("Gateway", namespace, ref.name(), section))
                : noPart(namespace, ref, at, mistakes);
    }

    private static String section(PolicyTarget ref) {
        return Objects.requireNonNullElse(ref.sectionName(), "");
    }

    private static Optional<Scope> missing(String namespace, PolicyTarget ref, Field at, Mistakes mistakes) {
        mistakes.add(
                Reason.TARGET_NOT_FOUND,
                at.of("name"),
                ref.kind().word() + " " + Tokens.shown(namespace + "/" + ref.name()) + " does not exist");
        return Optional.empty();
    }

    private static Optional<Scope> noPart(String namespace, PolicyTarget ref, Field at, Mistakes mistakes) {
        String kind = ref.kind().word();
        mistakes.add(
                Reason.TARGET_NOT_FOUND,
                at.of("sectionName"),
                kind + " " + namespace + "/" + ref.name() + " has no " + Scope.part(kind)
                        + (kind.endsWith("Route") ? " named " : " ") + Tokens.shown(section(ref)));
        return Optional.empty();
    }
}
