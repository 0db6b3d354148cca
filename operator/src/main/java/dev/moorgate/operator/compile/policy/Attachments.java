package dev.moorgate.operator.compile.policy;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.crd.policy.PolicyTarget;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The policies of one kind on what they target (GEP-713): they come oldest first, and the first valid one that names an object, or a
 * part of it, has it; every other one is told by whom. {@link #report} says so in the policies' statuses. Confined to one compile.
 *
 * @param <P> what a policy says, as the compiler uses it
 */
public final class Attachments<P> {
    private final Targets targets;
    private final PolicyTraits<P> traits;
    private final List<Attachment<P>> all = new ArrayList<>();
    private final Map<Scope, Attachment<P>> inForce = new HashMap<>();

    public Attachments(Targets targets, PolicyTraits<P> traits) {
        this.targets = targets;
        this.traits = traits;
    }

    /** Whether no policy names anything. */
    public boolean isEmpty() {
        return inForce.isEmpty() && all.isEmpty();
    }

    /** What holds on exactly this. */
    public Optional<P> on(Scope scope) {
        return Optional.ofNullable(inForce.get(scope)).flatMap(Attachment::policy);
    }

    /** What holds on the part, else on the whole. */
    public Optional<P> nearest(Scope scope) {
        Attachment<P> found = inForce.get(scope);
        if (found == null) {
            found = inForce.get(scope.whole());
        }
        return Optional.ofNullable(found).flatMap(Attachment::policy);
    }

    /** Everything that is in force, policy by policy. */
    public List<P> held() {
        return all.stream()
                .flatMap(attachment -> attachment.policy().stream())
                .distinct()
                .toList();
    }

    /** Keeps the targets of a policy of which not everything is known yet, so that no younger one gets them for a moment. */
    public void reserve(ObjectRef object, List<? extends PolicyTarget> refs) {
        for (PolicyTarget ref : refs) {
            targets.find(object.namespace(), ref, Field.SPEC, new Mistakes())
                    .ifPresent(scope ->
                            inForce.putIfAbsent(scope, new Attachment<>(object, ref, new Mistakes(), new Mistakes())));
        }
    }

    /**
     * Attaches one policy; call for the oldest first.
     *
     * @param policy empty where it is invalid, so that it takes nothing
     * @param invalid mistakes of the policy as a whole
     * @param unresolved references of the policy that lead nowhere
     */
    public void attach(
            ObjectRef object,
            List<? extends PolicyTarget> refs,
            Optional<P> policy,
            Mistakes invalid,
            Mistakes unresolved) {
        SortedSet<String> named = new TreeSet<>();
        for (int i = 0; i < refs.size(); i++) {
            Field at = Field.SPEC.of("targetRefs", i);
            Attachment<P> attachment = new Attachment<>(object, refs.get(i), invalid, unresolved);
            if (!named.add(attachment.toString())) {
                continue;
            }
            all.add(attachment);
            if (policy.isPresent()) {
                targets.find(object.namespace(), refs.get(i), at, attachment.refused())
                        .ifPresent(scope -> take(scope, attachment, policy.get(), at));
            }
        }
    }

    private void take(Scope scope, Attachment<P> attachment, P policy, Field at) {
        Attachment<P> holder = inForce.get(scope);
        if (holder != null) {
            attachment
                    .refused()
                    .add(
                            Reason.CONFLICTED,
                            at,
                            holder.object().equals(attachment.object())
                                    ? scope + " is named by an earlier targetRef: remove one of the two"
                                    : scope + " has " + holder.object()
                                            + " already, which is older or first by name: remove one of the two");
        } else if (traits.mayHave(attachment, policy, scope, at)) {
            inForce.put(scope, attachment);
            attachment.put(scope, policy);
        }
    }

    /** Writes what became of every policy, after all routes are compiled. */
    public void report(ReportBuilder report, CompileSettings settings) {
        for (Attachment<P> attachment : all) {
            attachment.report(report, settings, traits);
        }
    }
}
