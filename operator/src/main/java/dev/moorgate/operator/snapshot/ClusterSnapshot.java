package dev.moorgate.operator.snapshot;

import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.crd.RouteFilter;
import dev.moorgate.operator.crd.StickyPolicy;
import dev.moorgate.operator.crd.route.RoutePolicy;
import dev.moorgate.operator.crd.upstream.UpstreamPolicy;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.BackendTLSPolicy;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GRPCRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1beta1.ReferenceGrant;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Every object that a compile looks at, at one moment. Lists are sorted by namespace and name. Safe for any thread, as long as nobody
 * changes the fabric8 objects in it: treat them as read-only.
 */
public final class ClusterSnapshot {
    private static final String SERVICE_NAME = "kubernetes.io/service-name";
    private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

    private final Map<Class<? extends HasMetadata>, SortedMap<ObjectName, HasMetadata>> objects;
    private final Map<ObjectName, List<EndpointSlice>> slices = new HashMap<>();
    private final Set<ObjectName> sealedSecrets;
    private final Set<ObjectName> absentSecrets;
    private final boolean secretsOnDemand;
    private final Set<ObjectName> askedSecrets = new ConcurrentSkipListSet<>();
    private final Set<ObjectName> absentConfigMaps;
    private final boolean configMapsOnDemand;
    private final Set<ObjectName> askedConfigMaps = new ConcurrentSkipListSet<>();
    private final List<Duplicate> duplicates;
    private final SortedMap<String, Integer> ignored;

    ClusterSnapshot(SnapshotBuilder builder) {
        Map<Class<? extends HasMetadata>, SortedMap<ObjectName, HasMetadata>> copies = new HashMap<>();
        builder.objects.forEach((kind, all) -> copies.put(kind, builder.isUntouched(kind) ? all : new TreeMap<>(all)));
        objects = copies;
        sealedSecrets = new TreeSet<>(builder.sealedSecrets);
        absentSecrets = new TreeSet<>(builder.absentSecrets);
        secretsOnDemand = builder.secretsOnDemand;
        absentConfigMaps = new TreeSet<>(builder.absentConfigMaps);
        configMapsOnDemand = builder.configMapsOnDemand;
        duplicates = List.copyOf(builder.duplicates);
        ignored = Collections.unmodifiableSortedMap(new TreeMap<>(builder.ignored));
        for (EndpointSlice slice : list(EndpointSlice.class)) {
            Map<String, String> labels =
                    Objects.requireNonNullElse(Metadata.meta(slice).getLabels(), Map.of());
            index(slice, labels.get(SERVICE_NAME));
            String imported = labels.get(ServiceImports.SERVICE_NAME);
            index(slice, imported == null ? null : ServiceImports.serviceName(imported));
        }
    }

    private void index(EndpointSlice slice, @Nullable String service) {
        if (service != null) {
            slices.computeIfAbsent(new ObjectName(Metadata.namespace(slice), service), absent -> new ArrayList<>())
                    .add(slice);
        }
    }

    public static SnapshotBuilder builder() {
        return new SnapshotBuilder();
    }

    /** A builder that begins with everything in this snapshot; only what it changes is copied. */
    public SnapshotBuilder edit() {
        return new SnapshotBuilder(this);
    }

    void copyTo(SnapshotBuilder builder) {
        builder.objects.putAll(objects);
        builder.sealedSecrets.addAll(sealedSecrets);
        builder.absentSecrets.addAll(absentSecrets);
        builder.secretsOnDemand = secretsOnDemand;
        builder.absentConfigMaps.addAll(absentConfigMaps);
        builder.configMapsOnDemand = configMapsOnDemand;
        builder.duplicates.addAll(duplicates);
        builder.ignored.putAll(ignored);
    }

    public ServicesMark servicesMark() {
        return new ServicesMark(
                objects.getOrDefault(Service.class, Collections.emptySortedMap()),
                objects.getOrDefault(ServiceImport.class, Collections.emptySortedMap()));
    }

    Optional<SortedMap<ObjectName, HasMetadata>> objects(Class<? extends HasMetadata> kind) {
        return Optional.ofNullable(objects.get(kind));
    }

    public List<IngressClass> ingressClasses() {
        return list(IngressClass.class);
    }

    public Optional<IngressClass> ingressClass(String name) {
        return find(IngressClass.class, "", name);
    }

    public List<Ingress> ingresses() {
        return list(Ingress.class);
    }

    public Optional<Ingress> ingress(String namespace, String name) {
        return find(Ingress.class, namespace, name);
    }

    public List<GatewayClass> gatewayClasses() {
        return list(GatewayClass.class);
    }

    public Optional<GatewayClass> gatewayClass(String name) {
        return find(GatewayClass.class, "", name);
    }

    public List<Gateway> gateways() {
        return list(Gateway.class);
    }

    public Optional<Gateway> gateway(String namespace, String name) {
        return find(Gateway.class, namespace, name);
    }

    public List<HTTPRoute> httpRoutes() {
        return list(HTTPRoute.class);
    }

    public Optional<HTTPRoute> httpRoute(String namespace, String name) {
        return find(HTTPRoute.class, namespace, name);
    }

    public List<BackendTLSPolicy> backendTlsPolicies() {
        return list(BackendTLSPolicy.class);
    }

    public List<ListenerSet> listenerSets() {
        return list(ListenerSet.class);
    }

    public Optional<ListenerSet> listenerSet(String namespace, String name) {
        return find(ListenerSet.class, namespace, name);
    }

    /** ListenerSets by Gateway. */
    public ListenerSets listenerSetsByGateway() {
        return new ListenerSets(this);
    }

    public List<GRPCRoute> grpcRoutes() {
        return list(GRPCRoute.class);
    }

    public Optional<GRPCRoute> grpcRoute(String namespace, String name) {
        return find(GRPCRoute.class, namespace, name);
    }

    public List<TlsRoute> tlsRoutes() {
        return list(TlsRoute.class);
    }

    /** The grants of a namespace: they let others refer to what is in it. */
    public List<ReferenceGrant> referenceGrants(String namespace) {
        return list(ReferenceGrant.class).stream()
                .filter(grant -> Metadata.namespace(grant).equals(namespace))
                .toList();
    }

    public List<Service> services() {
        return list(Service.class);
    }

    /** A Service, or what {@link ServiceImports} calls one. */
    public Optional<Service> service(String namespace, String name) {
        return ServiceImports.isImport(name)
                ? serviceImport(namespace, name).map(ServiceImports::asService)
                : find(Service.class, namespace, name);
    }

    private Optional<ServiceImport> serviceImport(String namespace, String service) {
        return find(ServiceImport.class, namespace, ServiceImports.plainName(service));
    }

    public List<StickyPolicy> stickyPolicies() {
        return list(StickyPolicy.class);
    }

    public List<RoutePolicy> routePolicies() {
        return list(RoutePolicy.class);
    }

    public List<UpstreamPolicy> upstreamPolicies() {
        return list(UpstreamPolicy.class);
    }

    public List<RouteFilter> routeFilters() {
        return list(RouteFilter.class);
    }

    public Optional<RouteFilter> routeFilter(String namespace, String name) {
        return find(RouteFilter.class, namespace, name);
    }

    public List<DataPlane> dataPlanes() {
        return list(DataPlane.class);
    }

    public Optional<DataPlane> dataPlane(String namespace, String name) {
        return find(DataPlane.class, namespace, name);
    }

    public Lookup<Secret> secret(String namespace, String name) {
        ObjectName asked = new ObjectName(namespace, name);
        askedSecrets.add(asked);
        Optional<Secret> secret = find(Secret.class, namespace, name);
        if (secret.isPresent()) {
            return new Lookup.Present<>(secret.get());
        }
        boolean isSealed = sealedSecrets.contains(asked) || (secretsOnDemand && !absentSecrets.contains(asked));
        return isSealed ? new Lookup.NotLoaded<>() : new Lookup.Absent<>();
    }

    /** The Secrets that were looked up, there or not, so far. */
    public Set<ObjectName> askedSecrets() {
        return Collections.unmodifiableSet(new TreeSet<>(askedSecrets));
    }

    public Lookup<ConfigMap> configMap(String namespace, String name) {
        ObjectName asked = new ObjectName(namespace, name);
        askedConfigMaps.add(asked);
        Optional<ConfigMap> map = find(ConfigMap.class, namespace, name);
        if (map.isPresent()) {
            return new Lookup.Present<>(map.get());
        }
        return configMapsOnDemand && !absentConfigMaps.contains(asked)
                ? new Lookup.NotLoaded<>()
                : new Lookup.Absent<>();
    }

    /** The ConfigMaps that were looked up, there or not, so far. */
    public Set<ObjectName> askedConfigMaps() {
        return Collections.unmodifiableSet(new TreeSet<>(askedConfigMaps));
    }

    /** Of the Namespace; every namespace has at least the label with its name, whether its object is here or not. */
    public SortedMap<String, String> namespaceLabels(String namespace) {
        SortedMap<String, String> labels = new TreeMap<>();
        find(Namespace.class, "", namespace).ifPresent(found -> labels.putAll(Metadata.labels(found)));
        labels.put(NAMESPACE_NAME, namespace);
        return Collections.unmodifiableSortedMap(labels);
    }

    /** The endpoints behind a Service's port, by its number. */
    public ServiceEndpoints endpoints(String namespace, String service, int port) {
        return endpoints(namespace, service, candidate -> Objects.equals(candidate.getPort(), port));
    }

    /** The endpoints behind a Service's port, by its name. */
    public ServiceEndpoints endpoints(String namespace, String service, String portName) {
        return endpoints(namespace, service, candidate -> portName.equals(candidate.getName()));
    }

    /** Objects that were given twice, in the order they came. */
    public List<Duplicate> duplicates() {
        return duplicates;
    }

    /** How many objects of each kind ({@code apps/v1 Deployment}) were dropped because nothing here needs them. */
    public SortedMap<String, Integer> ignored() {
        return ignored;
    }

    private ServiceEndpoints endpoints(String namespace, String name, Predicate<ServicePort> wanted) {
        Optional<Service> found = service(namespace, name);
        if (found.isEmpty() || found.get().getSpec() == null) {
            return new ServiceEndpoints.NoService();
        }
        Service service = found.get();
        if ("ExternalName".equals(service.getSpec().getType())) {
            return new ServiceEndpoints.ExternalName(
                    Objects.requireNonNullElse(service.getSpec().getExternalName(), ""));
        }
        List<ServicePort> ports = service.getSpec().getPorts().stream()
                .filter(port -> port.getProtocol() == null || port.getProtocol().equals("TCP"))
                .toList();
        Optional<ServicePort> port = ports.stream().filter(wanted).findFirst();
        if (port.isEmpty()) {
            return new ServiceEndpoints.NoPort(
                    ports.stream().map(ClusterSnapshot::describe).toList());
        }
        EndpointMerge merge = new EndpointMerge(namespace, name);
        String portName = Objects.requireNonNullElse(port.get().getName(), "");
        slices(namespace, name).forEach(slice -> merge.add(slice, portName));
        return new ServiceEndpoints.Found(service, port.get(), merge.endpoints(), merge.unusable());
    }

    /** The EndpointSlices of a Service; where it has none, what its Endpoints say, or the addresses of an import. */
    public List<EndpointSlice> slices(String namespace, String service) {
        List<EndpointSlice> known = slices.get(new ObjectName(namespace, service));
        if (known != null) {
            return known;
        }
        if (ServiceImports.isImport(service)) {
            return serviceImport(namespace, service)
                    .map(ServiceImports::byAddress)
                    .orElse(List.of());
        }
        return find(Endpoints.class, namespace, service)
                .map(LegacyEndpoints::slices)
                .orElse(List.of());
    }

    private static String describe(ServicePort port) {
        return port.getName() == null ? String.valueOf(port.getPort()) : port.getName() + " (" + port.getPort() + ")";
    }

    private <T extends HasMetadata> List<T> list(Class<T> kind) {
        return objects.getOrDefault(kind, Collections.emptySortedMap()).values().stream()
                .map(kind::cast)
                .toList();
    }

    private <T extends HasMetadata> Optional<T> find(Class<T> kind, String namespace, String name) {
        HasMetadata found =
                objects.getOrDefault(kind, Collections.emptySortedMap()).get(new ObjectName(namespace, name));
        return Optional.ofNullable(found).map(kind::cast);
    }
}
