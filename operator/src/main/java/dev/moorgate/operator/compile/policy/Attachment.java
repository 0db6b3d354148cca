package dev.moorgate.operator.compile.policy;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.PartRef;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.conditions.ReportBuilder.PolicyDraft;
import dev.moorgate.operator.crd.policy.PolicyTarget;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One targetRef of one policy: what it holds, or why it does not; an ancestor in the policy's status.
 *
 * @param <P> what the policy says, as the compiler uses it
 */
public final class Attachment<P> {
    private final ObjectRef object;
    private final PolicyTarget ref;
    private final Mistakes invalid;
    private final Mistakes unresolved;
    private final Mistakes refused = new Mistakes();
    private @Nullable Scope scope;
    private @Nullable P policy;

    /**
     * Nothing is held yet.
     *
     * @param invalid mistakes of the policy as a whole
     * @param unresolved references of the policy that lead nowhere
     */
    Attachment(ObjectRef object, PolicyTarget ref, Mistakes invalid, Mistakes unresolved) {
        this.object = object;
        this.ref = ref;
        this.invalid = invalid;
        this.unresolved = unresolved;
    }

    /** The policy's own object. */
    public ObjectRef object() {
        return object;
    }

    /** Mistakes of this target. */
    public Mistakes refused() {
        return refused;
    }

    void put(Scope held, P made) {
        scope = held;
        policy = made;
    }

    /** Present where it is in force. */
    public Optional<P> policy() {
        return Optional.ofNullable(policy);
    }

    void report(ReportBuilder report, CompileSettings settings, PolicyTraits<P> traits) {
        if (Objects.isNull(ref.kind()) || Objects.isNull(ref.name())) {
            invalid.all()
                    .forEach(mistake -> report.error(object, mistake.reason(), mistake.field(), mistake.message()));
            return;
        }
        if (scope != null && !traits.isOurs(scope)) {
            return;
        }
        PolicyDraft draft = report.policy(object);
        boolean isIngress = ref.kind().word().equals("Ingress");
        Conditions conditions = draft.ancestor(
                        ancestor(), isIngress ? settings.ingressController() : settings.gatewayController())
                .expect(ConditionType.RESOLVED_REFS);
        invalid.refuse(conditions, ConditionType.ACCEPTED);
        unresolved.refuse(conditions, ConditionType.RESOLVED_REFS);
        for (Mistakes.Mistake mistake : unresolved.all()) {
            traits.unresolved()
                    .ifPresent(sentence -> conditions.consequence(ConditionType.ACCEPTED, mistake.reason(), sentence));
        }
        refused.refuse(conditions, ConditionType.ACCEPTED);
        if (policy != null) {
            traits.effective(policy, draft);
            traits.held(policy, conditions);
        }
    }

    private PartRef ancestor() {
        PartRef whole = PartRef.of(ref.kind().group(), ref.kind().word(), object.namespace(), ref.name());
        String section = ref.sectionName();
        return section == null ? whole : whole.withSectionName(section);
    }

    /** The part that the target names. */
    @Override
    public String toString() {
        return List.of(String.valueOf(ref.kind()), String.valueOf(ref.name()), String.valueOf(ref.sectionName()))
                .toString();
    }
}
