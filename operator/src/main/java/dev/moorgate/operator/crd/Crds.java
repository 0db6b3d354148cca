package dev.moorgate.operator.crd;

import dev.moorgate.operator.crd.route.RoutePolicy;
import dev.moorgate.operator.crd.upstream.UpstreamPolicy;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;

/** Names shared by our kinds, and the list of them. */
public final class Crds {
    public static final String GROUP = "moorgate.dev";
    public static final String VERSION = "v1alpha1";
    public static final String API_VERSION = GROUP + "/" + VERSION;

    /** Our kinds, by name. */
    public static final List<Class<? extends HasMetadata>> KINDS =
            List.of(DataPlane.class, RouteFilter.class, RoutePolicy.class, StickyPolicy.class, UpstreamPolicy.class);

    private Crds() {}
}
