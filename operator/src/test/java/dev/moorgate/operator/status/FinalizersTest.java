package dev.moorgate.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.expose.PortAllotment;
import dev.moorgate.operator.expose.PortDemand;
import dev.moorgate.operator.expose.ServiceSettings;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.operator.watch.DataPlaneReconciler;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.SourceDigests;
import dev.moorgate.routetable.wire.TableVersion;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nobody's object is ever held back by us: no finalizer is put on it, and those of others stay (fault I19). */
class FinalizersTest {
    private static final Instant NOW = Instant.parse("2026-11-22T21:00:00Z");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String THEIRS = "example.com/theirs";
    /** What users write, each with a finalizer of somebody else. */
    private static final String OBJECTS = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: moorgate, generation: 1, finalizers: [example.com/theirs]}
            spec: {controllerName: moorgate.dev/gateway-controller}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {namespace: shop, name: web, generation: 1, uid: uid, finalizers: [example.com/theirs]}
            spec:
              gatewayClassName: moorgate
              listeners: [{name: http, port: 80, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {namespace: shop, name: cart, generation: 1, finalizers: [example.com/theirs]}
            spec:
              parentRefs: [{name: web}]
              rules: [{backendRefs: [{name: absent, port: 80}]}]
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              namespace: shop
              name: old
              generation: 1
              finalizers: [example.com/theirs]
              annotations: {kubernetes.io/ingress.class: absent}
            spec:
              defaultBackend: {service: {name: absent, port: {number: 80}}}
            ---
            apiVersion: moorgate.dev/v1alpha1
            kind: StickyPolicy
            metadata: {namespace: shop, name: sticky, generation: 1, finalizers: [example.com/theirs]}
            spec:
              targetRefs: [{group: "", kind: Service, name: absent}]
            ---
            apiVersion: moorgate.dev/v1alpha1
            kind: DataPlane
            metadata: {namespace: gate, name: mg, generation: 1, finalizers: [example.com/theirs]}
            spec: {}
            """;

    private final MockCluster cluster = new MockCluster();

    @AfterEach
    void close() {
        cluster.close();
    }

    @Test
    void whateverIsWrittenHasNoFinalizerAndNothingButAStatusIsChangedOfUsersObjects() throws Exception {
        SnapshotBuilder builder = ClusterSnapshot.builder();
        List<HasMetadata> objects = new ArrayList<>();
        for (String document : OBJECTS.split("(?m)^---$", -1)) {
            HasMetadata object = new KubernetesSerialization().unmarshal("---\n" + document);
            objects.add(cluster.create(object));
            builder.add(object);
        }
        cluster.see();
        int created = cluster.writes().size();
        ClusterSnapshot snapshot = builder.build();
        Compilation compilation = new RouteTableCompiler()
                .compile(
                        snapshot,
                        CompileSettings.standard(
                                (owner, port) -> Optional.of(new BindPoint("", 11_000 + port, port)),
                                owner -> List.of("192.0.2.1"),
                                NOW));

        write(compilation);

        List<String> written =
                cluster.writes().subList(created, cluster.writes().size());
        assertThat(written).hasSizeGreaterThan(5).noneMatch(request -> request.contains("inalizer"));
        for (String kind : List.of("gatewayclasses", "gateways", "httproutes", "stickypolicies", "dataplanes")) {
            assertThat(written.stream().filter(request -> request.contains("/" + kind + "/")))
                    .as(kind)
                    .isNotEmpty()
                    .allMatch(request -> request.startsWith("PATCH ") && isOfStatusAlone(request));
        }
        for (HasMetadata object : objects) {
            assertThat(cluster.read(object).getMetadata().getFinalizers())
                    .as(object.getKind())
                    .containsExactly(THEIRS);
        }
    }

    private void write(Compilation compilation) throws Exception {
        StatusSettings status = new StatusSettings(
                CompileSettings.INGRESS_CONTROLLER, CompileSettings.GATEWAY_CONTROLLER, "gate", "mg", "mg");
        ServiceSettings settings =
                new ServiceSettings("mg", "gate", "mg", Map.of("app", "moorgate"), "LoadBalancer", Map.of(), Map.of());
        PortAllotment ports = PortAllotment.of(List.of(PortDemand.of("shop/web", "uid", List.of(80))), List.of());
        var rollout = new Rollout(
                true,
                Optional.of(TableVersion.NONE),
                Digest.of(compilation.table()),
                Optional.empty(),
                new SourceDigests().of(compilation.table()),
                List.of());
        try (StatusPass pass = new StatusPass(
                        new StatusClient(cluster.client()),
                        status,
                        cluster,
                        () -> true,
                        Clock.fixed(NOW, ZoneOffset.UTC));
                GatewayServices services = new GatewayServices(
                        cluster.client(), settings, CompileSettings.GATEWAY_CONTROLLER, cluster, () -> true);
                EventWriter events = new EventWriter(cluster.client(), "mg-0", cluster, () -> true)) {
            pass.run(compilation, new TableProgress().of(compilation.table(), rollout));
            events.tell(compilation.report());
            services.write(compilation.report(), ports);
            GatewayServicesTest.await(() -> cluster.writes().stream().anyMatch(one -> one.contains("/services ")));
        }
    }

    /** A line {@code METHOD path body}. */
    private static boolean isOfStatusAlone(String request) {
        String[] parts = request.split(" ", 3);
        try {
            JsonNode body = JSON.readTree(parts[2]);
            return parts[1].endsWith("/status")
                    && Stream.of("spec", "kind").noneMatch(body::has)
                    && body.path("metadata").properties().stream()
                            .allMatch(field -> field.getKey().equals("resourceVersion"));
        } catch (IOException e) {
            throw new AssertionError(request, e);
        }
    }

    /** java-operator-sdk puts a finalizer on the primary object of whoever cleans up. */
    @Test
    void theReconcilerCleansNothingUpAndNoSourceSpeaksOfFinalizers() throws IOException {
        assertThat(Cleaner.class.isAssignableFrom(DataPlaneReconciler.class)).isFalse();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources).hasSizeGreaterThan(100);
            for (Path source : sources) {
                assertThat(Files.readString(source)).as("%s", source).doesNotContain("inalizer");
            }
        }
    }
}
