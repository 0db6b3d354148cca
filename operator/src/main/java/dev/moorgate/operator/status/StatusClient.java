package dev.moorgate.operator.status;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a patch to the status subresource, for one resourceVersion only: an object that was changed meanwhile is left alone, so that
 * nothing of others is ever lost. Blocking; any thread.
 */
final class StatusClient {
    private static final Logger LOG = LoggerFactory.getLogger(StatusClient.class);
    private static final PatchContext MERGE = PatchContext.of(PatchType.JSON_MERGE);

    private final KubernetesClient client;

    StatusClient(KubernetesClient client) {
        this.client = client;
    }

    /** What became of a patch. */
    enum Outcome {
        WRITTEN,
        /** Somebody was faster: look again. */
        CONFLICT,
        GONE,
        /** The API server will never take it. */
        REFUSED,
        /** The API server is away or busy. */
        FAILED
    }

    Outcome patch(
            StatusKind kind, String apiVersion, String namespace, String name, String version, ObjectNode status) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.putObject("metadata").put("resourceVersion", version);
        body.set("status", status);
        try {
            var all = client.genericKubernetesResources(kind.context(apiVersion));
            Resource<GenericKubernetesResource> one =
                    kind.isNamespaced() ? all.inNamespace(namespace).withName(name) : all.withName(name);
            one.subresource("status").patch(MERGE, body.toString());
            return Outcome.WRITTEN;
        } catch (KubernetesClientException e) {
            Outcome outcome = outcome(e);
            if (outcome == Outcome.REFUSED || outcome == Outcome.FAILED) {
                LOG.warn("status of {} {}/{} was not written: {}", kind.kind(), namespace, name, e.getMessage());
            }
            return outcome;
        }
    }

    private static Outcome outcome(KubernetesClientException e) {
        return switch (e.getCode()) {
            case HttpURLConnection.HTTP_CONFLICT -> Outcome.CONFLICT;
            case HttpURLConnection.HTTP_NOT_FOUND, HttpURLConnection.HTTP_GONE -> Outcome.GONE;
            case HttpURLConnection.HTTP_BAD_REQUEST, HttpURLConnection.HTTP_FORBIDDEN, 422 -> Outcome.REFUSED;
            default -> Outcome.FAILED;
        };
    }
}
