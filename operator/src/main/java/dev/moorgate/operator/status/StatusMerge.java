package dev.moorgate.operator.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A status as it is and as it should be, made one; what comes out is the least that a JSON merge patch (RFC 7386) must say. Others'
 * conditions, entries and addresses stay. Pure.
 */
final class StatusMerge {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final String controller;
    private final ConditionMerge conditions;
    private final Predicate<EntryMerge.Ref> isOursOrGone;

    StatusMerge(String controller, String now, Predicate<EntryMerge.Ref> isOursOrGone) {
        this.controller = controller;
        this.conditions = new ConditionMerge(now);
        this.isOursOrGone = isOursOrGone;
    }

    /** What to change in the existing status; empty: nothing. */
    Optional<ObjectNode> patch(StatusKind kind, String namespace, JsonNode existing, ObjectNode wanted) {
        ObjectNode merged = JSON.objectNode();
        wanted.properties().forEach(field -> {
            JsonNode old = existing.path(field.getKey());
            JsonNode fresh = field.getValue();
            merged.set(
                    field.getKey(),
                    switch (field.getKey()) {
                        case "conditions" -> conditions.merge(old, fresh);
                        case "listeners" -> kind.shape() == StatusKind.Shape.GATEWAY ? listeners(old, fresh) : fresh;
                        case "parents" -> entries("parentRef", kind).merge(old, fresh, namespace);
                        case "ancestors" -> entries("ancestorRef", kind).merge(old, fresh, namespace);
                        default -> fresh;
                    });
        });
        if (kind.shape() == StatusKind.Shape.GATEWAY) {
            for (String field : List.of("addresses", "attachedListenerSets")) {
                if (!wanted.has(field)) {
                    merged.set(field, JSON.nullNode());
                }
            }
        }
        if (kind == StatusKind.STICKY_POLICY) {
            for (String field : List.of("keys", "effective")) {
                if (!wanted.has(field)) {
                    merged.set(field, JSON.nullNode());
                }
            }
        }
        return difference(existing, merged);
    }

    /** What to take back from the status of an object that is not ours, or not any more; empty: nothing. */
    Optional<ObjectNode> cleaning(StatusKind kind, String namespace, JsonNode existing, Set<String> addresses) {
        ObjectNode wanted = JSON.objectNode();
        switch (kind.shape()) {
            case PARENTS -> clean("parents", "parentRef", kind, namespace, existing, wanted);
            case ANCESTORS -> clean("ancestors", "ancestorRef", kind, namespace, existing, wanted);
            case INGRESS -> ingress(existing, addresses, wanted);
            case CONDITIONS, GATEWAY -> {}
        }
        return wanted.isEmpty() ? Optional.empty() : difference(existing, wanted);
    }

    private void clean(
            String list, String refName, StatusKind kind, String namespace, JsonNode existing, ObjectNode wanted) {
        EntryMerge entries = entries(refName, kind);
        if (entries.hasEntryToRemove(existing.path(list), namespace)) {
            wanted.set(list, entries.merge(existing.path(list), JSON.arrayNode(), namespace));
        }
    }

    /** An Ingress does not say who wrote its status: our addresses do. */
    private static void ingress(JsonNode existing, Set<String> addresses, ObjectNode wanted) {
        JsonNode given = existing.path("loadBalancer").path("ingress");
        ArrayNode kept = JSON.arrayNode();
        for (JsonNode one : given) {
            String address = one.path("ip").asText(one.path("hostname").asText());
            if (!addresses.contains(address)) {
                kept.add(one);
            }
        }
        if (kept.size() < given.size()) {
            ObjectNode balancer = JSON.objectNode();
            balancer.set("ingress", kept.isEmpty() ? JSON.nullNode() : kept);
            wanted.set("loadBalancer", balancer);
        }
    }

    private EntryMerge entries(String refName, StatusKind kind) {
        return new EntryMerge(refName, controller, kind.mostEntries(), isOursOrGone, conditions);
    }

    private ArrayNode listeners(JsonNode existing, JsonNode wanted) {
        Map<String, JsonNode> byName = new HashMap<>();
        existing.forEach(old -> byName.put(old.path("name").asText(), old));
        ArrayNode merged = JSON.arrayNode();
        for (JsonNode fresh : wanted) {
            JsonNode old = byName.getOrDefault(fresh.path("name").asText(), JSON.objectNode());
            ObjectNode listener = fresh.deepCopy();
            listener.set("conditions", conditions.merge(old.path("conditions"), fresh.path("conditions")));
            merged.add(listener);
        }
        return merged;
    }

    private static Optional<ObjectNode> difference(JsonNode existing, ObjectNode merged) {
        ObjectNode patch = JSON.objectNode();
        merged.properties().forEach(field -> {
            JsonNode old = existing.path(field.getKey());
            JsonNode fresh = field.getValue();
            if (old.isObject() && fresh instanceof ObjectNode object) {
                nested(old, object).ifPresent(inner -> patch.set(field.getKey(), inner));
            } else if (!isSame(old, fresh)) {
                patch.set(field.getKey(), fresh);
            }
        });
        return patch.isEmpty() ? Optional.empty() : Optional.of(patch);
    }

    /** Of an object of plain fields: fields that should not be there are taken out. */
    private static Optional<ObjectNode> nested(JsonNode existing, ObjectNode wanted) {
        ObjectNode whole = wanted.deepCopy();
        Set<String> extra = new HashSet<>();
        existing.fieldNames().forEachRemaining(extra::add);
        wanted.fieldNames().forEachRemaining(extra::remove);
        extra.forEach(whole::putNull);
        return difference(existing, whole);
    }

    private static boolean isSame(JsonNode old, JsonNode fresh) {
        boolean isOldEmpty = old.isMissingNode() || old.isNull() || old.isContainerNode() && old.isEmpty();
        boolean isFreshEmpty = fresh.isNull() || fresh.isContainerNode() && fresh.isEmpty();
        return isOldEmpty && isFreshEmpty || old.equals(fresh);
    }
}
