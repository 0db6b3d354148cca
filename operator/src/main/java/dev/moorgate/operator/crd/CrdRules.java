package dev.moorgate.operator.crd;

import dev.moorgate.operator.crd.route.RoutePolicy;
import dev.moorgate.operator.crd.route.RouteRules;
import dev.moorgate.operator.crd.upstream.UpstreamPolicy;
import dev.moorgate.operator.crd.upstream.UpstreamRules;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;

/**
 * The CEL rules of our kinds, checked here too: manifests that are read without an API server must be refused by the same sentences.
 * Pure; the order of violations is that of the fields.
 */
public final class CrdRules {
    private static final List<Violation> NO_SPEC = List.of(new Violation("spec", "is missing"));

    private CrdRules() {}

    /** What the object breaks; empty for objects that are fine and for kinds that are not ours. */
    public static List<Violation> check(HasMetadata object) {
        return switch (object) {
            case StickyPolicy policy -> policy.getSpec() == null ? NO_SPEC : StickyRules.check(policy.getSpec());
            case UpstreamPolicy policy -> policy.getSpec() == null ? NO_SPEC : UpstreamRules.check(policy.getSpec());
            case RouteFilter filter -> filter.getSpec() == null ? NO_SPEC : FilterRules.check(filter.getSpec());
            case RoutePolicy policy -> policy.getSpec() == null ? NO_SPEC : RouteRules.check(policy.getSpec());
            case DataPlane plane -> plane.getSpec() == null ? List.of() : check(plane.getSpec());
            default -> List.of();
        };
    }

    private static List<Violation> check(DataPlaneSpec spec) {
        Violation.Collector found = new Violation.Collector();
        DataPlaneSpec.Timeouts timeouts = spec.timeouts();
        if (timeouts != null) {
            found.positive("spec.timeouts.head", timeouts.head());
            found.duration("spec.timeouts.bodyIdle", timeouts.bodyIdle());
            found.positive("spec.timeouts.tlsHandshake", timeouts.tlsHandshake());
            found.positive("spec.timeouts.keepAliveIdle", timeouts.keepAliveIdle());
            found.positive("spec.timeouts.connect", timeouts.connect());
            found.duration("spec.timeouts.responseHead", timeouts.responseHead());
            found.duration("spec.timeouts.request", timeouts.request());
            found.duration("spec.timeouts.perTry", timeouts.perTry());
            found.duration("spec.timeouts.streamIdle", timeouts.streamIdle());
            found.duration("spec.timeouts.drain", timeouts.drain());
        }
        return found.list();
    }
}
