package dev.moorgate.operator.status;

import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.crd.StickyPolicy;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An API server that keeps what it is given, and informers that see it when they are told to. */
final class MockCluster implements LiveObjects, AutoCloseable {
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "Gateway", Gateway.class,
            "GatewayClass", GatewayClass.class,
            "HTTPRoute", HTTPRoute.class,
            "Ingress", Ingress.class,
            "IngressClass", IngressClass.class,
            "Service", Service.class,
            "StickyPolicy", StickyPolicy.class,
            "DataPlane", DataPlane.class);

    /** Longer than a starved machine takes: the client tries a request again whose answer is late, and a create is refused the second time. */
    private static final int PATIENCE_MILLIS = 120_000;

    private final KubernetesMockServer server = new KubernetesMockServer(
            new Context(), new MockWebServer(), new HashMap<>(), new MergePatchDispatcher(), false);
    private final KubernetesClient client;
    private final Map<String, List<? extends HasMetadata>> seen = new ConcurrentHashMap<>();
    private final AtomicInteger looks = new AtomicInteger();
    private final List<String> writes = new ArrayList<>();

    MockCluster() {
        server.init();
        client = server.createClient(builder ->
                builder.editOrNewConfig().withRequestTimeout(PATIENCE_MILLIS).endConfig());
    }

    KubernetesClient client() {
        return client;
    }

    int requests() {
        return server.getRequestCount();
    }

    /** Every request so far that is no question: {@code METHOD path body}. */
    synchronized List<String> writes() {
        try {
            for (RecordedRequest next = server.takeRequest(1, TimeUnit.MILLISECONDS);
                    next != null;
                    next = server.takeRequest(1, TimeUnit.MILLISECONDS)) {
                if (!next.method().equals(HttpMethod.GET)) {
                    writes.add(next.method() + " " + next.getPath() + " " + next.getUtf8Body());
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return List.copyOf(writes);
    }

    /** Lets the informers catch up. */
    MockCluster see() {
        KINDS.forEach((kind, type) -> seen.put(
                kind,
                kind.endsWith("Class")
                        ? client.resources(type).list().getItems()
                        : client.resources(type).inAnyNamespace().list().getItems()));
        return this;
    }

    <T extends HasMetadata> T create(T object) {
        return client.resource(object).create();
    }

    <T extends HasMetadata> T read(T object) {
        return client.resource(object).get();
    }

    @Override
    public Optional<? extends HasMetadata> find(String kind, String namespace, String name) {
        return list(kind).stream()
                .filter(one -> one.getMetadata().getName().equals(name)
                        && namespace.equals(
                                one.getMetadata().getNamespace() == null
                                        ? ""
                                        : one.getMetadata().getNamespace()))
                .findFirst();
    }

    /** How often somebody looked at an object, or at all of a kind. */
    int looks() {
        return looks.get();
    }

    @Override
    public Object state() {
        return Map.copyOf(seen);
    }

    @Override
    public Collection<? extends HasMetadata> list(String kind) {
        looks.incrementAndGet();
        return seen.getOrDefault(kind, List.of());
    }

    @Override
    public void close() {
        client.close();
        server.destroy();
    }
}
