package dev.moorgate.operator.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Lists of parents (routes) or ancestors (policies) as they are and as they should be, made one: entries of other controllers and of
 * other releases stay where they are, ours are renewed in their place, and what is no longer true of ours goes. Pure.
 */
final class EntryMerge {
    private static final String GATEWAY_GROUP = "gateway.networking.k8s.io";

    private final String refName;
    private final String controller;
    private final int most;
    private final Predicate<Ref> isOursOrGone;
    private final ConditionMerge conditions;

    /** Which object an entry is about, defaults filled in as the API server fills them in. */
    record Ref(String group, String kind, String namespace, String name, String section, int port) {}

    /**
     * How to merge.
     *
     * @param refName {@code parentRef} or {@code ancestorRef}
     * @param most entries that the API server takes
     * @param isOursOrGone whether an entry about this object may be removed
     */
    EntryMerge(String refName, String controller, int most, Predicate<Ref> isOursOrGone, ConditionMerge conditions) {
        this.refName = refName;
        this.controller = controller;
        this.most = most;
        this.isOursOrGone = isOursOrGone;
        this.conditions = conditions;
    }

    ArrayNode merge(JsonNode existing, JsonNode wanted, String namespace) {
        Map<Ref, JsonNode> fresh = new LinkedHashMap<>();
        wanted.forEach(entry -> fresh.putIfAbsent(ref(entry, namespace), entry));
        ArrayNode merged = JsonNodeFactory.instance.arrayNode();
        Map<Ref, JsonNode> kept = new LinkedHashMap<>();
        for (JsonNode old : existing) {
            if (!isOurs(old)) {
                merged.add(old);
                continue;
            }
            Ref ref = ref(old, namespace);
            JsonNode next = fresh.get(ref);
            if (next != null && kept.putIfAbsent(ref, next) == null) {
                merged.add(renewed(old, next));
            } else if (next == null && !isOursOrGone.test(ref)) {
                merged.add(old);
            }
        }
        fresh.forEach((ref, entry) -> {
            if (!kept.containsKey(ref) && merged.size() < most) {
                merged.add(renewed(JsonNodeFactory.instance.objectNode(), entry));
            }
        });
        return merged;
    }

    /** Whether an entry of ours is among them that no other release can have written. */
    boolean hasEntryToRemove(JsonNode existing, String namespace) {
        for (JsonNode old : existing) {
            if (isOurs(old) && isOursOrGone.test(ref(old, namespace))) {
                return true;
            }
        }
        return false;
    }

    private ObjectNode renewed(JsonNode old, JsonNode fresh) {
        ObjectNode entry = JsonNodeFactory.instance.objectNode();
        entry.set(refName, old.has(refName) ? old.get(refName) : fresh.path(refName));
        entry.put("controllerName", controller);
        entry.set("conditions", conditions.merge(old.path("conditions"), fresh.path("conditions")));
        return entry.equals(old) ? (ObjectNode) old : entry;
    }

    private boolean isOurs(JsonNode entry) {
        return entry.path("controllerName").asText().equals(controller);
    }

    private Ref ref(JsonNode entry, String namespace) {
        JsonNode ref = entry.path(refName);
        return new Ref(
                text(ref, "group", GATEWAY_GROUP),
                text(ref, "kind", "Gateway"),
                text(ref, "namespace", namespace),
                text(ref, "name", ""),
                text(ref, "sectionName", ""),
                ref.path("port").asInt(0));
    }

    private static String text(JsonNode node, String field, String absent) {
        return Objects.requireNonNullElse(node.path(field).textValue(), absent);
    }
}
