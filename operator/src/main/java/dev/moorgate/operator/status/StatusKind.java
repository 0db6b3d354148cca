package dev.moorgate.operator.status;

import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.Arrays;
import java.util.Optional;

/** The kinds whose status we write, and the shape of it. */
enum StatusKind {
    GATEWAY_CLASS("GatewayClass", "gatewayclasses", Shape.CONDITIONS, 0),
    GATEWAY("Gateway", "gateways", Shape.GATEWAY, 0),
    LISTENER_SET("ListenerSet", "listenersets", Shape.GATEWAY, 0),
    HTTP_ROUTE("HTTPRoute", "httproutes", Shape.PARENTS, 32),
    GRPC_ROUTE("GRPCRoute", "grpcroutes", Shape.PARENTS, 32),
    TLS_ROUTE("TLSRoute", "tlsroutes", Shape.PARENTS, 32),
    BACKEND_TLS_POLICY("BackendTLSPolicy", "backendtlspolicies", Shape.ANCESTORS, 16),
    STICKY_POLICY("StickyPolicy", "stickypolicies", Shape.ANCESTORS, 32),
    ROUTE_POLICY("RoutePolicy", "routepolicies", Shape.ANCESTORS, 32),
    UPSTREAM_POLICY("UpstreamPolicy", "upstreampolicies", Shape.ANCESTORS, 32),
    ROUTE_FILTER("RouteFilter", "routefilters", Shape.ANCESTORS, 32),
    INGRESS("Ingress", "ingresses", Shape.INGRESS, 0),
    DATA_PLANE("DataPlane", "dataplanes", Shape.CONDITIONS, 0);

    /** What stands in a status beside plain fields. */
    enum Shape {
        CONDITIONS,
        GATEWAY,
        PARENTS,
        ANCESTORS,
        INGRESS
    }

    private final String kind;
    private final String plural;
    private final Shape shape;
    private final int mostEntries;

    StatusKind(String kind, String plural, Shape shape, int mostEntries) {
        this.kind = kind;
        this.plural = plural;
        this.shape = shape;
        this.mostEntries = mostEntries;
    }

    static Optional<StatusKind> of(String kind) {
        return Arrays.stream(values()).filter(one -> one.kind.equals(kind)).findFirst();
    }

    /** As in manifests. */
    String kind() {
        return kind;
    }

    Shape shape() {
        return shape;
    }

    /** Most parents or ancestors that the API server takes. */
    int mostEntries() {
        return mostEntries;
    }

    boolean isNamespaced() {
        return this != GATEWAY_CLASS;
    }

    /** Where the API server has it; needs no discovery. */
    ResourceDefinitionContext context(String apiVersion) {
        int slash = apiVersion.indexOf('/');
        return new ResourceDefinitionContext.Builder()
                .withGroup(slash < 0 ? "" : apiVersion.substring(0, slash))
                .withVersion(apiVersion.substring(slash + 1))
                .withKind(kind)
                .withPlural(plural)
                .withNamespaced(isNamespaced())
                .build();
    }
}
