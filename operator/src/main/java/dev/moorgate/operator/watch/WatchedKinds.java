package dev.moorgate.operator.watch;

import dev.moorgate.operator.crd.RouteFilter;
import dev.moorgate.operator.crd.StickyPolicy;
import dev.moorgate.operator.crd.route.RoutePolicy;
import dev.moorgate.operator.crd.upstream.UpstreamPolicy;
import dev.moorgate.operator.snapshot.ListenerSet;
import dev.moorgate.operator.snapshot.ServiceImport;
import dev.moorgate.operator.snapshot.TlsRoute;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
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
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The kinds that a compile reads, apart from Secrets and ConfigMaps, which are read on demand. */
final class WatchedKinds {
    /** Part of every Kubernetes. */
    static final List<Class<? extends HasMetadata>> BUILT_IN =
            List.of(IngressClass.class, Ingress.class, Service.class, EndpointSlice.class, Namespace.class);

    /** Watched while their CRD is there. */
    static final List<Class<? extends HasMetadata>> BY_CRD = List.of(
            GatewayClass.class,
            Gateway.class,
            ListenerSet.class,
            HTTPRoute.class,
            GRPCRoute.class,
            TlsRoute.class,
            BackendTLSPolicy.class,
            ReferenceGrant.class,
            ServiceImport.class,
            StickyPolicy.class,
            UpstreamPolicy.class,
            RouteFilter.class,
            RoutePolicy.class);

    /** Of these a table is made: that many of them vanish at once is not believed at first. */
    static final Set<Class<? extends HasMetadata>> ROUTES = Set.of(
            Ingress.class,
            IngressClass.class,
            HTTPRoute.class,
            GRPCRoute.class,
            TlsRoute.class,
            Gateway.class,
            ListenerSet.class,
            GatewayClass.class);

    private static final Set<Class<? extends HasMetadata>> CLUSTER_SCOPED =
            Set.of(IngressClass.class, GatewayClass.class, Namespace.class);

    private WatchedKinds() {}

    static boolean isNamespaced(Class<? extends HasMetadata> kind) {
        return !CLUSTER_SCOPED.contains(kind);
    }

    static boolean isOfInterest(CustomResourceDefinition crd) {
        String name = crd.getMetadata().getName();
        return BY_CRD.stream()
                .anyMatch(kind -> HasMetadata.getFullResourceName(kind).equals(name));
    }

    /** Those whose CRD is established and serves the version that we read. */
    static Set<Class<? extends HasMetadata>> served(Collection<CustomResourceDefinition> crds) {
        Set<String> served = crds.stream()
                .filter(WatchedKinds::isEstablished)
                .flatMap(crd -> crd.getSpec().getVersions().stream()
                        .filter(version -> Boolean.TRUE.equals(version.getServed()))
                        .map(version -> crd.getMetadata().getName() + "/" + version.getName()))
                .collect(Collectors.toSet());
        return BY_CRD.stream()
                .filter(kind ->
                        served.contains(HasMetadata.getFullResourceName(kind) + "/" + HasMetadata.getVersion(kind)))
                .collect(Collectors.toSet());
    }

    private static boolean isEstablished(CustomResourceDefinition crd) {
        return crd.getMetadata().getDeletionTimestamp() == null
                && crd.getStatus() != null
                && crd.getStatus().getConditions().stream()
                        .anyMatch(condition ->
                                "Established".equals(condition.getType()) && "True".equals(condition.getStatus()));
    }
}
