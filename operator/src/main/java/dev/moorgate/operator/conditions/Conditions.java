package dev.moorgate.operator.conditions;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gathers the conditions of one object, listener, parent or ancestor while it is compiled; confined to one compile. Each type starts
 * good; every refusal adds its sentence, and the first gives the reason.
 */
public final class Conditions {
    private final ObjectRef object;
    private final Set<Finding> findings;
    private final Map<ConditionType, Draft> drafts = new EnumMap<>(ConditionType.class);

    Conditions(ObjectRef object, Set<Finding> findings, ConditionType... types) {
        this.object = object;
        this.findings = findings;
        for (ConditionType type : types) {
            drafts.put(type, new Draft());
        }
    }

    /** Shows the type as good unless something refuses it. */
    public Conditions expect(ConditionType type) {
        drafts.computeIfAbsent(type, absent -> new Draft());
        return this;
    }

    /** Leaves the type out of the status, unless something refused it already. */
    public Conditions omit(ConditionType type) {
        if (isGood(type)) {
            drafts.remove(type);
        }
        return this;
    }

    /** Gives the good status a reason and a sentence of its own. */
    public Conditions accept(ConditionType type, Reason reason, String message) {
        Draft draft = drafts.computeIfAbsent(type, absent -> new Draft());
        if (draft.sentences.isEmpty()) {
            draft.goodReason = reason;
            draft.goodMessage = message;
        }
        return this;
    }

    /**
     * A mistake in {@code field} makes the type bad.
     *
     * @param field the place in the object, such as {@code spec.rules[2].backendRefs[0]}; empty for the object as a whole
     */
    public Conditions refuse(ConditionType type, Reason reason, String field, String message) {
        if (type.isError()) {
            findings.add(new Finding(object, field, reason, message));
        }
        return consequence(type, reason, field.isEmpty() ? message : field + ": " + message);
    }

    /** The type is bad because of a mistake that is reported elsewhere: no finding of its own. */
    public Conditions consequence(ConditionType type, Reason reason, String message) {
        Draft draft = drafts.computeIfAbsent(type, absent -> new Draft());
        if (draft.sentences.isEmpty()) {
            draft.badReason = reason;
        }
        if (!draft.sentences.contains(message)) {
            draft.sentences.add(message);
        }
        return this;
    }

    /** Whether nothing has refused the type so far. */
    public boolean isGood(ConditionType type) {
        Draft draft = drafts.get(type);
        return draft == null || draft.sentences.isEmpty();
    }

    /** In the order of {@link ConditionType}. */
    List<Condition> build() {
        List<Condition> built = new ArrayList<>();
        drafts.forEach((type, draft) -> built.add(draft.build(type, object.generation())));
        return List.copyOf(built);
    }

    /** One condition while it is gathered. */
    private static final class Draft {
        /** Kubernetes takes 32,768 characters, people fewer. */
        private static final int LONGEST_MESSAGE = 4_096;

        private final List<String> sentences = new ArrayList<>();
        private Reason badReason = Reason.INVALID;
        private Reason goodReason = Reason.ACCEPTED;
        private String goodMessage = "";

        private Condition build(ConditionType type, long generation) {
            if (sentences.isEmpty()) {
                Reason reason = goodReason == Reason.ACCEPTED ? type.goodReason() : goodReason;
                return new Condition(type, type.good(), reason, goodMessage, generation);
            }
            return new Condition(type, !type.good(), badReason, message(), generation);
        }

        private String message() {
            String whole = String.join("; ", sentences);
            if (whole.length() <= LONGEST_MESSAGE) {
                return whole;
            }
            StringBuilder message = new StringBuilder();
            int told = 0;
            while (told < sentences.size()
                    && message.length() + sentences.get(told).length() < LONGEST_MESSAGE) {
                message.append(sentences.get(told)).append("; ");
                told++;
            }
            return message.append("and ")
                    .append(sentences.size() - told)
                    .append(" more")
                    .toString();
        }
    }
}
