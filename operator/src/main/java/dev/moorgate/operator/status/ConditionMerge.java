package dev.moorgate.operator.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.moorgate.operator.conditions.ConditionType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Lists of conditions (meta/v1 Condition) as they are and as they should be, made one. Types of others stay; ours keep their time while
 * their status is the same, and stay as they are where nothing but time would change. Pure.
 */
final class ConditionMerge {
    private static final String TYPE = "type";
    private static final String STATUS = "status";
    private static final String OBSERVED = "observedGeneration";
    private static final String SINCE = "lastTransitionTime";

    private static final Set<String> OURS =
            Arrays.stream(ConditionType.values()).map(ConditionType::word).collect(Collectors.toUnmodifiableSet());

    private final String now;

    /** Takes the moment of the change, RFC 3339. */
    ConditionMerge(String now) {
        this.now = now;
    }

    ArrayNode merge(JsonNode existing, JsonNode wanted) {
        Map<String, ObjectNode> fresh = new LinkedHashMap<>();
        for (JsonNode one : wanted) {
            if (one instanceof ObjectNode condition) {
                fresh.put(condition.path(TYPE).asText(), condition);
            }
        }
        ArrayNode merged = JsonNodeFactory.instance.arrayNode();
        Set<String> seen = new HashSet<>();
        for (JsonNode old : existing) {
            String type = old.path(TYPE).asText();
            ObjectNode next = fresh.remove(type);
            if (next != null && old instanceof ObjectNode before) {
                merged.add(merge(before, next));
                seen.add(type);
            } else if (!seen.contains(type) && !OURS.contains(type)) {
                merged.add(old);
            }
        }
        fresh.values().forEach(condition -> merged.add(stamped(condition, now)));
        return merged;
    }

    private ObjectNode merge(ObjectNode old, ObjectNode fresh) {
        if (old.path(OBSERVED).asLong() > fresh.path(OBSERVED).asLong() || isSettled(old, fresh)) {
            return old;
        }
        boolean isSameStatus = old.path(STATUS).equals(fresh.path(STATUS));
        String since =
                isSameStatus && old.path(SINCE).isTextual() ? old.path(SINCE).asText() : now;
        ObjectNode next = stamped(fresh, since);
        return next.equals(old) ? old : next;
    }

    /** Whether the old one stays although the fresh one differs. */
    private static boolean isSettled(ObjectNode old, ObjectNode fresh) {
        String type = fresh.path(TYPE).asText();
        boolean isSameGeneration =
                old.path(OBSERVED).asLong() == fresh.path(OBSERVED).asLong();
        if (type.equals(ConditionType.PROPAGATED.word())) {
            // Latched: what was acknowledged once for a generation stays so, whatever changes around it.
            boolean isPending =
                    !isTrue(old) && !isTrue(fresh) && old.path("reason").equals(fresh.path("reason"));
            return isSameGeneration && (isTrue(old) || isPending);
        }
        // A table on its way makes nothing untrue that is in force: the old sentence is about the old generation.
        return type.equals(ConditionType.PROGRAMMED.word())
                && isTrue(old)
                && fresh.path("reason").asText().equals(RolloutConditions.ON_ITS_WAY.word());
    }

    private static boolean isTrue(JsonNode condition) {
        return condition.path(STATUS).asText().equals("True");
    }

    private static ObjectNode stamped(ObjectNode condition, String since) {
        ObjectNode stamped = condition.deepCopy();
        stamped.put(SINCE, since);
        return stamped;
    }
}
