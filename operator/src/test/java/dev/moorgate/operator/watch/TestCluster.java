package dev.moorgate.operator.watch;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.expose.ExposedPorts;
import dev.moorgate.operator.expose.ServiceSettings;
import dev.moorgate.operator.outage.ApiPulse;
import dev.moorgate.operator.pace.WalkPace;
import dev.moorgate.operator.publish.ReplicaAddress;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.operator.snapshot.ObjectName;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.wire.Push;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** An API server in memory, and the operator's loop on it. */
final class TestCluster implements AutoCloseable {
    static final WatchScope SCOPE = new WatchScope("release", "moorgate", List.of(), "");

    /** What Ingresses of the tests name. */
    static final String INGRESS_CLASS = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: ours, generation: 1}
            spec: {controller: moorgate.dev/ingress-controller}
            ---
            """;

    /** What Gateways of the tests name. */
    static final String GATEWAY_CLASS = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: ours, generation: 1}
            spec: {controllerName: moorgate.dev/gateway-controller}
            ---
            """;

    private static final KeyRing KEYS = new KeyRing(
            "moorgate",
            List.of(new KeyRing.SessionKey("k1", new Redacted("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="))));
    private static final Duration DEADLINE = Duration.ofSeconds(60);
    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    final KubernetesMockServer server;
    final KubernetesClient client;
    final MemoryDataPlane dataPlane = new MemoryDataPlane();
    final AtomicInteger compiles = new AtomicInteger();
    final AtomicInteger endpointPushes = new AtomicInteger();
    final Map<String, Integer> passedOver = new ConcurrentHashMap<>();
    final AtomicInteger walking = new AtomicInteger();
    final List<Rollout> rollouts = new CopyOnWriteArrayList<>();
    final List<Compilation> compilations = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> parts = new ArrayList<>();

    TestCluster() {
        server = new KubernetesMockServer(
                new Context(),
                new MockWebServer(),
                new HashMap<>(),
                new KubernetesCrudDispatcher(
                        List.of(CustomResourceDefinitionContext.fromCustomResourceType(DataPlane.class))),
                false);
        server.init();
        client = server.createClient();
    }

    /** One whose host bears its name, to port 80 of {@code app}. */
    static String ingress(String name) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: %s, namespace: shop, generation: 1}
                spec:
                  ingressClassName: ours
                  rules:
                  - host: %s.example
                    http:
                      paths: [{path: /, pathType: Prefix, backend: {service: {name: app, port: {number: 80}}}}]
                """.formatted(name, name);
    }

    /** With a DataPlane, and what the documents say. */
    static TestCluster with(String documents) {
        TestCluster cluster = new TestCluster();
        cluster.apply("""
                apiVersion: moorgate.dev/v1alpha1
                kind: DataPlane
                metadata: {name: moorgate, namespace: release, generation: 1}
                spec: {}
                """);
        cluster.apply(documents);
        return cluster;
    }

    /** The whole loop, as the process wires it. */
    TestCluster run() {
        return run(SCOPE);
    }

    TestCluster run(WatchScope scope) {
        WalkPace pace = new WalkPace(System::nanoTime);
        ReconcileLoop loop = open(new ReconcileLoop(client, scope, Metrics.NOOP, pace));
        Changes changes = new Changes(loop::wake, pace, new Counting());
        ClusterWatch watch = open(new ClusterWatch(client, scope, changes));
        TablePublisher publisher = open(new TablePublisher(dataPlane, System::currentTimeMillis));
        publisher.onChange(() -> changes.mark(Changes.Mark.ROLLOUT));
        watch.start();
        loop.start(new ReleaseWalk(
                watch,
                changes,
                inputs(),
                publisher,
                new Noting(),
                new Counting(),
                new ApiPulse(System::nanoTime),
                new AddressProbe((address, port) -> true, () -> changes.mark(Changes.Mark.OBJECTS))));
        return this;
    }

    static CompileInputs inputs() {
        return new CompileInputs(
                new ObjectName("release", "moorgate"),
                CompileSettings.INGRESS_CONTROLLER,
                CompileSettings.GATEWAY_CONTROLLER,
                new ServiceSettings("moorgate", "release", "moorgate", Map.of(), "ClusterIP", Map.of(), Map.of()),
                "moorgate",
                Map.of(80, 8080, 443, 8443),
                Set.of(9900),
                List.of("http/1.1"),
                () -> Optional.of(KEYS),
                Optional::empty,
                Collections::emptySortedMap,
                InstantSource.system());
    }

    <T extends AutoCloseable> T open(T part) {
        parts.add(part);
        return part;
    }

    void apply(String documents) {
        apply(documents, 0);
    }

    private void apply(String documents, int attempt) {
        for (String document : documents.split("(?m)^---$", -1)) {
            if (!document.isBlank()) {
                HasMetadata object = YAML.unmarshal("---\n" + document);
                if (attempt > 0) {
                    object.getMetadata().setAnnotations(new HashMap<>(Map.of("attempt", String.valueOf(attempt))));
                }
                client.resource(object).createOr(existing -> existing.update());
            }
        }
    }

    /** Again and again, for this API server forgets what happens between a list and its watch. */
    void applyUntil(String what, String documents, BooleanSupplier holds) {
        AtomicInteger attempts = new AtomicInteger();
        await(what, () -> {
            if (attempts.getAndIncrement() % 50 == 0) {
                apply(documents, attempts.get());
            }
            return holds.getAsBoolean();
        });
    }

    /** The same for the end of an object that is there: made anew and deleted again. */
    void deleteUntil(String what, String document, BooleanSupplier holds) {
        AtomicInteger attempts = new AtomicInteger();
        await(what, () -> {
            int attempt = attempts.getAndIncrement();
            if (attempt % 50 == 0) {
                if (attempt > 0) {
                    apply(document, attempt);
                }
                client.resource(document).delete();
            }
            return holds.getAsBoolean();
        });
    }

    /** A CRD as the API server shows it when it is served. */
    void serve(String kind, String plural, String group, String version) {
        apply("""
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: %s.%s}
                spec:
                  group: %s
                  scope: Namespaced
                  names: {kind: %s, plural: %s}
                  versions: [{name: %s, served: true, storage: true}]
                status:
                  conditions: [{type: Established, status: "True"}]
                """.formatted(plural, group, group, kind, plural, version));
    }

    /** The hosts and paths of the newest table, each as a text. */
    List<String> routes() {
        List<Push> all = dataPlane.installed();
        if (all.isEmpty()) {
            return List.of();
        }
        return all.getLast().table().listeners().stream()
                .flatMap(listener -> listener.virtualHosts().stream())
                .flatMap(host -> host.routes().stream().map(Route::source).map(String::valueOf))
                .toList();
    }

    static void await(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + DEADLINE + ": " + what);
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Override
    public void close() {
        for (AutoCloseable part : parts.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        client.close();
        server.destroy();
    }

    private final class Noting implements Writers {
        @Override
        public void compiled(Compilation compilation, ExposedPorts ports) {
            compilations.add(compilation);
        }

        @Override
        public void rolled(Compilation compilation, Rollout rollout, List<ReplicaAddress> replicas) {
            if (walking.incrementAndGet() > 1) {
                throw new AssertionError("two walks at once");
            }
            rollouts.add(rollout);
            walking.decrementAndGet();
        }
    }

    private final class Counting implements WalkMetrics {
        @Override
        public void compiled(long nanos, Compilation compilation) {
            compiles.incrementAndGet();
        }

        @Override
        public void endpointsPublished(long nanos) {
            endpointPushes.incrementAndGet();
        }

        @Override
        public void endpointsHeld(int endpoints) {}

        @Override
        public void passedOver(String kind) {
            passedOver.merge(kind, 1, Integer::sum);
        }
    }
}
