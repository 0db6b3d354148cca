package dev.moorgate.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.CompileSettings.KeyOutlook;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.crd.StickyPolicy;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.crd.StickyPolicyStatus;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.publish.SessionSurvey.Survey;
import dev.moorgate.operator.release.TestKeys;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.SessionCensus.Moored;
import dev.moorgate.routetable.wire.SessionCensus.Outcome;
import dev.moorgate.routetable.wire.SessionCensus.Seen;
import dev.moorgate.routetable.wire.SourceDigests;
import dev.moorgate.routetable.wire.TableVersion;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a StickyPolicy's status says of keys and sessions, and how seldom it is written. */
class StickyStatusTest {
    private static final Instant NOW = Instant.parse("2026-11-22T21:00:00Z");
    private static final KubernetesSerialization YAML = new KubernetesSerialization();
    private static final KeyRing KEYS = TestKeys.fresh().ring();

    private final MockCluster cluster = new MockCluster();
    private final List<HasMetadata> objects = new ArrayList<>();
    private final TableProgress digests = new TableProgress();
    private KeyOutlook outlook = new KeyOutlook(Optional.of(NOW.plusSeconds(3_600)), Optional.empty());
    private final StatusPass pass = pass();
    private Instant surveyed = NOW;

    private StatusPass pass() {
        return new StatusPass(
                new StatusClient(cluster.client()),
                new StatusSettings(
                        CompileSettings.INGRESS_CONTROLLER, CompileSettings.GATEWAY_CONTROLLER, "gate", "mg", "mg"),
                cluster,
                () -> true,
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @BeforeEach
    void create() {
        Arrays.stream("""
                apiVersion: gateway.networking.k8s.io/v1
                kind: GatewayClass
                metadata: {name: moorgate, generation: 1}
                spec: {controllerName: moorgate.dev/gateway-controller}
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: Gateway
                metadata: {namespace: shop, name: web, generation: 1}
                spec:
                  gatewayClassName: moorgate
                  listeners: [{name: http, port: 80, protocol: HTTP}]
                ---
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {namespace: shop, name: cart, generation: 1}
                spec:
                  parentRefs: [{name: web}]
                  rules: [{backendRefs: [{name: cart, port: 80}]}]
                ---
                apiVersion: v1
                kind: Service
                metadata: {namespace: shop, name: cart}
                spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {namespace: shop, name: cart-1, labels: {kubernetes.io/service-name: cart}}
                addressType: IPv4
                ports: [{name: http, port: 8080}]
                endpoints:
                  - addresses: [10.0.0.1]
                    conditions: {ready: true}
                    targetRef: {kind: Pod, namespace: shop, name: cart-0, uid: u-0}
                  - addresses: [10.0.0.2]
                    conditions: {ready: false, serving: true, terminating: true}
                    targetRef: {kind: Pod, namespace: shop, name: cart-1, uid: u-1}
                ---
                apiVersion: moorgate.dev/v1alpha1
                kind: StickyPolicy
                metadata: {namespace: shop, name: cart, uid: p-1, generation: 1}
                spec:
                  targetRefs: [{kind: Service, name: cart}]
                  absoluteTimeout: 8h
                """.split("(?m)^---$")).forEach(document -> add(YAML.unmarshal("---\n" + document)));
        cluster.see();
    }

    private void add(HasMetadata object) {
        objects.add(cluster.create(object));
    }

    @AfterEach
    void close() {
        pass.close();
        cluster.close();
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
                                        NOW)
                                .withMasterKeys(KEYS)
                                .withKeyOutlook(outlook));
    }

    /** How many statuses are written for a compile that our data plane runs. */
    private int write(Compilation compilation) {
        int written = pass.run(compilation, installed(compilation)).written();
        cluster.see();
        return written;
    }

    private Progress installed(Compilation compilation) {
        Rollout rollout = new Rollout(
                true,
                Optional.of(new TableVersion("0000019ac2e1a400", 1, 0)),
                Digest.of(compilation.table()),
                Optional.empty(),
                new SourceDigests().of(compilation.table()),
                List.of());
        return digests.of(compilation.table(), rollout);
    }

    private void survey(Compilation compilation, SessionCensus... replicas) {
        surveyed = surveyed.plusSeconds(60);
        pass.surveyed(new Survey(surveyed, List.of(replicas)), compilation);
    }

    private static SessionCensus census(Compilation compilation, long resumed, int first, int second) {
        UpstreamEndpoints cart = compilation.endpoints().upstreams().getFirst();
        return new SessionCensus(List.of(new SessionCensus.Sessions(
                compilation.table().sessions().getFirst().id(),
                0,
                List.of(new Outcome("new", 3), new Outcome("resumed", resumed)),
                List.of(
                        new Moored(cart.endpoints().getFirst().key(), sessions(1_000, first)),
                        new Moored(cart.endpoints().getLast().key(), sessions(2_000, second))))));
    }

    private static List<Seen> sessions(long from, int count) {
        return LongStream.range(from, from + count)
                .mapToObj(number -> new Seen(number, 30))
                .toList();
    }

    /** As the informers would have them: with the spec, and the status that was written. */
    private Compilation compileWith(String spec) {
        objects.removeIf(StickyPolicy.class::isInstance);
        StickyPolicy policy = cluster.client()
                .resources(StickyPolicy.class)
                .inNamespace("shop")
                .withName("cart")
                .get();
        policy.setSpec(YAML.unmarshal("---\n" + spec, StickyPolicySpec.class));
        objects.add(cluster.client().resource(policy).update());
        cluster.see();
        return compile();
    }

    @Test
    void whatTheLeaderTellsAllReplicasStandsInTheStatusAndIsReadFromThere() {
        String spec = "{targetRefs: [{kind: Service, name: cart}], limits: {maxSessionsPerEndpoint: 5}}";
        Compilation compilation = compileWith(spec);
        String session = compilation.table().sessions().getFirst().id();
        String first = compilation
                .endpoints()
                .upstreams()
                .getFirst()
                .endpoints()
                .getFirst()
                .key();
        write(compilation);
        assertThat(status().steering()).isEmpty();

        survey(compilation, census(compilation, 40, 6, 2));
        write(compilation);
        assertThat(status().steering())
                .containsExactly(new StickyPolicyStatus.Steering(session, List.of(first), null, List.of()));
        Compilation told = compileWith(spec);
        assertThat(told.table().sessions().getFirst().steering().full()).containsExactly(first);
        write(told);
        assertThat(write(told)).isZero();

        survey(told, census(told, 40, 4, 2));
        write(told);
        assertThat(status().steering()).isEmpty();
    }

    private StickyPolicyStatus status() {
        return cluster.client()
                .resources(StickyPolicy.class)
                .inNamespace("shop")
                .withName("cart")
                .get()
                .getStatus();
    }

    private String condition(String type) {
        return status().ancestors().getFirst().conditions().stream()
                .filter(condition -> condition.type().equals(type))
                .map(condition -> condition.status() + " " + condition.reason() + " " + condition.message())
                .findFirst()
                .orElse("none");
    }

    @Test
    void keysAndWhatIsInForceStandInTheStatus() {
        write(compile());

        assertThat(status().keys())
                .isEqualTo(
                        new StickyPolicyStatus.Keys(KEYS.keys().getFirst().kid(), List.of(), "2026-11-22T22:00:00Z"));
        assertThat(status().effective().absoluteTimeout()).isEqualTo("8h");
        assertThat(status().effective().idleTimeout()).isEqualTo("none");
        assertThat(status().effective().binding()).isEqualTo("PodUID");
        assertThat(condition("moorgate.dev/KeysRotated")).startsWith("TRUE KeysRotated");

        outlook = new KeyOutlook(Optional.empty(), Optional.of("k9"));
        write(compile());

        assertThat(status().ancestors()).as("entries of the one target").hasSize(1);
        assertThat(status().keys().nextRotation()).isNull();
        assertThat(condition("moorgate.dev/KeysRotated")).startsWith("FALSE Pending key k9 verifies");
        assertThat(condition("Accepted")).startsWith("TRUE");
    }

    @Test
    void sessionsAndDrainingEndpointsOfAllReplicasStandInTheStatus() {
        Compilation compilation = compile();
        write(compilation);
        assertThat(status().sessions()).isNull();

        survey(compilation, census(compilation, 40, 6, 2), census(compilation, 2, 6, 3));
        assertThat(write(compilation)).isEqualTo(1);

        assertThat(status().sessions().sampledAt()).isEqualTo("2026-11-22T21:01:00Z");
        assertThat(status().sessions().begun()).isEqualTo(6);
        assertThat(status().sessions().resumed()).isEqualTo(42);
        assertThat(status().sessions().endpoints())
                .containsExactly(
                        new StickyPolicyStatus.EndpointSessions("cart-0", 6L, null, "30s"),
                        new StickyPolicyStatus.EndpointSessions("cart-1", 3L, true, "30s"));
        assertThat(status().drain()).containsExactly(new StickyPolicyStatus.Drain("cart-1", 3L, null));

        survey(compilation, census(compilation, 42, 6, 0));
        assertThat(write(compilation)).isEqualTo(1);
        assertThat(status().drain()).isEmpty();
        assertThat(status().sessions().moved()).isEqualTo(Map.of());
    }

    @Test
    void steadyTrafficWritesNothingAndSoDoesALeaderThatRemembersNothing() {
        Compilation compilation = compile();
        survey(compilation, census(compilation, 1_000, 200, 50));
        write(compilation);

        for (int minute = 0; minute < 10; minute++) {
            survey(compilation, census(compilation, 1_000 + minute * 9L, 200 - minute, 50 + minute % 5));
            assertThat(write(compilation)).isZero();
            assertThat(write(compilation)).isZero();
        }
        try (StatusPass other = pass()) {
            other.surveyed(
                    new Survey(surveyed.plusSeconds(60), List.of(census(compilation, 1_010, 199, 50))), compilation);
            assertThat(other.run(compilation, installed(compilation)).written()).isZero();
        }
    }
}
