package dev.moorgate.operator.snapshot;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Service that other clusters export (KEP-1645), which the client's model lacks. */
@Group("multicluster.x-k8s.io")
@Version("v1alpha1")
@Plural("serviceimports")
public final class ServiceImport extends CustomResource<ServiceImport.Spec, Map<String, Object>> implements Namespaced {
    private static final long serialVersionUID = 1L;

    /**
     * As written: absent parts are null.
     *
     * @param ips the addresses of the whole set, where it has some
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Spec(
            @Nullable List<Port> ports,
            @Nullable List<String> ips,
            @Nullable String sessionAffinity) {}

    /** Of a ServiceImport: there are no ports of nodes or pods. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Port(
            @Nullable String name,
            @Nullable String protocol,
            @Nullable String appProtocol,
            @Nullable Integer port) {}

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
