package dev.moorgate.operator.crd;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.moorgate.operator.crd.policy.PolicyAncestor;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matches and filters that neither Ingress nor HTTPRoute can say; takes effect where an HTTPRoute's {@code extensionRef} or the
 * Ingress annotation {@link #ANNOTATION} of its namespace names it.
 */
@JsonClassDescription(
        "Matches and filters that neither Ingress nor HTTPRoute can say. Name it in an HTTPRoute's extensionRef, or in the annotation moorgate.dev/route-filter of an Ingress.")
@Group(Crds.GROUP)
@Version(Crds.VERSION)
@Plural("routefilters")
@ShortNames("rf")
@Categories("moorgate")
@AdditionalPrinterColumn(
        name = "Status",
        jsonPath = ".spec.directResponse.statusCode",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(name = "Rewrite", jsonPath = ".spec.urlRewrite.path.pattern")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class RouteFilter extends CustomResource<RouteFilterSpec, RouteFilter.Status> implements Namespaced {
    /** On an Ingress: name of the RouteFilter for all its paths. */
    public static final String ANNOTATION = "moorgate.dev/route-filter";

    private static final long serialVersionUID = 1L;

    @Override
    @Required
    public @Nullable RouteFilterSpec getSpec() {
        return spec;
    }

    @Override
    protected @Nullable RouteFilterSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable Status initStatus() {
        return null;
    }

    /** What became of a RouteFilter. */
    @JsonInclude(Include.NON_EMPTY)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Status(
            @Size(max = 32)
            @JsonPropertyDescription("One entry for each route or Ingress that names it, and controller.")
            List<PolicyAncestor> ancestors) {
        public Status {
            ancestors = ancestors == null ? List.of() : List.copyOf(ancestors);
        }
    }
}
