package dev.moorgate.operator.expose;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayBuilder;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GatewayServiceTest {
    private static final ServiceSettings SETTINGS = new ServiceSettings(
            "mg", "gate", "mg", Map.of("app", "moorgate"), "LoadBalancer", Map.of("team", "edge"), Map.of());
    private static final NavigableMap<Integer, Integer> PORTS = new TreeMap<>(Map.of(80, 11_111, 443, 12_222));

    @Test
    void aGatewayGetsAServiceThatSelectsThePodsAndLeadsToItsOwnPorts() {
        Service service = wanted(gateway("shop", "web").build(), Optional.empty());

        assertThat(service.getMetadata().getNamespace()).isEqualTo("gate");
        assertThat(service.getMetadata().getName()).startsWith("mg-shop-web-");
        assertThat(service.getMetadata().getLabels())
                .containsEntry("gateway.networking.k8s.io/gateway-name", "web")
                .containsEntry("moorgate.dev/gateway-namespace", "shop")
                .containsEntry("team", "edge");
        assertThat(service.getMetadata().getOwnerReferences())
                .hasSize(1)
                .first()
                .satisfies(owner -> assertThat(owner.getUid()).isEqualTo("uid-dp"));
        assertThat(service.getSpec().getSelector()).isEqualTo(Map.of("app", "moorgate"));
        assertThat(service.getSpec().getPorts())
                .extracting(ServicePort::getPort, port -> port.getTargetPort().getIntVal())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(80, 11_111),
                        org.assertj.core.groups.Tuple.tuple(443, 12_222));
    }

    @Test
    void theSameAgainIsTheSame() {
        Gateway gateway = gateway("shop", "web").build();
        Service first = wanted(gateway, Optional.empty());

        assertThat(wanted(gateway, Optional.of(first))).isEqualTo(first);
    }

    @Test
    void nodePortsAndWhatOthersAddedStay() {
        Gateway gateway = gateway("shop", "web").build();
        Service first = wanted(gateway, Optional.empty());
        first.getSpec().getPorts().forEach(port -> port.setNodePort(30_000 + port.getPort()));
        first.getMetadata().getAnnotations().put("lb.example/id", "17");
        first.getSpec().setHealthCheckNodePort(31_000);

        Service second = wanted(gateway, Optional.of(first));

        assertThat(second).isEqualTo(first);
        assertThat(second.getSpec().getPorts())
                .extracting(ServicePort::getNodePort)
                .containsExactly(30_080, 30_443);
    }

    @Test
    void infrastructureIsLentAndTakenBack() {
        Gateway with = gateway("shop", "web")
                .editSpec()
                .withNewInfrastructure()
                .addToLabels("cost", "7")
                .addToAnnotations("lb.example/internal", "true")
                // Ours win: a Service that is not found again would be made twice.
                .addToLabels("moorgate.dev/dataplane", "another")
                .endInfrastructure()
                .endSpec()
                .build();
        Service first = wanted(with, Optional.empty());
        first.getMetadata().getAnnotations().put("lb.example/id", "17");

        Service second = wanted(gateway("shop", "web").build(), Optional.of(first));

        assertThat(first.getMetadata().getLabels())
                .containsEntry("cost", "7")
                .containsEntry("moorgate.dev/dataplane", "mg");
        assertThat(first.getMetadata().getAnnotations()).containsEntry("lb.example/internal", "true");
        assertThat(second.getMetadata().getLabels())
                .doesNotContainKey("cost")
                .containsEntry("moorgate.dev/dataplane", "mg")
                .containsEntry("team", "edge");
        assertThat(second.getMetadata().getAnnotations())
                .doesNotContainKey("lb.example/internal")
                .containsEntry("lb.example/id", "17");
    }

    @Test
    void anAddressThatAGatewayAsksForIsAskedOfTheLoadBalancerAndNeverTaken() {
        Gateway gateway = gateway("shop", "web")
                .editSpec()
                .addNewAddress()
                .withType("IPAddress")
                .withValue("192.0.2.7")
                .endAddress()
                .endSpec()
                .build();
        ServiceSettings cluster =
                new ServiceSettings("mg", "gate", "mg", Map.of("app", "moorgate"), "ClusterIP", Map.of(), Map.of());

        assertThat(wanted(gateway, Optional.empty()).getSpec().getLoadBalancerIP())
                .isEqualTo("192.0.2.7");
        Service inside = GatewayService.wanted(gateway, Optional.empty(), PORTS, cluster, "", false)
                .orElseThrow();
        assertThat(inside.getSpec().getLoadBalancerIP()).isNull();
        assertThat(inside.getSpec().getExternalIPs()).isEmpty();
    }

    @Test
    void theFirstAddressThatSomebodyCouldReachIsAskedFor() {
        var asked = gateway("shop", "web").editSpec();
        for (String value :
                List.of("127.0.0.1", "0.0.0.0", "224.0.0.1", "fe80::1", "no address", "", "192.0.2.8", "192.0.2.9")) {
            asked = asked.addNewAddress().withValue(value).endAddress();
        }
        Gateway gateway = asked.endSpec().build();

        assertThat(wanted(gateway, Optional.empty()).getSpec().getLoadBalancerIP())
                .isEqualTo("192.0.2.8");
    }

    @Test
    void namesFitAndDifferHoweverLongTheyAre() {
        String longest = "a".repeat(253);

        assertThat(GatewayServiceNames.service("mg", "shop", longest))
                .hasSize(63)
                .isNotEqualTo(GatewayServiceNames.service("mg", "shop", "a".repeat(252)));
        assertThat(GatewayServiceNames.service("mg", "a-b", "c"))
                .isNotEqualTo(GatewayServiceNames.service("mg", "a", "b-c"));
        assertThat(GatewayServiceNames.service("1mg", "shop", "web.example")).matches("[a-z]([-a-z0-9]*[a-z0-9])?");
        assertThat(GatewayServiceNames.label(longest)).hasSize(63);
        assertThat(GatewayServiceNames.label("web")).isEqualTo("web");
    }

    @Test
    void portsOfHttpsHaveUdpBesideThemWhereHttp3IsSpoken() {
        Gateway gateway = gateway("shop", "web")
                .editSpec()
                .addNewListener()
                .withName("clear")
                .withPort(80)
                .withProtocol("HTTP")
                .endListener()
                .addNewListener()
                .withName("secured")
                .withPort(443)
                .withProtocol("HTTPS")
                .endListener()
                .endSpec()
                .build();
        Service first = GatewayService.wanted(gateway, Optional.empty(), PORTS, SETTINGS, "", true)
                .orElseThrow();
        assertThat(first.getSpec().getPorts())
                .extracting(
                        ServicePort::getName,
                        ServicePort::getProtocol,
                        port -> port.getTargetPort().getIntVal())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("port-80", "TCP", 11_111),
                        org.assertj.core.groups.Tuple.tuple("port-443", "TCP", 12_222),
                        org.assertj.core.groups.Tuple.tuple("port-443-h3", "UDP", 12_222));
        first.getSpec().getPorts().get(1).setNodePort(30_443);
        first.getSpec().getPorts().get(2).setNodePort(30_444);

        Service same = GatewayService.wanted(gateway, Optional.of(first), PORTS, SETTINGS, "", true)
                .orElseThrow();
        assertThat(same).isEqualTo(first);
        Service off = GatewayService.wanted(gateway, Optional.of(first), PORTS, SETTINGS, "", false)
                .orElseThrow();
        assertThat(off.getSpec().getPorts())
                .extracting(ServicePort::getNodePort)
                .containsExactly(null, 30_443);
    }

    private static Service wanted(Gateway gateway, Optional<Service> existing) {
        return GatewayService.wanted(gateway, existing, PORTS, SETTINGS, "uid-dp", false)
                .orElseThrow();
    }

    private static GatewayBuilder gateway(String namespace, String name) {
        return new GatewayBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withGatewayClassName("moorgate")
                .endSpec();
    }
}
