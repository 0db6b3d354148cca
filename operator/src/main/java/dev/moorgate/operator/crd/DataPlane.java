package dev.moorgate.operator.crd;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** How the proxies of one release behave, and what they run; IngressClasses and GatewayClasses name it as their parameters. */
@JsonClassDescription("How the proxies of one release behave, and what they run.")
@Group(Crds.GROUP)
@Version(Crds.VERSION)
@Plural("dataplanes")
@ShortNames("dp")
@Categories("moorgate")
@AdditionalPrinterColumn(name = "Table", jsonPath = ".status.tableVersion")
@AdditionalPrinterColumn(
        name = "Acked",
        jsonPath = ".status.ackedReplicas",
        type = AdditionalPrinterColumn.Type.INTEGER)
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
public final class DataPlane extends CustomResource<DataPlaneSpec, DataPlaneStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;

    @Override
    protected DataPlaneSpec initSpec() {
        return DataPlaneSpec.STANDARD;
    }

    @Override
    protected @Nullable DataPlaneStatus initStatus() {
        return null;
    }
}
