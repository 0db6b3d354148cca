package dev.moorgate.operator.compile.sticky;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.PartRef;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.conditions.ReportBuilder.PolicyDraft;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyScope.TargetRef;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Token;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One targetRef of one policy: what it holds, or why it does not; an ancestor in the policy's status. */
final class Attachment {
    private static final int MOST_NAMES = 8;

    private final ObjectRef object;
    private final StickyPolicySpec spec;
    private final TargetRef ref;
    private final Mistakes invalid;
    private final Mistakes unresolved;
    private final Mistakes refused = new Mistakes();
    private @Nullable PolicySessions sessions;

    /**
     * Nothing is held yet.
     *
     * @param invalid mistakes of the policy as a whole
     * @param unresolved references of the policy that lead nowhere
     */
    Attachment(ObjectRef object, StickyPolicySpec spec, TargetRef ref, Mistakes invalid, Mistakes unresolved) {
        this.object = object;
        this.spec = spec;
        this.ref = ref;
        this.invalid = invalid;
        this.unresolved = unresolved;
    }

    ObjectRef object() {
        return object;
    }

    /** Mistakes of this target. */
    Mistakes refused() {
        return refused;
    }

    void put(PolicySessions made) {
        sessions = made;
    }

    StickyPolicySpec spec() {
        return spec;
    }

    /** Present where it is in force. */
    Optional<PolicySessions> sessions() {
        return Optional.ofNullable(sessions);
    }

    void report(ReportBuilder report, CompileSettings settings, Set<SourceRef> compiled) {
        boolean known = Objects.nonNull(ref.kind()) && Objects.nonNull(ref.name());
        if (!known) {
            invalid.all()
                    .forEach(mistake -> report.error(object, mistake.reason(), mistake.field(), mistake.message()));
            return;
        }
        boolean isIngress = ref.kind() == TargetRef.Kind.INGRESS;
        if (isIngress
                && sessions != null
                && !compiled.contains(SourceRef.of("Ingress", object.namespace(), ref.name()))) {
            return;
        }
        PolicyDraft draft = report.policy(object);
        Conditions conditions = draft.ancestor(
                        ancestor(), isIngress ? settings.ingressController() : settings.gatewayController())
                .expect(ConditionType.RESOLVED_REFS);
        invalid.refuse(conditions, ConditionType.ACCEPTED);
        unresolved.refuse(conditions, ConditionType.RESOLVED_REFS);
        for (Mistakes.Mistake mistake : unresolved.all()) {
            conditions.consequence(ConditionType.ACCEPTED, mistake.reason(), "no session is kept without keys");
        }
        refused.refuse(conditions, ConditionType.ACCEPTED);
        if (sessions != null) {
            effective(draft, sessions);
        }
    }

    private void effective(PolicyDraft draft, PolicySessions made) {
        String names = made.made().stream()
                .map(StickySession::token)
                .filter(Token.Cookie.class::isInstance)
                .map(token -> ((Token.Cookie) token).name())
                .sorted()
                .distinct()
                .limit(MOST_NAMES)
                .collect(Collectors.joining(", "));
        if (!names.isEmpty()) {
            draft.effective("cookieName", names);
        }
        if (spec.hash() == null) {
            draft.effective("binding", word());
            draft.effective("absoluteTimeout", Objects.requireNonNullElse(spec.absoluteTimeout(), "none"));
            draft.effective("idleTimeout", Objects.requireNonNullElse(spec.idleTimeout(), "none"));
        }
    }

    private String word() {
        return switch (spec.binding()) {
            case POD_UID -> "PodUID";
            case POD_NAME -> "PodName";
            case ENDPOINT -> "Endpoint";
        };
    }

    private PartRef ancestor() {
        PartRef whole = PartRef.of(ref.kind().group(), ref.kind().word(), object.namespace(), ref.name());
        return ref.sectionName() == null ? whole : whole.withSectionName(ref.sectionName());
    }

    /** The part that the target names. */
    @Override
    public String toString() {
        return List.of(String.valueOf(ref.kind()), String.valueOf(ref.name()), String.valueOf(ref.sectionName()))
                .toString();
    }
}
