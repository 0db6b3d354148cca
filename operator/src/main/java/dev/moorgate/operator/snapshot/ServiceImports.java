package dev.moorgate.operator.snapshot;

import dev.moorgate.routetable.SourceRef;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * ServiceImports (KEP-1645) as the Services that they are to routes: under a name that no Service can have, so that whatever is known of
 * a Service by its name is known of them.
 */
public final class ServiceImports {
    public static final String GROUP = "multicluster.x-k8s.io";
    public static final String API_VERSION = GROUP + "/v1alpha1";
    public static final String KIND = "ServiceImport";
    /** On the EndpointSlices of an import, with its name. */
    static final String SERVICE_NAME = "multicluster.kubernetes.io/service-name";

    private static final String PREFIX = "serviceimport:";

    private ServiceImports() {}

    /** The name, among Services, of an import. */
    public static String serviceName(String serviceImport) {
        return PREFIX + serviceImport;
    }

    /** Whether the name is one that {@link #serviceName} made. */
    public static boolean isImport(String service) {
        return service.startsWith(PREFIX);
    }

    /** The object behind the name of a Service: a Service, or the import that the name stands for. */
    public static SourceRef source(String namespace, String service) {
        return SourceRef.of(kind(service), namespace, plainName(service));
    }

    public static String kind(String service) {
        return isImport(service) ? KIND : "Service";
    }

    /** As Kubernetes spells it. */
    public static String plainName(String service) {
        return isImport(service) ? service.substring(PREFIX.length()) : service;
    }

    /** The name, among Services, of what {@link #source} told. */
    public static String serviceName(SourceRef source) {
        return source.kind().equals(KIND) ? serviceName(source.name()) : source.name();
    }

    /** By which every member of a set of clusters knows the Service (KEP-1645, DNS). */
    public static String domain(String namespace, String service) {
        return isImport(service)
                ? plainName(service) + "." + namespace + ".svc.clusterset.local"
                : service + "." + namespace + ".svc";
    }

    /** Empty ports where it says none. */
    static Service asService(ServiceImport one) {
        ServiceImport.Spec spec = one.getSpec();
        return new ServiceBuilder()
                .withMetadata(one.getMetadata())
                .withNewSpec()
                .withSessionAffinity(spec == null ? null : spec.sessionAffinity())
                .withPorts(ports(spec).stream().map(ServiceImports::port).toList())
                .endSpec()
                .build();
    }

    private static ServicePort port(ServiceImport.Port port) {
        return new ServicePortBuilder()
                .withName(port.name())
                .withProtocol(port.protocol())
                .withAppProtocol(port.appProtocol())
                .withPort(port.port())
                .build();
    }

    /** Where nobody tells the endpoints of a set: its addresses, each with every port. */
    static List<EndpointSlice> byAddress(ServiceImport one) {
        ServiceImport.Spec spec = one.getSpec();
        List<String> ips = spec == null ? List.of() : Objects.requireNonNullElse(spec.ips(), List.of());
        return ips.stream()
                .map(ip -> new EndpointSliceBuilder()
                        .withKind(KIND)
                        .withNewMetadata()
                        .withNamespace(Metadata.namespace(one))
                        .withName(Metadata.name(one))
                        .endMetadata()
                        .withAddressType(ip.indexOf(':') < 0 ? "IPv4" : "IPv6")
                        .withPorts(ports(spec).stream()
                                .map(ServiceImports::endpointPort)
                                .toList())
                        .addNewEndpoint()
                        .withAddresses(ip)
                        .endEndpoint()
                        .build())
                .toList();
    }

    private static EndpointPort endpointPort(ServiceImport.Port port) {
        return new EndpointPortBuilder()
                .withName(port.name())
                .withProtocol(port.protocol())
                .withPort(port.port())
                .build();
    }

    private static List<ServiceImport.Port> ports(ServiceImport.@Nullable Spec spec) {
        return spec == null ? List.of() : Objects.requireNonNullElse(spec.ports(), List.of());
    }
}
