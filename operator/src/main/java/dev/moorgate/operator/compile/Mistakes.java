package dev.moorgate.operator.compile;

import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.Conditions;
import dev.moorgate.operator.conditions.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The mistakes found in one part of an object, in the order of their finding; confined to one compile. */
public final class Mistakes {
    private final List<Mistake> mistakes = new ArrayList<>();

    /**
     * One mistake of a user.
     *
     * @param message what is wrong, and what to write instead
     */
    public record Mistake(Reason reason, String field, String message) {
        @Override
        public String toString() {
            return field.isEmpty() ? message : field + ": " + message;
        }
    }

    public Mistakes add(Reason reason, Field field, String message) {
        Mistake mistake = new Mistake(reason, field.toString(), message);
        if (!mistakes.contains(mistake)) {
            mistakes.add(mistake);
        }
        return this;
    }

    /** A part of the table, or a mistake with the sentence of the constructor that refused it. */
    public <T> Optional<T> build(Field field, Supplier<T> part) {
        try {
            return Optional.of(part.get());
        } catch (IllegalArgumentException e) {
            add(Reason.UNSUPPORTED_VALUE, field, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    public boolean isEmpty() {
        return mistakes.isEmpty();
    }

    public List<Mistake> all() {
        return List.copyOf(mistakes);
    }

    /** Makes each of them a refusal of the condition. */
    public void refuse(Conditions conditions, ConditionType type) {
        for (Mistake mistake : mistakes) {
            conditions.refuse(type, mistake.reason(), mistake.field(), mistake.message());
        }
    }
}
