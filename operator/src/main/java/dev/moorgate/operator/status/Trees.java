package dev.moorgate.operator.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.client.CustomResource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON trees that can be compared: read from text, so that equal numbers are equal whatever they were in Java. Pure. */
final class Trees {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Trees() {}

    static ObjectNode of(Map<String, Object> tree) {
        return normal(JSON.<JsonNode>valueToTree(tree));
    }

    static ObjectNode normal(JsonNode tree) {
        try {
            return JSON.readTree(JSON.writeValueAsBytes(tree)) instanceof ObjectNode object
                    ? object
                    : JSON.createObjectNode();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** The same without {@code lastTransitionTime}, wherever it is. */
    static ObjectNode withoutTimes(ObjectNode tree) {
        ObjectNode copy = tree.deepCopy();
        copy.findParents("lastTransitionTime").forEach(parent -> {
            if (parent instanceof ObjectNode condition) {
                condition.remove("lastTransitionTime");
            }
        });
        return copy;
    }

    /** The status of an object as it is; without fields where there is none. */
    static ObjectNode status(HasMetadata object) {
        @Nullable
        Object status = switch (object) {
            case Gateway gateway -> gateway.getStatus();
            case GatewayClass gatewayClass -> gatewayClass.getStatus();
            case HTTPRoute route -> route.getStatus();
            case Ingress ingress -> ingress.getStatus();
            case CustomResource<?, ?> resource -> resource.getStatus();
            case GenericKubernetesResource resource ->
                resource.getAdditionalProperties().get("status");
            default -> JSON.<JsonNode>valueToTree(object).path("status");
        };
        return status == null ? JSON.createObjectNode() : normal(JSON.<JsonNode>valueToTree(status));
    }
}
