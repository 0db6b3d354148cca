package dev.moorgate.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.SourceDigests;
import dev.moorgate.routetable.wire.TableVersion;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClassBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatusPassTest {
    private static final String OURS = CompileSettings.GATEWAY_CONTROLLER;
    private static final Instant NOW = Instant.parse("2026-11-22T21:00:00Z");
    private static final StatusSettings SETTINGS =
            new StatusSettings(CompileSettings.INGRESS_CONTROLLER, OURS, "gate", "mg", "mg");

    private final MockCluster cluster = new MockCluster();
    private final List<HasMetadata> objects = new ArrayList<>();
    private final TableProgress digests = new TableProgress();
    private final StatusPass pass = pass();

    @BeforeEach
    void create() {
        add(new GatewayClassBuilder()
                .withNewMetadata()
                .withName("moorgate")
                .withGeneration(1L)
                .endMetadata()
                .withNewSpec()
                .withControllerName(OURS)
                .endSpec()
                .build());
        add(new GatewayBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("web")
                .withGeneration(1L)
                .endMetadata()
                .withNewSpec()
                .withGatewayClassName("moorgate")
                .addNewListener()
                .withName("http")
                .withPort(80)
                .withProtocol("HTTP")
                .endListener()
                .endSpec()
                .build());
        add(route("cart"));
        cluster.see();
    }

    @AfterEach
    void close() {
        pass.close();
        cluster.close();
    }

    @Test
    void everyObjectIsWrittenOnceAndThenLeftAlone() {
        Compilation compilation = compile();

        assertThat(pass.run(compilation, installed(compilation)).written()).isEqualTo(3);
        cluster.see();
        int requests = cluster.requests();

        assertThat(pass.run(compilation, installed(compilation)).written()).isZero();
        // Also by a leader that remembers nothing.
        try (StatusPass other = pass()) {
            assertThat(other.run(compilation, installed(compilation)).written()).isZero();
        }
        assertThat(cluster.requests()).isEqualTo(requests);
        assertThat(condition("moorgate.dev/Propagated")).satisfies(condition -> {
            assertThat(condition.getStatus()).isEqualTo("True");
            assertThat(condition.getMessage()).startsWith("acked 1/1, digest ");
            assertThat(condition.getObservedGeneration()).isEqualTo(1);
        });
    }

    @Test
    void whatOthersWroteIsNeverLostEvenWhenTheInformersHaveNotSeenIt() {
        Compilation compilation = compile();
        foreignEntry();

        assertThat(pass.run(compilation, installed(compilation)).again()).isPresent();
        assertThat(live().getStatus().getParents())
                .extracting(parent -> parent.getControllerName())
                .containsExactly("example.com/other");

        cluster.see();
        pass.run(compilation, installed(compilation));
        assertThat(live().getStatus().getParents())
                .extracting(parent -> parent.getControllerName())
                .containsExactly("example.com/other", OURS);
    }

    @Test
    void ofTwoLeadersTheSecondHasNothingToWriteOrFails() {
        Compilation compilation = compile();
        try (StatusPass other = pass()) {
            pass.run(compilation, installed(compilation));
            String first = live().getStatus().toString();

            // Its informers are late: it tries, and the API server takes none of it.
            StatusPass.Result late = other.run(compilation, installed(compilation));
            assertThat(late.written()).isZero();
            assertThat(late.again()).isPresent();

            cluster.see();
            assertThat(other.run(compilation, installed(compilation)).written()).isZero();
            assertThat(live().getStatus().toString()).isEqualTo(first);
        }
    }

    @Test
    void aGatewayIsProgrammedOnlyWhenTheDataPlaneRunsIt() {
        Compilation compilation = compile();

        pass.run(compilation, new Progress("d1", digestsOf(compilation), Rollout.NONE));
        assertThat(programmed()).isEqualTo("False Pending");

        cluster.see();
        pass.run(compilation, installed(compilation));
        assertThat(programmed()).isEqualTo("True Programmed");
    }

    @Test
    void aRefusedTableIsToldWithTheReasonAndOnlyWhereItIsNotInForce() {
        Compilation compilation = compile();
        Rollout.Refusal refusal = new Rollout.Refusal(TableVersion.NONE, "listeners[0]", "port 11111 is taken");
        Rollout refused = new Rollout(true, Optional.empty(), "", Optional.of(refusal), new TreeMap<>(), List.of());

        pass.run(compilation, new Progress("d1", digestsOf(compilation), refused));

        assertThat(programmed()).isEqualTo("False Invalid");
        assertThat(gateway().getStatus().getConditions().toString()).contains("port 11111 is taken");
    }

    @Test
    void propagatedWaitsForEveryReadyReplicaAndIsLatched() {
        Compilation compilation = compile();
        Rollout.Replica silent = Rollout.Replica.silent("pod-b", true);
        pass.run(compilation, with(compilation, silent));
        assertThat(condition("moorgate.dev/Propagated").getStatus()).isEqualTo("False");
        assertThat(condition("moorgate.dev/Propagated").getMessage()).startsWith("acked 1/2");

        cluster.see();
        Rollout.Replica acked = new Rollout.Replica(
                "pod-b", true, true, Digest.of(compilation.table()), Optional.empty(), digestsOf(compilation));
        pass.run(compilation, with(compilation, acked));
        assertThat(condition("moorgate.dev/Propagated").getStatus()).isEqualTo("True");

        cluster.see();
        assertThat(pass.run(compilation, with(compilation, silent)).written()).isZero();
        assertThat(condition("moorgate.dev/Propagated").getMessage()).startsWith("acked 2/2");
    }

    @Test
    void anEntryOfARouteThatLeftOurGatewayIsTakenBack() {
        Compilation compilation = compile();
        pass.run(compilation, installed(compilation));
        foreignEntry();
        HTTPRoute moved = live();
        moved.getSpec().getParentRefs().getFirst().setName("anothers");
        cluster.client().resource(moved).update();
        cluster.see();
        objects.removeIf(object -> object instanceof HTTPRoute);
        objects.add(moved);

        Compilation next = compile();
        pass.run(next, installed(next));

        assertThat(live().getStatus().getParents())
                .extracting(parent -> parent.getControllerName())
                .containsExactly("example.com/other");
    }

    @Test
    void sixtyRoutesAreWrittenOnceEach() {
        for (int i = 0; i < 60; i++) {
            add(route("route-%02d".formatted(i)));
        }
        cluster.see();
        Compilation compilation = compile();

        assertThat(pass.run(compilation, installed(compilation)).written()).isEqualTo(63);
        cluster.see();
        assertThat(pass.run(compilation, installed(compilation)).written()).isZero();
    }

    @Test
    void objectsAreNotLookedAtAgainWhereOnlyEndpointsChanged() {
        Compilation compilation = compile();
        pass.run(compilation, installed(compilation));
        cluster.see();
        pass.run(compilation, installed(compilation));
        int looks = cluster.looks();
        Compilation scaled = compilation.with(EndpointTable.EMPTY);
        Rollout before = installed(compilation).rollout();
        var pushed = new Rollout(
                before.connected(),
                Optional.of(TableVersion.NONE.nextEndpoints()),
                before.digest(),
                before.refusal(),
                before.sources(),
                before.replicas());

        pass.run(scaled, digests.of(compilation.table(), pushed));

        assertThat(cluster.looks() - looks).as("the DataPlane alone").isEqualTo(1);
        foreignEntry();
        cluster.see();
        pass.run(scaled, digests.of(compilation.table(), pushed));
        assertThat(cluster.looks() - looks).as("somebody wrote to a route").isGreaterThan(4);
    }

    private StatusPass pass() {
        return new StatusPass(
                new StatusClient(cluster.client()),
                SETTINGS,
                cluster,
                () -> true,
                Clock.fixed(NOW, java.time.ZoneOffset.UTC));
    }

    private Progress installed(Compilation compilation) {
        return with(compilation);
    }

    private Progress with(Compilation compilation, Rollout.Replica... replicas) {
        String digest = Digest.of(compilation.table());
        Rollout rollout = new Rollout(
                true,
                Optional.of(TableVersion.NONE),
                digest,
                Optional.empty(),
                digestsOf(compilation),
                List.of(replicas));
        return digests.of(compilation.table(), rollout);
    }

    private static Map<SourceRef, String> digestsOf(Compilation compilation) {
        return new SourceDigests().of(compilation.table());
    }

    private Compilation compile() {
        SnapshotBuilder builder = ClusterSnapshot.builder();
        objects.forEach(builder::add);
        return new RouteTableCompiler()
                .compile(
                        builder.build(),
                        CompileSettings.standard(
                                (owner, port) -> Optional.of(new BindPoint("", 11_000 + port, port)),
                                owner -> List.of("192.0.2.1"),
                                NOW));
    }

    private void add(HasMetadata object) {
        objects.add(cluster.create(object));
    }

    private static HTTPRoute route(String name) {
        return new HTTPRouteBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(name)
                .withGeneration(1L)
                .endMetadata()
                .withNewSpec()
                .addNewParentRef()
                .withName("web")
                .endParentRef()
                .addToHostnames("shop.example")
                .endSpec()
                .build();
    }

    private void foreignEntry() {
        String own =
                live().getStatus() == null || live().getStatus().getParents().isEmpty()
                        ? ""
                        : ","
                                + cluster.client()
                                        .getKubernetesSerialization()
                                        .asJson(live().getStatus().getParents().getFirst());
        cluster.client()
                .resources(HTTPRoute.class)
                .inNamespace("shop")
                .withName("cart")
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"status\":{\"parents\":[{\"parentRef\":{\"name\":\"web\"},"
                                + "\"controllerName\":\"example.com/other\",\"conditions\":[]}" + own + "]}}");
    }

    private HTTPRoute live() {
        return cluster.client()
                .resources(HTTPRoute.class)
                .inNamespace("shop")
                .withName("cart")
                .get();
    }

    private Gateway gateway() {
        return cluster.client()
                .resources(Gateway.class)
                .inNamespace("shop")
                .withName("web")
                .get();
    }

    private Condition condition(String type) {
        return live().getStatus().getParents().getLast().getConditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private String programmed() {
        return gateway().getStatus().getConditions().stream()
                .filter(condition -> condition.getType().equals("Programmed"))
                .map(condition -> condition.getStatus() + " " + condition.getReason())
                .findFirst()
                .orElseThrow();
    }
}
