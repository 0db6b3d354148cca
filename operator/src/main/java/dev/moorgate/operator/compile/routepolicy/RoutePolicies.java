package dev.moorgate.operator.compile.routepolicy;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.policy.Attachments;
import dev.moorgate.operator.compile.policy.PolicyTraits;
import dev.moorgate.operator.compile.policy.Scope;
import dev.moorgate.operator.compile.policy.Targets;
import dev.moorgate.operator.compile.upstream.Backends;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.conditions.ReportBuilder.PolicyDraft;
import dev.moorgate.operator.crd.CrdRules;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.Violation;
import dev.moorgate.operator.crd.route.RoutePolicy;
import dev.moorgate.operator.crd.route.RoutePolicySpec;
import dev.moorgate.operator.crd.route.RoutePolicySpec.TargetRef;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.routetable.SourceRef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Every RoutePolicy of a snapshot, oldest first. Routes ask for the layers over them while they are compiled; {@link #report} tells
 * afterwards what became of each. Confined to one compile.
 */
public final class RoutePolicies {
    private final ReportBuilder report;
    private final CompileSettings settings;
    private final LayerSpecs specs;
    private final Attachments<Layer> attachments;
    private final Set<SourceRef> compiled = new HashSet<>();

    public RoutePolicies(
            ClusterSnapshot snapshot,
            CompileSettings settings,
            Grants grants,
            Backends backends,
            ReportBuilder report) {
        this.report = report;
        this.settings = settings;
        this.specs = new LayerSpecs(snapshot, grants, backends);
        this.attachments =
                new Attachments<>(new Targets(snapshot, "a Gateway, HTTPRoute, GRPCRoute or Ingress"), new Traits());
        snapshot.routePolicies().stream().sorted(Metadata.OLDEST_FIRST).forEach(this::add);
    }

    /** Whether no policy targets anything. */
    public boolean isEmpty() {
        return attachments.isEmpty();
    }

    /** The release serves this Gateway or Ingress. */
    public void serve(SourceRef object) {
        compiled.add(object);
    }

    /** On a Gateway as a whole and on one of its listeners, in this order. */
    public List<Layer> ofListener(SourceRef gateway, String listener) {
        return layers(gateway, listener);
    }

    /**
     * What lies over a rule.
     *
     * @param layers on its route or Ingress as a whole and on the rule itself, in this order
     * @param bucket where its requests are counted
     */
    public record Over(List<Layer> layers, String bucket) {
        public Over {
            layers = List.copyOf(layers);
        }
    }

    /** What lies over a rule; {@code rule} is empty where it has no name. */
    public Over ofRule(SourceRef object, String rule) {
        List<Layer> layers = layers(object, rule);
        Scope part = new Scope(object.kind(), object.namespace(), object.name(), rule);
        boolean isNamed = !rule.isEmpty() && attachments.on(part).isPresent();
        return new Over(layers, (isNamed ? part : part.whole()).toString());
    }

    private List<Layer> layers(SourceRef object, String section) {
        compiled.add(object);
        Scope part = new Scope(object.kind(), object.namespace(), object.name(), section);
        List<Layer> found = new ArrayList<>(2);
        attachments.on(part.whole()).ifPresent(found::add);
        if (!section.isEmpty()) {
            attachments.on(part).ifPresent(found::add);
        }
        return List.copyOf(found);
    }

    private void add(RoutePolicy policy) {
        ObjectRef object = new ObjectRef(
                Crds.API_VERSION,
                "RoutePolicy",
                Metadata.namespace(policy),
                Metadata.name(policy),
                Metadata.generation(policy));
        RoutePolicySpec spec = policy.getSpec();
        if (spec == null) {
            report.error(object, Reason.INVALID, "spec", "is missing");
            return;
        }
        Mistakes invalid = new Mistakes();
        Mistakes unresolved = new Mistakes();
        Optional<Layer> layer;
        try {
            layer = layer(policy, object, spec, invalid, unresolved);
        } catch (RuntimeException e) {
            // Our mistake: it costs the policy that it was met on.
            invalid.add(
                    Reason.INVALID,
                    Field.SPEC,
                    "cannot be read (" + e.getClass().getSimpleName() + "): check it");
            layer = Optional.of(Layer.closed(name(object)));
        }
        if (spec.targetRefs().isEmpty()) {
            invalid.all()
                    .forEach(mistake -> report.error(object, mistake.reason(), mistake.field(), mistake.message()));
        }
        boolean isWhole = spec.targetRefs().stream().allMatch(ref -> ref.kind() != null && ref.name() != null);
        attachments.attach(object, spec.targetRefs(), isWhole ? layer : Optional.empty(), invalid, unresolved);
    }

    /** Nothing of an invalid policy is in force; where it would have kept somebody out, nobody is let in. */
    private Optional<Layer> layer(
            RoutePolicy policy, ObjectRef object, RoutePolicySpec spec, Mistakes invalid, Mistakes unresolved) {
        required(spec, invalid);
        if (invalid.isEmpty()) {
            for (Violation violation : CrdRules.check(policy)) {
                invalid.add(Reason.INVALID, Field.at(violation.field()), violation.sentence());
            }
        }
        Optional<Layer> made = Optional.empty();
        if (invalid.isEmpty()) {
            LayerSpecs.Read read = specs.read(object, spec, invalid, unresolved);
            if (read.isWithheld()) {
                report.withhold(object);
            }
            made = Optional.of(read.layer());
        }
        if (invalid.isEmpty()) {
            return made;
        }
        boolean guards = spec.clients() != null || spec.basicAuth() != null;
        return guards ? Optional.of(Layer.closed(name(object))) : Optional.empty();
    }

    /** An API server never stores a policy without these; a manifest may be. */
    private static void required(RoutePolicySpec spec, Mistakes invalid) {
        if (spec.targetRefs().isEmpty()) {
            invalid.add(Reason.INVALID, Field.SPEC.of("targetRefs"), "is missing: name what it is for");
        }
        for (int i = 0; i < spec.targetRefs().size(); i++) {
            TargetRef target = spec.targetRefs().get(i);
            if (target.kind() == null || target.name() == null) {
                String missing = target.kind() == null ? "kind" : "name";
                invalid.add(Reason.INVALID, Field.SPEC.of("targetRefs", i).of(missing), "is missing");
            }
        }
    }

    private static String name(ObjectRef object) {
        return object.namespace() + "/" + object.name();
    }

    /** Writes the status of every policy, after all routes are compiled. */
    public void report() {
        attachments.report(report, settings);
    }

    /** How layers are attached. */
    private final class Traits implements PolicyTraits<Layer> {
        @Override
        public boolean isOurs(Scope scope) {
            return compiled.contains(scope.object());
        }

        @Override
        public Optional<String> unresolved() {
            return Optional.empty();
        }

        @Override
        public void effective(Layer layer, PolicyDraft draft) {
            LayerText.show(layer, draft);
        }
    }
}
