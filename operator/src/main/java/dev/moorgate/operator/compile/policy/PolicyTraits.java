package dev.moorgate.operator.compile.policy;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.ReportBuilder.PolicyDraft;
import java.util.Optional;

/**
 * What the kinds of policy differ in when they are attached.
 *
 * @param <P> what a policy says, as the compiler uses it
 */
public interface PolicyTraits<P> {
    /**
     * Whether the policy may have what no other policy has; where not, the reason is added to {@code refused} of the attachment.
     *
     * @param at the targetRef
     */
    default boolean mayHave(Attachment<P> attachment, P policy, Scope scope, Field at) {
        return true;
    }

    /** Whether this release serves it: of another's objects nothing is said. Asked after all routes are compiled. */
    boolean isOurs(Scope scope);

    /** Why a policy whose references lead nowhere is not accepted either; empty: it is. */
    Optional<String> unresolved();

    /** Shows what is in force after defaults. */
    void effective(P policy, PolicyDraft draft);

    /** Adds conditions of the kind's own to those of a target that the policy holds. */
    default void held(P policy, Conditions conditions) {}
}
