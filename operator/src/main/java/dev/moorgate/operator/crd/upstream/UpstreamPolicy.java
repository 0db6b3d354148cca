package dev.moorgate.operator.crd.upstream;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.policy.PolicyStatus;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.Labels;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** Balancing, health and bounds of a Service's endpoints: a direct policy attachment (GEP-713). */
@JsonClassDescription("How the endpoints of a Service are chosen, checked and protected.")
@Group(Crds.GROUP)
@Version(Crds.VERSION)
@Plural("upstreampolicies")
@ShortNames("up")
@Categories("moorgate")
@Labels("gateway.networking.k8s.io/policy=Direct")
@AdditionalPrinterColumn(name = "Target", jsonPath = ".spec.targetRefs[0].name")
@AdditionalPrinterColumn(name = "Balancing", jsonPath = ".spec.balancing.algorithm")
@AdditionalPrinterColumn(name = "Check", jsonPath = ".spec.healthCheck.type")
@AdditionalPrinterColumn(
        name = "Accepted",
        jsonPath = ".status.ancestors[0].conditions[?(@.type==\"Accepted\")].status")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class UpstreamPolicy extends CustomResource<UpstreamPolicySpec, PolicyStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;

    @Override
    @Required
    public @Nullable UpstreamPolicySpec getSpec() {
        return spec;
    }

    @Override
    protected @Nullable UpstreamPolicySpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable PolicyStatus initStatus() {
        return null;
    }
}
