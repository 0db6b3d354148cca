package dev.moorgate.operator.snapshot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Removes what is null from manifests, where a line such as {@code - } makes it: fields as an API server does, and items of lists. */
public final class Nulls {
    private Nulls() {}

    /** Changes the tree itself, and returns it. */
    public static <T extends JsonNode> T strip(T tree) {
        if (tree instanceof ObjectNode object) {
            object.properties().removeIf(field -> field.getValue().isNull());
            object.forEach(Nulls::strip);
        } else if (tree instanceof ArrayNode list) {
            for (int i = list.size() - 1; i >= 0; i--) {
                if (list.get(i).isNull()) {
                    list.remove(i);
                } else {
                    strip(list.get(i));
                }
            }
        }
        return tree;
    }
}
