package dev.moorgate.operator.crd.route;

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

/** How requests are carried: an inherited policy (GEP-713) of defaults, from Gateway to listener to route to rule. */
@JsonClassDescription(
        "How requests of a Gateway, listener, HTTPRoute, rule or Ingress are let in, carried and answered: timeouts, retries, buffering, access, rates, headers.")
@Group(Crds.GROUP)
@Version(Crds.VERSION)
@Plural("routepolicies")
@ShortNames("routepol")
@Categories("moorgate")
@Labels("gateway.networking.k8s.io/policy=Inherited")
@AdditionalPrinterColumn(name = "Kind", jsonPath = ".spec.targetRefs[0].kind")
@AdditionalPrinterColumn(name = "Target", jsonPath = ".spec.targetRefs[0].name")
@AdditionalPrinterColumn(
        name = "Accepted",
        jsonPath = ".status.ancestors[0].conditions[?(@.type==\"Accepted\")].status")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class RoutePolicy extends CustomResource<RoutePolicySpec, PolicyStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;

    @Override
    @Required
    public @Nullable RoutePolicySpec getSpec() {
        return spec;
    }

    @Override
    protected @Nullable RoutePolicySpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable PolicyStatus initStatus() {
        return null;
    }
}
