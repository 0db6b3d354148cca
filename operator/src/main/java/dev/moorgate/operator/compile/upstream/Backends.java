package dev.moorgate.operator.compile.upstream;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.operator.snapshot.ServiceImports;
import dev.moorgate.routetable.SourceRef;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** References from routes of Gateway API to what serves them: kind, grant, Service and port, in this order. */
public final class Backends {
    private final Upstreams upstreams;
    private final Grants grants;

    public Backends(Upstreams upstreams, Grants grants) {
        this.upstreams = upstreams;
        this.grants = grants;
    }

    /** BackendObjectReference as written; absent parts are null. */
    public record Reference(
            @Nullable String group,
            @Nullable String kind,
            @Nullable String namespace,
            @Nullable String name,
            @Nullable Integer port) {}

    /**
     * The upstream, or empty with a mistake for the route's condition ResolvedRefs; without one where the Service's BackendTLSPolicy is to
     * blame, which tells it itself.
     */
    public Optional<String> find(SourceRef route, Reference reference, Field at, Mistakes mistakes) {
        String group = Objects.requireNonNullElse(reference.group(), "");
        String kind = Objects.requireNonNullElse(reference.kind(), "Service");
        boolean isImport = group.equals(ServiceImports.GROUP) && kind.equals(ServiceImports.KIND);
        if (!isImport && (!group.isEmpty() || !kind.equals("Service"))) {
            mistakes.add(
                    Reason.INVALID_KIND,
                    at,
                    "kind " + Tokens.shown(kind) + " of group \"" + Tokens.shown(group)
                            + "\" is not supported: use a Service, or a ServiceImport of multicluster.x-k8s.io");
            return Optional.empty();
        }
        String namespace =
                reference.namespace() == null || reference.namespace().isEmpty()
                        ? route.namespace()
                        : reference.namespace();
        String name = Objects.requireNonNullElse(reference.name(), "");
        String service = isImport ? ServiceImports.serviceName(name) : name;
        if (!grants.allowBackend(route.kind(), route.namespace(), namespace, service)) {
            mistakes.add(
                    Reason.REF_NOT_PERMITTED,
                    at,
                    "no ReferenceGrant in namespace " + Tokens.shown(namespace) + " lets " + route.kind()
                            + "s of namespace " + route.namespace() + " refer to " + kind + " " + Tokens.shown(name));
            return Optional.empty();
        }
        if (reference.port() == null) {
            mistakes.add(Reason.BACKEND_NOT_FOUND, at, "has no port: name the port of the " + kind + " by its number");
            return Optional.empty();
        }
        return switch (upstreams.find(Traffic.of(route.kind()), namespace, service, reference.port())) {
            case Upstreams.Outcome.Found found -> Optional.of(found.upstream());
            case Upstreams.Outcome.Refused refused -> Optional.empty();
            case Upstreams.Outcome.Missing missing -> {
                Reason reason = missing.reason() == Reason.UNSUPPORTED_PROTOCOL
                        ? Reason.UNSUPPORTED_PROTOCOL
                        : Reason.BACKEND_NOT_FOUND;
                mistakes.add(reason, at, missing.message());
                yield Optional.empty();
            }
        };
    }

    /** Whether {@link #find} finds {@code upstream} again, as it did in another compile for a route of this kind and namespace. */
    public boolean isStill(String routeKind, String routeNamespace, Reference reference, String upstream) {
        return find(SourceRef.of(routeKind, routeNamespace, "any"), reference, Field.SPEC, new Mistakes())
                .filter(upstream::equals)
                .isPresent();
    }
}
