package dev.moorgate.operator.compile.upstream;

import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.policy.Attachments;
import dev.moorgate.operator.compile.policy.PolicyTraits;
import dev.moorgate.operator.compile.policy.Scope;
import dev.moorgate.operator.compile.policy.Targets;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.conditions.ReportBuilder.PolicyDraft;
import dev.moorgate.operator.crd.CrdRules;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.Violation;
import dev.moorgate.operator.crd.upstream.UpstreamPolicy;
import dev.moorgate.operator.crd.upstream.UpstreamPolicySpec;
import dev.moorgate.operator.crd.upstream.UpstreamPolicySpec.TargetRef;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ServiceImports;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.Upstream;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Every UpstreamPolicy of a snapshot, oldest first: the first valid one that names a Service, or a port of it, has it. Upstreams are
 * made by them; {@link #report} tells afterwards what became of each. Confined to one compile.
 */
public final class UpstreamPolicies {
    private final CompileSettings settings;
    private final ReportBuilder report;
    private final Attachments<UpstreamRule> attachments;
    private final Claims claims;
    private final Set<UpstreamRule> used = new HashSet<>();

    public UpstreamPolicies(ClusterSnapshot snapshot, CompileSettings settings, ReportBuilder report) {
        this.settings = settings;
        this.report = report;
        this.claims = settings.claims(snapshot);
        this.attachments = new Attachments<>(new Targets(snapshot, "a Service or ServiceImport"), new Traits());
        snapshot.upstreamPolicies().stream().sorted(Metadata.OLDEST_FIRST).forEach(this::add);
    }

    /**
     * The upstream as its policy says: that of the port, else that of the Service.
     *
     * @param isSilent the port does not say what its endpoints speak
     */
    public Upstream apply(Upstream upstream, String namespace, String service, int port, boolean isSilent) {
        SourceRef source = ServiceImports.source(namespace, service);
        Optional<UpstreamRule> rule =
                attachments.nearest(new Scope(source.kind(), namespace, source.name(), String.valueOf(port)));
        rule.ifPresent(used::add);
        return rule.map(found -> found.apply(upstream, isSilent)).orElse(upstream);
    }

    private void add(UpstreamPolicy policy) {
        ObjectRef object = new ObjectRef(
                Crds.API_VERSION,
                "UpstreamPolicy",
                Metadata.namespace(policy),
                Metadata.name(policy),
                Metadata.generation(policy));
        UpstreamPolicySpec spec = policy.getSpec();
        if (spec == null) {
            report.error(object, Reason.INVALID, "spec", "is missing");
            return;
        }
        Mistakes invalid = check(policy, spec);
        if (spec.targetRefs().isEmpty()) {
            invalid.all()
                    .forEach(mistake -> report.error(object, mistake.reason(), mistake.field(), mistake.message()));
        }
        Optional<UpstreamRule> rule =
                invalid.isEmpty() ? Optional.of(new UpstreamRule(object.source(), spec)) : Optional.empty();
        attachments.attach(object, spec.targetRefs(), rule, invalid, new Mistakes());
    }

    /** An API server never stores a policy without what is required; a manifest may be. */
    private static Mistakes check(UpstreamPolicy policy, UpstreamPolicySpec spec) {
        Mistakes mistakes = new Mistakes();
        if (spec.targetRefs().isEmpty()) {
            mistakes.add(Reason.INVALID, Field.SPEC.of("targetRefs"), "is missing: name a Service");
        }
        for (int i = 0; i < spec.targetRefs().size(); i++) {
            TargetRef target = spec.targetRefs().get(i);
            Field at = Field.SPEC.of("targetRefs", i);
            needed(mistakes, target.kind(), at.of("kind"));
            needed(mistakes, target.name(), at.of("name"));
        }
        if (spec.healthCheck() != null) {
            needed(
                    mistakes,
                    spec.healthCheck().type(),
                    Field.SPEC.of("healthCheck").of("type"));
        }
        if (mistakes.isEmpty()) {
            for (Violation violation : CrdRules.check(policy)) {
                mistakes.add(Reason.INVALID, Field.at(violation.field()), violation.sentence());
            }
        }
        if (mistakes.isEmpty()) {
            // What schemas check is checked again where no API server has seen the manifest.
            mistakes.build(Field.SPEC, () -> UpstreamRule.trial(spec));
        }
        return mistakes;
    }

    private static void needed(Mistakes mistakes, Object value, Field at) {
        if (Objects.isNull(value)) {
            mistakes.add(Reason.INVALID, at, "is missing");
        }
    }

    /** Writes the status of every policy. */
    public void report() {
        attachments.report(report, settings);
    }

    /** How policies of upstreams are attached. */
    private final class Traits implements PolicyTraits<UpstreamRule> {
        /** Of several releases those speak of a Service that lead to it; of what nobody serves the first one does. */
        @Override
        public boolean isOurs(Scope scope) {
            return claims.isFirst()
                    || attachments.nearest(scope).filter(used::contains).isPresent();
        }

        @Override
        public Optional<String> unresolved() {
            return Optional.empty();
        }

        @Override
        public void effective(UpstreamRule rule, PolicyDraft draft) {
            rule.effective().forEach(draft::effective);
        }
    }
}
