package dev.moorgate.operator.compile.upstream;

import dev.moorgate.operator.compile.Authorities;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.PartRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ObjectName;
import dev.moorgate.routetable.Upstream.UpstreamTls;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendTLSPolicy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.LocalPolicyTargetReferenceWithSectionName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * BackendTLSPolicies on Services and their ports (GEP-1897): of a port before of the whole, the oldest of each. An invalid one keeps its
 * targets, and nothing is sent to them: never in clear text, never unverified. Its ancestors are the Gateways whose routes lead to a
 * target. Confined to one compile.
 */
public final class BackendTls {
    private final ClusterSnapshot snapshot;
    private final CompileSettings settings;
    private final ReportBuilder report;
    private final List<Policy> policies = new ArrayList<>();
    private final Map<Part, Policy> inForce = new HashMap<>();
    private final Map<ObjectName, SortedSet<ObjectRef>> users = new HashMap<>();

    /** A Service, or one port of it by its name. */
    private record Part(String namespace, String service, String section) {}

    /** What is wrong with a target alone. */
    private record Target(Part part, Mistakes refused) {}

    private record Policy(ObjectRef object, BackendTlsRules.Outcome outcome, List<Target> targets) {}

    /** How the endpoints of a port are spoken to. */
    public sealed interface Answer {
        /** No policy speaks of it. */
        record Silent() implements Answer {}

        /** In TLS that is verified like this. */
        record Secured(UpstreamTls tls) implements Answer {}

        /** Not at all: the policy cannot be obeyed. */
        record Refused(String message) implements Answer {}
    }

    public BackendTls(ClusterSnapshot snapshot, CompileSettings settings, ReportBuilder report) {
        this.snapshot = snapshot;
        this.settings = settings;
        this.report = report;
        BackendTlsRules rules = new BackendTlsRules(new Authorities(snapshot));
        snapshot.backendTlsPolicies().stream().sorted(Metadata.OLDEST_FIRST).forEach(policy -> add(policy, rules));
    }

    /** Whether there is no policy. */
    public boolean isEmpty() {
        return policies.isEmpty();
    }

    /** Of a port of a Service that is there. */
    Answer of(String namespace, String service, ServicePort port) {
        Policy policy = inForce.get(new Part(namespace, service, Objects.requireNonNullElse(port.getName(), "")));
        if (policy == null) {
            policy = inForce.get(new Part(namespace, service, ""));
        }
        if (policy == null) {
            return new Answer.Silent();
        }
        return switch (policy.outcome()) {
            case BackendTlsRules.Outcome.Good good -> new Answer.Secured(good.tls());
            case BackendTlsRules.Outcome.Bad bad ->
                new Answer.Refused(policy.object() + " cannot be obeyed, so that nothing is sent to Service "
                        + Tokens.shown(namespace + "/" + service));
            case BackendTlsRules.Outcome.NotLoaded notLoaded ->
                new Answer.Refused("what " + policy.object() + " refers to has not been read yet");
        };
    }

    /** A route of the Gateway leads to the Service. */
    public void use(String namespace, String service, ObjectRef gateway) {
        users.computeIfAbsent(new ObjectName(namespace, service), absent -> new TreeSet<>())
                .add(gateway);
    }

    private void add(BackendTLSPolicy source, BackendTlsRules rules) {
        ObjectRef object = new ObjectRef(
                "gateway.networking.k8s.io/v1",
                "BackendTLSPolicy",
                Metadata.namespace(source),
                Metadata.name(source),
                Metadata.generation(source));
        if (source.getSpec() == null) {
            report.error(object, Reason.INVALID, "spec", "is missing");
            return;
        }
        Policy policy = new Policy(object, rules.compile(source.getSpec(), object.namespace()), new ArrayList<>());
        policies.add(policy);
        List<LocalPolicyTargetReferenceWithSectionName> refs =
                Present.items(source.getSpec().getTargetRefs());
        for (int i = 0; i < refs.size(); i++) {
            target(object, refs.get(i), Field.SPEC.of("targetRefs", i)).ifPresent(target -> {
                policy.targets().add(target);
                take(target, policy);
            });
        }
        if (policy.outcome() instanceof BackendTlsRules.Outcome.NotLoaded) {
            report.withhold(object);
        }
    }

    private Optional<Target> target(ObjectRef object, LocalPolicyTargetReferenceWithSectionName ref, Field at) {
        String group = Objects.requireNonNullElse(ref.getGroup(), "");
        String kind = Objects.requireNonNullElse(ref.getKind(), "");
        String name = Objects.requireNonNullElse(ref.getName(), "");
        String section = Objects.requireNonNullElse(ref.getSectionName(), "");
        if (!group.isEmpty() || !kind.equals("Service")) {
            report.error(
                    object,
                    Reason.TARGET_NOT_FOUND,
                    at.toString(),
                    "kind " + Tokens.shown(kind) + " of group \"" + Tokens.shown(group)
                            + "\" cannot be a target: use a Service");
            return Optional.empty();
        }
        Mistakes refused = new Mistakes();
        Optional<Service> service = snapshot.service(object.namespace(), name);
        if (service.isEmpty()) {
            refused.add(
                    Reason.TARGET_NOT_FOUND,
                    at.of("name"),
                    "Service " + Tokens.shown(object.namespace() + "/" + name) + " does not exist");
        } else if (!section.isEmpty() && !hasPort(service.get(), section)) {
            refused.add(
                    Reason.TARGET_NOT_FOUND,
                    at.of("sectionName"),
                    "Service " + object.namespace() + "/" + name + " has no port named " + Tokens.shown(section));
        }
        return Optional.of(new Target(new Part(object.namespace(), name, section), refused));
    }

    private static boolean hasPort(Service service, String name) {
        return service.getSpec() != null
                && Present.<ServicePort>items(service.getSpec().getPorts()).stream()
                        .anyMatch(port -> name.equals(port.getName()));
    }

    private void take(Target target, Policy policy) {
        Policy holder = inForce.putIfAbsent(target.part(), policy);
        if (holder != null && !holder.equals(policy)) {
            String part = target.part().section().isEmpty()
                    ? ""
                    : " port " + target.part().section();
            target.refused()
                    .add(
                            Reason.CONFLICTED,
                            Field.SPEC.of("targetRefs"),
                            "Service " + target.part().namespace() + "/"
                                    + target.part().service() + part + " has " + holder.object()
                                    + " already, which is older or first by name: remove one of the two");
        }
    }

    /** Writes the status of every policy, after all routes are compiled. */
    public void report() {
        for (Policy policy : policies) {
            boolean isUsed = false;
            for (Target target : policy.targets()) {
                ObjectName service =
                        new ObjectName(target.part().namespace(), target.part().service());
                for (ObjectRef gateway : users.getOrDefault(service, new TreeSet<>())) {
                    isUsed = true;
                    tell(policy, target, gateway);
                }
            }
            if (!isUsed && policy.outcome() instanceof BackendTlsRules.Outcome.Bad bad) {
                // Ingresses may use it, and are no ancestors.
                bad.invalid().all().forEach(mistake -> tell(policy.object(), mistake));
                bad.unresolved().all().forEach(mistake -> tell(policy.object(), mistake));
            }
        }
    }

    private void tell(ObjectRef policy, Mistakes.Mistake mistake) {
        report.error(policy, mistake.reason(), mistake.field(), mistake.message());
    }

    private void tell(Policy policy, Target target, ObjectRef gateway) {
        Conditions conditions = report.policy(policy.object())
                .ancestor(
                        PartRef.of(Grants.GATEWAY_GROUP, gateway.kind(), gateway.namespace(), gateway.name()),
                        settings.gatewayController())
                .expect(ConditionType.RESOLVED_REFS);
        switch (policy.outcome()) {
            case BackendTlsRules.Outcome.Good good -> good.unresolved().refuse(conditions, ConditionType.RESOLVED_REFS);
            case BackendTlsRules.Outcome.Bad bad -> {
                bad.invalid().refuse(conditions, ConditionType.ACCEPTED);
                bad.unresolved().refuse(conditions, ConditionType.RESOLVED_REFS);
                if (!bad.unresolved().isEmpty()) {
                    conditions.consequence(
                            ConditionType.ACCEPTED,
                            Reason.NO_VALID_CA_CERTIFICATE,
                            "no reference leads to a certificate of an authority: requests get 500");
                }
            }
            case BackendTlsRules.Outcome.NotLoaded notLoaded -> {}
        }
        target.refused().refuse(conditions, ConditionType.ACCEPTED);
    }
}
