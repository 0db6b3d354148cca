package dev.moorgate.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.operator.expose.GatewayServiceNames;
import dev.moorgate.operator.expose.PortAllotment;
import dev.moorgate.operator.expose.PortDemand;
import dev.moorgate.operator.expose.ServiceSettings;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GatewayServicesTest {
    private static final ServiceSettings SETTINGS =
            new ServiceSettings("mg", "gate", "mg", Map.of("app", "moorgate"), "LoadBalancer", Map.of(), Map.of());
    private static final PortAllotment PORTS =
            PortAllotment.of(List.of(PortDemand.of("shop/web", "uid", List.of(80))), List.of());

    private final MockCluster cluster = new MockCluster();
    private final GatewayServices services = services();

    private GatewayServices services() {
        return new GatewayServices(cluster.client(), SETTINGS, "moorgate.dev/gateway-controller", cluster, () -> true);
    }

    @AfterEach
    void close() {
        services.close();
        cluster.close();
    }

    @Test
    void aGatewayGetsItsServiceAndTwoLeadersDoNotQuarrelOverIt() {
        cluster.create(gateway());
        cluster.see();
        try (GatewayServices other = services()) {
            services.write(report("web"), PORTS);
            other.write(report("web"), PORTS);
            await(() -> service() != null);
            Service first = service();
            cluster.see();
            int requests = cluster.requests();
            assertThat(services.pass()).isFalse();
            assertThat(other.pass()).isFalse();
            assertThat(cluster.requests()).isEqualTo(requests);
            assertThat(service()).isEqualTo(first);
        }
    }

    @Test
    void theServiceOfAGoneGatewayIsSweptAndOthersAreNot() {
        cluster.create(gateway());
        cluster.see();
        services.write(report("web"), PORTS);
        await(() -> service() != null);
        Service anothers = cluster.create(new ServiceBuilder(service())
                .editMetadata()
                .withName("anothers")
                .withResourceVersion(null)
                .addToLabels("moorgate.dev/dataplane", "other-release")
                .endMetadata()
                .build());
        cluster.see();

        // The report is wrong, the Gateway is there: its address must not be lost.
        services.write(report(), PORTS);
        services.pass();
        assertThat(service()).isNotNull();

        cluster.client().resource(gateway()).delete();
        cluster.see();
        services.pass();
        assertThat(service()).isNull();
        assertThat(cluster.read(anothers)).isNotNull();
    }

    @Test
    void aServiceOfThatNameThatIsSomebodyElsesIsLeftAlone() {
        Service foreign = cluster.create(new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("gate")
                .withName(GatewayServiceNames.service("mg", "shop", "web"))
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build());
        cluster.create(gateway());
        cluster.see();

        services.write(report("web"), PORTS);
        services.pass();

        assertThat(service()).isEqualTo(foreign);
    }

    private @org.jspecify.annotations.Nullable Service service() {
        return cluster.client()
                .services()
                .inNamespace("gate")
                .withName(GatewayServiceNames.service("mg", "shop", "web"))
                .get();
    }

    private static StatusReport report(String... gateways) {
        var report = StatusReport.builder();
        for (String name : gateways) {
            report.gateway(new ObjectRef("gateway.networking.k8s.io/v1", "Gateway", "shop", name, 1));
        }
        return report.build();
    }

    private static Gateway gateway() {
        return new GatewayBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withGatewayClassName("moorgate")
                .endSpec()
                .build();
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as("in time").isNegative();
            Thread.onSpinWait();
        }
    }
}
