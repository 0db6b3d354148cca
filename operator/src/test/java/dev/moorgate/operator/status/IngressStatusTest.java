package dev.moorgate.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClassBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The addresses in an Ingress's status while its class is ours, when it is no longer, and where it never was (fault I12). */
class IngressStatusTest {
    private static final Instant NOW = Instant.parse("2026-11-22T21:00:00Z");
    private static final String ADDRESS = "192.0.2.1";
    private static final StatusSettings SETTINGS = new StatusSettings(
            CompileSettings.INGRESS_CONTROLLER, CompileSettings.GATEWAY_CONTROLLER, "gate", "mg", "mg");

    private final MockCluster cluster = new MockCluster();
    private final StatusPass pass = pass();

    @BeforeEach
    void create() {
        cluster.create(ingressClass("ours", CompileSettings.INGRESS_CONTROLLER));
        cluster.create(ingressClass("others", "example.com/other"));
        cluster.create(new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("gate")
                .withName("mg")
                .endMetadata()
                .withNewSpec()
                .withType("LoadBalancer")
                .endSpec()
                .withNewStatus()
                .withNewLoadBalancer()
                .addNewIngress()
                .withIp(ADDRESS)
                .endIngress()
                .endLoadBalancer()
                .endStatus()
                .build());
    }

    @AfterEach
    void close() {
        pass.close();
        cluster.close();
    }

    @Test
    void anIngressThatGoesToAnotherClassLosesOurAddressAndGetsItAgainWhenItComesBack() {
        ingress("cart", "ours");
        walk(pass);
        assertThat(addresses("cart")).containsExactly(ADDRESS);

        become("cart", "others");
        tell("cart", ADDRESS, "198.51.100.7");
        walk(pass);
        assertThat(addresses("cart")).as("another controller's stays").containsExactly("198.51.100.7");

        become("cart", "ours");
        walk(pass);
        assertThat(addresses("cart")).containsExactly(ADDRESS);
    }

    @Test
    void anIngressWhoseClassIsDeletedOrTakenOutLosesOurAddressAlsoFromALeaderThatRemembersNothing() {
        ingress("cart", "ours");
        ingress("search", "ours");
        walk(pass);
        assertThat(addresses("search")).containsExactly(ADDRESS);

        cluster.client().resources(IngressClass.class).withName("ours").delete();
        become("search", "");
        try (StatusPass next = pass()) {
            walk(next);
        }

        assertThat(addresses("cart")).isEmpty();
        assertThat(addresses("search")).isEmpty();
    }

    /** Addresses of nodes are every controller's. */
    @Test
    void anIngressOfAnotherControllerKeepsAnAddressThatIsOursToo() {
        ingress("foreign", "others");
        tell("foreign", ADDRESS);
        ingress("before-classes", "");
        annotate("before-classes", "nginx");
        tell("before-classes", ADDRESS);
        int written = walk(pass);

        assertThat(written).isZero();
        assertThat(addresses("foreign")).containsExactly(ADDRESS);
        assertThat(addresses("before-classes")).containsExactly(ADDRESS);
    }

    @Test
    void whoGetsAnIngressFromUsMayHaveTheSameAddress() {
        ingress("cart", "ours");
        walk(pass);
        become("cart", "others");
        walk(pass);
        assertThat(addresses("cart")).isEmpty();

        tell("cart", ADDRESS);
        walk(pass);
        assertThat(addresses("cart")).as("the other controller's by now").containsExactly(ADDRESS);
    }

    /** One pass on what the cluster holds. */
    private int walk(StatusPass with) {
        cluster.see();
        SnapshotBuilder builder = ClusterSnapshot.builder();
        Stream.of("IngressClass", "Ingress", "Service")
                .flatMap(kind -> cluster.list(kind).stream())
                .map(HasMetadata.class::cast)
                .forEach(builder::add);
        Compilation compilation = new RouteTableCompiler()
                .compile(
                        builder.build(),
                        CompileSettings.standard(
                                (owner, port) -> Optional.of(new BindPoint("", 11_000 + port, port)),
                                owner -> List.of(ADDRESS),
                                NOW));
        return with.run(compilation, new TableProgress().of(compilation.table(), Rollout.NONE))
                .written();
    }

    private StatusPass pass() {
        return new StatusPass(
                new StatusClient(cluster.client()), SETTINGS, cluster, () -> true, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private static IngressClass ingressClass(String name, String controller) {
        return new IngressClassBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withController(controller)
                .endSpec()
                .build();
    }

    /** An empty class: none. */
    private void ingress(String name, String className) {
        cluster.create(new IngressBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(name)
                .withGeneration(1L)
                .endMetadata()
                .withNewSpec()
                .withIngressClassName(className.isEmpty() ? null : className)
                .withNewDefaultBackend()
                .withNewService()
                .withName("cart")
                .withNewPort()
                .withNumber(80)
                .endPort()
                .endService()
                .endDefaultBackend()
                .endSpec()
                .build());
    }

    private void become(String name, String className) {
        Ingress ingress = live(name);
        ingress.getSpec().setIngressClassName(className.isEmpty() ? null : className);
        cluster.client().resource(ingress).update();
    }

    private void annotate(String name, String className) {
        Ingress ingress = live(name);
        ingress.getMetadata().setAnnotations(Map.of("kubernetes.io/ingress.class", className));
        cluster.client().resource(ingress).update();
    }

    /** What another controller writes. */
    private void tell(String name, String... addresses) {
        String list = String.join(
                ",", Stream.of(addresses).map(ip -> "{\"ip\":\"" + ip + "\"}").toList());
        cluster.client()
                .resources(Ingress.class)
                .inNamespace("shop")
                .withName(name)
                .subresource("status")
                .patch(
                        PatchContext.of(PatchType.JSON_MERGE),
                        "{\"status\":{\"loadBalancer\":{\"ingress\":[" + list + "]}}}");
    }

    private Ingress live(String name) {
        return cluster.client()
                .resources(Ingress.class)
                .inNamespace("shop")
                .withName(name)
                .get();
    }

    private List<String> addresses(String name) {
        Ingress ingress = live(name);
        if (ingress.getStatus() == null
                || ingress.getStatus().getLoadBalancer() == null
                || ingress.getStatus().getLoadBalancer().getIngress() == null) {
            return List.of();
        }
        return ingress.getStatus().getLoadBalancer().getIngress().stream()
                .map(one -> one.getIp())
                .toList();
    }
}
