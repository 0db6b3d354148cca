package dev.moorgate.operator.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.Headers;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Merge patches as an API server does them (RFC 7386, with the resourceVersion as a condition): the mock appends to lists. */
final class MergePatchDispatcher extends KubernetesCrudDispatcher {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONFLICT = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\","
            + "\"reason\":\"Conflict\",\"message\":\"the object has been modified\",\"code\":409}";

    MergePatchDispatcher() {
        super(List.of());
    }

    @Override
    public synchronized MockResponse handlePatch(RecordedRequest request) {
        String path = request.getPath();
        MockResponse current = handleGet(path.replaceAll("/status$", ""));
        if (current.code() != 200) {
            return current;
        }
        try {
            JsonNode old = JSON.readTree(current.getBody().getBytes());
            JsonNode patch = JSON.readTree(request.getUtf8Body());
            String wanted = patch.path("metadata").path("resourceVersion").asText("");
            if (!wanted.isEmpty()
                    && !wanted.equals(
                            old.path("metadata").path("resourceVersion").asText())) {
                return new MockResponse().setResponseCode(409).setBody(CONFLICT);
            }
            byte[] merged = merge(old, patch).toString().getBytes(StandardCharsets.UTF_8);
            return handleUpdate(new RecordedRequest(
                    "HTTP/1.1", HttpMethod.PUT, path, new Headers.Builder().build(), new Buffer(merged)));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static JsonNode merge(JsonNode old, JsonNode patch) {
        if (!(patch instanceof ObjectNode changes)) {
            return patch;
        }
        ObjectNode merged =
                old instanceof ObjectNode object ? object.deepCopy() : JsonNodeFactory.instance.objectNode();
        changes.properties().forEach(field -> {
            if (field.getValue().isNull()) {
                merged.remove(field.getKey());
            } else {
                merged.set(field.getKey(), merge(merged.path(field.getKey()), field.getValue()));
            }
        });
        return merged;
    }
}
