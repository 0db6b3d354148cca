package dev.moorgate.operator.snapshot;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
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
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the objects of a {@link ClusterSnapshot}. Kinds that nobody asks for are counted and dropped; older and newer versions of a
 * kind are read as the one that we use; a namespaced object without a namespace is in {@code default}, as with kubectl.
 */
public final class SnapshotBuilder {
    private static final int LONGEST_SENTENCE = 500;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final Set<Class<? extends HasMetadata>> CLUSTER_SCOPED =
            Set.of(IngressClass.class, GatewayClass.class, Namespace.class);

    /** Every kind that a snapshot holds, by API group and kind; any served version of it is read. */
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.ofEntries(
            Map.entry("networking.k8s.io/IngressClass", IngressClass.class),
            Map.entry("networking.k8s.io/Ingress", Ingress.class),
            Map.entry("gateway.networking.k8s.io/GatewayClass", GatewayClass.class),
            Map.entry("gateway.networking.k8s.io/Gateway", Gateway.class),
            Map.entry("gateway.networking.k8s.io/ListenerSet", ListenerSet.class),
            Map.entry("gateway.networking.k8s.io/HTTPRoute", HTTPRoute.class),
            Map.entry("gateway.networking.k8s.io/GRPCRoute", GRPCRoute.class),
            Map.entry("gateway.networking.k8s.io/TLSRoute", TlsRoute.class),
            Map.entry("gateway.networking.k8s.io/BackendTLSPolicy", BackendTLSPolicy.class),
            Map.entry("gateway.networking.k8s.io/ReferenceGrant", ReferenceGrant.class),
            Map.entry("/Service", Service.class),
            Map.entry("multicluster.x-k8s.io/ServiceImport", ServiceImport.class),
            Map.entry("discovery.k8s.io/EndpointSlice", EndpointSlice.class),
            Map.entry("/Endpoints", Endpoints.class),
            Map.entry("/Secret", Secret.class),
            Map.entry("/ConfigMap", ConfigMap.class),
            Map.entry("/Namespace", Namespace.class),
            Map.entry("moorgate.dev/StickyPolicy", StickyPolicy.class),
            Map.entry("moorgate.dev/RoutePolicy", RoutePolicy.class),
            Map.entry("moorgate.dev/UpstreamPolicy", UpstreamPolicy.class),
            Map.entry("moorgate.dev/RouteFilter", RouteFilter.class),
            Map.entry("moorgate.dev/DataPlane", DataPlane.class));

    final Map<Class<? extends HasMetadata>, SortedMap<ObjectName, HasMetadata>> objects = new HashMap<>();
    final Set<ObjectName> sealedSecrets = new TreeSet<>();
    final Set<ObjectName> absentSecrets = new TreeSet<>();
    boolean secretsOnDemand;
    final Set<ObjectName> absentConfigMaps = new TreeSet<>();
    boolean configMapsOnDemand;
    final List<Duplicate> duplicates = new ArrayList<>();
    final SortedMap<String, Integer> ignored = new TreeMap<>();

    /** Kinds whose maps are still those of the snapshot that this one begins with. */
    private final Set<Class<? extends HasMetadata>> untouched = new HashSet<>();

    SnapshotBuilder() {}

    /** Begins with what a snapshot has. */
    SnapshotBuilder(ClusterSnapshot start) {
        start.copyTo(this);
        untouched.addAll(objects.keySet());
    }

    /** Whether the kind's objects are the very map of the snapshot that this one began with. */
    boolean isUntouched(Class<? extends HasMetadata> kind) {
        return untouched.contains(kind);
    }

    /** The kinds that are read; all others are passed by. */
    public static Collection<Class<? extends HasMetadata>> kinds() {
        return KINDS.values();
    }

    private SortedMap<ObjectName, HasMetadata> own(Class<? extends HasMetadata> kind) {
        if (untouched.remove(kind)) {
            objects.put(kind, new TreeMap<>(objects.get(kind)));
        }
        return objects.computeIfAbsent(kind, absent -> new TreeMap<>());
    }

    /** Removes the object of this one's kind, namespace and name, if there is one. */
    public SnapshotBuilder remove(HasMetadata object) {
        Class<? extends HasMetadata> kind = KINDS.get(group(object) + "/" + object.getKind());
        if (kind != null) {
            String namespace = Metadata.namespace(object);
            String wanted = CLUSTER_SCOPED.contains(kind) ? "" : namespace.isEmpty() ? "default" : namespace;
            own(kind).remove(new ObjectName(wanted, Metadata.name(object)));
        }
        return this;
    }

    /**
     * Adds an object; of two with the same kind, namespace and name the first counts.
     *
     * @throws IllegalArgumentException for an object without a name, which its reader must have refused
     */
    public SnapshotBuilder add(HasMetadata object) {
        Class<? extends HasMetadata> kind = KINDS.get(group(object) + "/" + object.getKind());
        if (kind == null) {
            ignored.merge(object.getApiVersion() + " " + object.getKind(), 1, Integer::sum);
            return this;
        }
        HasMetadata typed = kind.isInstance(object) ? object : convert(object, kind);
        if (Metadata.name(typed).isEmpty()) {
            throw new IllegalArgumentException(object.getKind() + " without metadata.name");
        }
        HasMetadata placed = placed(typed, kind);
        ObjectName name = new ObjectName(Metadata.namespace(placed), Metadata.name(placed));
        HasMetadata before = own(kind).putIfAbsent(name, placed);
        if (before != null) {
            duplicates.add(new Duplicate(object.getKind(), name.namespace(), name.name()));
        }
        return this;
    }

    public SnapshotBuilder addAll(Collection<? extends HasMetadata> all) {
        all.forEach(this::add);
        return this;
    }

    /**
     * Takes the objects of a kind from a snapshot in which they are the same but for some; nothing where it has none.
     *
     * @param changed by where they are; nothing: it is gone
     */
    public <T extends HasMetadata> SnapshotBuilder keep(
            ClusterSnapshot from, Class<T> kind, Map<ObjectName, Optional<T>> changed) {
        from.objects(kind).ifPresent(all -> {
            objects.put(kind, all);
            untouched.add(kind);
        });
        if (!changed.isEmpty()) {
            SortedMap<ObjectName, HasMetadata> all = own(kind);
            changed.forEach((name, object) ->
                    object.ifPresentOrElse(present -> all.put(name, present), () -> all.remove(name)));
        }
        return this;
    }

    /** Names a Secret that may exist but has not been read: look-ups say so instead of calling it absent. */
    public SnapshotBuilder sealSecret(String namespace, String name) {
        sealedSecrets.add(new ObjectName(namespace, name));
        return this;
    }

    /**
     * Secrets are read only when a compile asks for them: one that was neither added nor is among the absent is not loaded yet. What
     * was asked for {@link ClusterSnapshot#askedSecrets} tells.
     */
    public SnapshotBuilder secretsOnDemand(Collection<ObjectName> absent) {
        secretsOnDemand = true;
        absentSecrets.addAll(absent);
        return this;
    }

    /** As {@link #secretsOnDemand}; what was asked for {@link ClusterSnapshot#askedConfigMaps} tells. */
    public SnapshotBuilder configMapsOnDemand(Collection<ObjectName> absent) {
        configMapsOnDemand = true;
        absentConfigMaps.addAll(absent);
        return this;
    }

    public ClusterSnapshot build() {
        return new ClusterSnapshot(this);
    }

    private static String group(HasMetadata object) {
        @Nullable String apiVersion = object.getApiVersion();
        int slash = apiVersion == null ? -1 : apiVersion.indexOf('/');
        return apiVersion == null || slash < 0 ? "" : apiVersion.substring(0, slash);
    }

    /** Of another version, or read without its type. */
    private static HasMetadata convert(HasMetadata object, Class<? extends HasMetadata> kind) {
        try {
            HasMetadata converted = JSON.convertValue(Nulls.strip(JSON.<JsonNode>valueToTree(object)), kind);
            converted.setApiVersion(HasMetadata.getApiVersion(kind));
            return converted;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(sentence(object, e), e);
        }
    }

    /** On one line and short: it quotes the object. */
    private static String sentence(HasMetadata object, IllegalArgumentException e) {
        String why =
                e.getCause() instanceof JsonMappingException mapping ? mapping.getOriginalMessage() : e.getMessage();
        String line = object.getKind() + " " + Metadata.name(object) + " cannot be read: " + why;
        StringBuilder shown = new StringBuilder();
        line.codePoints()
                .limit(LONGEST_SENTENCE)
                .forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return shown.toString();
    }

    private static HasMetadata placed(HasMetadata object, Class<? extends HasMetadata> kind) {
        String wanted = CLUSTER_SCOPED.contains(kind) ? "" : "default";
        boolean isRight = wanted.isEmpty() == Metadata.namespace(object).isEmpty();
        if (isRight) {
            return object;
        }
        HasMetadata copy = JSON.convertValue(object, kind);
        copy.getMetadata().setNamespace(wanted.isEmpty() ? null : wanted);
        return copy;
    }
}
