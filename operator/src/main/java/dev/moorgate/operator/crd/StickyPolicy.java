package dev.moorgate.operator.crd;

import com.fasterxml.jackson.annotation.JsonClassDescription;
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

/** Keeps clients of a Service or route on their endpoint: a direct policy attachment (GEP-713). */
@JsonClassDescription("Keeps clients of a Service, Ingress or route on the endpoint that served them first.")
@Group(Crds.GROUP)
@Version(Crds.VERSION)
@Plural("stickypolicies")
@ShortNames("sticky")
@Categories("moorgate")
@Labels("gateway.networking.k8s.io/policy=Direct")
@AdditionalPrinterColumn(name = "Mode", jsonPath = ".spec.mode")
@AdditionalPrinterColumn(name = "Target", jsonPath = ".spec.targetRefs[0].name")
@AdditionalPrinterColumn(
        name = "Accepted",
        jsonPath = ".status.ancestors[0].conditions[?(@.type==\"Accepted\")].status")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class StickyPolicy extends CustomResource<StickyPolicySpec, StickyPolicyStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;

    @Override
    @Required
    public @Nullable StickyPolicySpec getSpec() {
        return spec;
    }

    @Override
    protected @Nullable StickyPolicySpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable StickyPolicyStatus initStatus() {
        return null;
    }
}
