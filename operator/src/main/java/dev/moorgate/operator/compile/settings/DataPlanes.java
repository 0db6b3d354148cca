package dev.moorgate.operator.compile.settings;

import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.crd.CrdRules;
import dev.moorgate.operator.crd.Crds;
import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.crd.DataPlaneSpec;
import dev.moorgate.operator.crd.Violation;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ObjectName;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.ParametersReference;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClassParametersReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Finds the release's DataPlane: in a cluster its own; else the one that a class of ours names, else the only one there is, and of
 * several the oldest, and the others are told.
 */
public final class DataPlanes {
    private static final String KIND = "DataPlane";

    private final ClusterSnapshot snapshot;
    private final CompileSettings settings;
    private final ReportBuilder report;

    private DataPlanes(ClusterSnapshot snapshot, CompileSettings settings, ReportBuilder report) {
        this.snapshot = snapshot;
        this.settings = settings;
        this.report = report;
    }

    /** The settings as the DataPlane changes them; a mistake in it keeps the setting that it is in. */
    public static CompileSettings apply(ClusterSnapshot snapshot, CompileSettings settings, ReportBuilder report) {
        return new DataPlanes(snapshot, settings, report).apply();
    }

    private CompileSettings apply() {
        Optional<DataPlane> plane = choose();
        if (plane.isEmpty() || plane.get().getSpec() == null) {
            return settings;
        }
        ObjectRef object = reference(plane.get());
        Mistakes mistakes = new Mistakes();
        for (Violation violation : CrdRules.check(plane.get())) {
            mistakes.add(Reason.INVALID, Field.at(violation.field()), violation.sentence());
        }
        DataPlaneSpec spec = plane.get().getSpec();
        DataPlaneSettings own = new DataPlaneSettings(spec, mistakes);
        CompileSettings changed = settings.withProxy(
                own.proxy(settings.proxy()), own.timeouts(settings.timeouts()), own.tls(settings.tls()));
        if (DataPlaneSpec.Http3.isOn(spec)) {
            changed = changed.withHttp3();
            if (changed.proxy().proxyProtocol().isPresent()) {
                report.warning(
                        object,
                        Reason.IGNORED,
                        "spec.http3",
                        "listeners whose connections begin with a PROXY header (spec.proxyProtocol) do not offer HTTP/3");
            }
        }
        if (spec.timeouts() != null && spec.timeouts().drain() != null) {
            report.warning(
                    object,
                    Reason.IGNORED,
                    "spec.timeouts.drain",
                    "is not in force in this version: the process's own setting counts");
        }
        mistakes.all().forEach(mistake -> report.error(object, mistake.reason(), mistake.field(), mistake.message()));
        return changed;
    }

    private Optional<DataPlane> choose() {
        Claims claims = settings.claims(snapshot);
        SortedMap<String, DataPlane> named = new TreeMap<>();
        for (IngressClass ours : snapshot.ingressClasses()) {
            if (claims.isOurs(ours) && ours.getSpec().getParameters() != null) {
                named(ours, ours.getSpec().getParameters()).ifPresent(plane -> named.put(key(plane), plane));
            }
        }
        for (GatewayClass ours : snapshot.gatewayClasses()) {
            if (claims.isOurs(ours) && ours.getSpec().getParametersRef() != null) {
                named(ours.getSpec().getParametersRef()).ifPresent(plane -> named.put(key(plane), plane));
            }
        }
        if (settings.dataPlane().isPresent()) {
            ObjectName own = settings.dataPlane().get();
            return snapshot.dataPlane(own.namespace(), own.name());
        }
        List<DataPlane> candidates = new ArrayList<>(named.isEmpty() ? snapshot.dataPlanes() : named.values());
        candidates.sort(Metadata.OLDEST_FIRST);
        for (DataPlane other : candidates.stream().skip(1).toList()) {
            report.warning(
                    reference(other),
                    Reason.IGNORED,
                    "",
                    "DataPlane " + key(candidates.getFirst())
                            + " is older and holds for all: a release has one DataPlane");
        }
        return candidates.stream().findFirst();
    }

    private Optional<DataPlane> named(IngressClass owner, IngressClassParametersReference ref) {
        String namespace = Objects.requireNonNullElse(ref.getNamespace(), "");
        Optional<DataPlane> plane = Crds.GROUP.equals(ref.getApiGroup()) && KIND.equals(ref.getKind())
                ? snapshot.dataPlane(namespace, Objects.requireNonNullElse(ref.getName(), ""))
                : Optional.empty();
        if (plane.isEmpty()) {
            report.error(
                    new ObjectRef(
                            "networking.k8s.io/v1",
                            "IngressClass",
                            "",
                            Metadata.name(owner),
                            Metadata.generation(owner)),
                    Reason.INVALID_PARAMETERS,
                    "spec.parameters",
                    "there is no " + Tokens.shown(Objects.requireNonNullElse(ref.getKind(), "")) + " "
                            + Tokens.shown(namespace + "/" + Objects.requireNonNullElse(ref.getName(), ""))
                            + ": name a DataPlane of " + Crds.GROUP + " with its namespace, or remove parameters");
        }
        return plane;
    }

    /** What is wrong with it the GatewayClass's own condition tells. */
    private Optional<DataPlane> named(ParametersReference ref) {
        return Crds.GROUP.equals(ref.getGroup()) && KIND.equals(ref.getKind())
                ? snapshot.dataPlane(
                        Objects.requireNonNullElse(ref.getNamespace(), ""),
                        Objects.requireNonNullElse(ref.getName(), ""))
                : Optional.empty();
    }

    private static String key(DataPlane plane) {
        return Metadata.namespace(plane) + "/" + Metadata.name(plane);
    }

    private static ObjectRef reference(DataPlane plane) {
        return new ObjectRef(
                Crds.API_VERSION, KIND, Metadata.namespace(plane), Metadata.name(plane), Metadata.generation(plane));
    }
}
