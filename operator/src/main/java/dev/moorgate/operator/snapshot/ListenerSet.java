package dev.moorgate.operator.snapshot;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Listener;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** ListenerSet of Gateway API, which the client's model lacks. Its listeners have the fields of a Gateway's. */
@Group("gateway.networking.k8s.io")
@Version("v1")
@Plural("listenersets")
public final class ListenerSet extends CustomResource<ListenerSet.Spec, Map<String, Object>> implements Namespaced {
    private static final long serialVersionUID = 1L;

    /** As written: absent parts are null. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Spec(
            @Nullable ParentRef parentRef, @Nullable List<Listener> listeners) {}

    /** The Gateway that it adds listeners to. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record ParentRef(
            @Nullable String group,
            @Nullable String kind,
            @Nullable String namespace,
            @Nullable String name) {}

    @Override
    public @Nullable Spec getSpec() {
        return spec;
    }

    @Override
    protected @Nullable Spec initSpec() {
        return null;
    }

    @Override
    protected @Nullable Map<String, Object> initStatus() {
        return null;
    }
}
