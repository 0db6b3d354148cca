package dev.moorgate.operator.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moorgate.operator.conditions.ConditionType;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import java.util.Optional;

/** Says in a status what the replicas run of it: {@code Programmed} is true only then, {@code moorgate.dev/Propagated} only on all of them. Pure. */
final class RolloutConditions {
    /** Of Programmed: nothing is wrong, the table is not in force yet. */
    static final Reason ON_ITS_WAY = Reason.PENDING;

    private static final String CONDITIONS = "conditions";

    private final Progress progress;

    RolloutConditions(Progress progress) {
        this.progress = progress;
    }

    /** Changes the status that was rendered from the report. */
    void apply(StatusKind kind, ObjectRef object, ObjectNode status) {
        switch (kind.shape()) {
            case GATEWAY -> {
                programmed(object, status.path(CONDITIONS));
                status.path("listeners").forEach(listener -> programmed(object, listener.path(CONDITIONS)));
                propagated(object, status.path(CONDITIONS));
            }
            case PARENTS -> status.path("parents").forEach(parent -> propagated(object, parent.path(CONDITIONS)));
            case ANCESTORS -> status.path("ancestors").forEach(one -> propagated(object, one.path(CONDITIONS)));
            case CONDITIONS, INGRESS -> {}
        }
    }

    /** Of the whole table, for the DataPlane. */
    ObjectNode propagated(long generation) {
        return condition(progress.spread(), generation);
    }

    private void programmed(ObjectRef object, JsonNode conditions) {
        for (JsonNode one : conditions) {
            if (one instanceof ObjectNode condition
                    && is(condition, ConditionType.PROGRAMMED)
                    && isTrue(condition)
                    && !progress.isInstalled(object.source())) {
                Optional<String> refusal = progress.refusal();
                condition.put("status", "False");
                condition.put("reason", (refusal.isPresent() ? Reason.INVALID : ON_ITS_WAY).word());
                condition.put(
                        "message",
                        refusal.map(reason -> "the data plane refused the table, the one before it serves: " + reason)
                                .orElse("the data plane has not taken the table yet"));
            }
        }
    }

    /** What is not accepted is in no table: there is nothing to say of it. */
    private void propagated(ObjectRef object, JsonNode conditions) {
        if (conditions instanceof ArrayNode list && isAccepted(list)) {
            list.add(condition(progress.spread(object.source()), object.generation()));
        }
    }

    private ObjectNode condition(Progress.Spread spread, long generation) {
        Optional<String> refusal = progress.refusal();
        boolean isRefused = !spread.isComplete() && refusal.isPresent();
        Reason reason = spread.isComplete() ? Reason.PROPAGATED : isRefused ? Reason.INVALID : Reason.PENDING;
        ObjectNode condition = JsonNodeFactory.instance.objectNode();
        condition.put("type", ConditionType.PROPAGATED.word());
        condition.put("status", spread.isComplete() ? "True" : "False");
        condition.put("reason", reason.word());
        condition.put("message", isRefused ? spread.sentence() + "; refused: " + refusal.get() : spread.sentence());
        condition.put("observedGeneration", generation);
        return condition;
    }

    private static boolean isAccepted(ArrayNode conditions) {
        for (JsonNode condition : conditions) {
            if (is(condition, ConditionType.ACCEPTED)) {
                return isTrue(condition);
            }
        }
        return false;
    }

    private static boolean is(JsonNode condition, ConditionType type) {
        return condition.path("type").asText().equals(type.word());
    }

    private static boolean isTrue(JsonNode condition) {
        return condition.path("status").asText().equals("True");
    }
}
