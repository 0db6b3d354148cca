package dev.moorgate.cli.manifest;

import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.crd.RouteFilter;
import dev.moorgate.operator.crd.StickyPolicy;
import dev.moorgate.operator.crd.route.RoutePolicy;
import dev.moorgate.operator.crd.upstream.UpstreamPolicy;
import dev.moorgate.operator.snapshot.ListenerSet;
import dev.moorgate.operator.snapshot.TlsRoute;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendTLSPolicy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The kinds that are read, by apiVersion and kind; every other kind is passed over. */
final class ManifestKinds {
    private static final String GATEWAY = "gateway.networking.k8s.io/";

    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.ofEntries(
            Map.entry("v1/ConfigMap", ConfigMap.class),
            Map.entry("v1/Endpoints", Endpoints.class),
            Map.entry("v1/Namespace", Namespace.class),
            Map.entry("v1/Secret", Secret.class),
            Map.entry("v1/Service", Service.class),
            Map.entry("discovery.k8s.io/v1/EndpointSlice", EndpointSlice.class),
            Map.entry("networking.k8s.io/v1/Ingress", Ingress.class),
            Map.entry("networking.k8s.io/v1/IngressClass", IngressClass.class),
            Map.entry(GATEWAY + "v1/GatewayClass", GatewayClass.class),
            Map.entry(GATEWAY + "v1/Gateway", Gateway.class),
            Map.entry(GATEWAY + "v1/ListenerSet", ListenerSet.class),
            Map.entry(GATEWAY + "v1/HTTPRoute", HTTPRoute.class),
            Map.entry(GATEWAY + "v1/GRPCRoute", GRPCRoute.class),
            Map.entry(GATEWAY + "v1/TLSRoute", TlsRoute.class),
            Map.entry(GATEWAY + "v1alpha3/TLSRoute", TlsRoute.class),
            Map.entry(GATEWAY + "v1alpha2/TLSRoute", TlsRoute.class),
            Map.entry(GATEWAY + "v1/BackendTLSPolicy", BackendTLSPolicy.class),
            Map.entry(GATEWAY + "v1/ReferenceGrant", ReferenceGrant.class),
            Map.entry(GATEWAY + "v1beta1/GatewayClass", GatewayClass.class),
            Map.entry(GATEWAY + "v1beta1/Gateway", Gateway.class),
            Map.entry(GATEWAY + "v1beta1/HTTPRoute", HTTPRoute.class),
            Map.entry(GATEWAY + "v1beta1/ReferenceGrant", ReferenceGrant.class),
            Map.entry("moorgate.dev/v1alpha1/DataPlane", DataPlane.class),
            Map.entry("moorgate.dev/v1alpha1/RouteFilter", RouteFilter.class),
            Map.entry("moorgate.dev/v1alpha1/RoutePolicy", RoutePolicy.class),
            Map.entry("moorgate.dev/v1alpha1/StickyPolicy", StickyPolicy.class),
            Map.entry("moorgate.dev/v1alpha1/UpstreamPolicy", UpstreamPolicy.class));

    private static final Set<String> CLUSTER_WIDE = Set.of("Namespace", "IngressClass", "GatewayClass");

    private static final Set<String> ENDPOINT_KINDS = Set.of("EndpointSlice", "Endpoints");

    private static final Set<String> GROUPS =
            Set.of("gateway.networking.k8s.io", "moorgate.dev", "networking.k8s.io", "discovery.k8s.io");

    private ManifestKinds() {}

    static @Nullable Class<? extends HasMetadata> of(String apiVersion, String kind) {
        return KINDS.get(apiVersion + "/" + kind);
    }

    /** The types that manifests are read as. */
    static Collection<Class<? extends HasMetadata>> types() {
        return KINDS.values();
    }

    /** Whether a user would expect us to read this group, so that passing a kind of it over must be said. */
    static boolean isOurGroup(String apiVersion) {
        int slash = apiVersion.indexOf('/');
        return slash > 0 && GROUPS.contains(apiVersion.substring(0, slash));
    }

    static boolean isNamespaced(String kind) {
        return !CLUSTER_WIDE.contains(kind);
    }

    /** Changes of these kinds patch endpoints without a new compile of routes. */
    static boolean isEndpointKind(String kind) {
        return ENDPOINT_KINDS.contains(kind);
    }
}
