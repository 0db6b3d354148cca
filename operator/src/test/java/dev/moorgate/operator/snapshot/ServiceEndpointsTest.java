package dev.moorgate.operator.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Endpoint.State;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The endpoints of a Service by its slices, and addresses that are none (fault I10). */
class ServiceEndpointsTest {
    private static final String SERVICE = """
            apiVersion: v1
            kind: Service
            metadata: {namespace: shop, name: cart}
            spec:
              ports:
                - {name: http, port: 80, targetPort: web}
                - {name: admin, port: 81, targetPort: 9000}
                - {name: dns, port: 53, protocol: UDP}
            ---
            """;

    @Test
    void aPortIsFoundByNumberAndByName() {
        ClusterSnapshot snapshot = snapshot(slice("a", "IPv4", "{addresses: [10.0.0.1]}"));

        assertThat(endpoints(snapshot.endpoints("shop", "cart", 80)))
                .map(Endpoint::port)
                .containsExactly(8080);
        assertThat(endpoints(snapshot.endpoints("shop", "cart", "http")))
                .isEqualTo(endpoints(snapshot.endpoints("shop", "cart", 80)));
        assertThat(endpoints(snapshot.endpoints("shop", "cart", "admin")))
                .map(Endpoint::port)
                .containsExactly(9000);
    }

    @Test
    void aPortThatIsNotThereIsToldWithThoseThatAre() {
        ClusterSnapshot snapshot = snapshot("");

        assertThat(snapshot.endpoints("shop", "cart", 8080))
                .isEqualTo(new ServiceEndpoints.NoPort(List.of("http (80)", "admin (81)")));
        assertThat(snapshot.endpoints("shop", "cart", "web")).isInstanceOf(ServiceEndpoints.NoPort.class);
        assertThat(snapshot.endpoints("shop", "cart", 53)).isInstanceOf(ServiceEndpoints.NoPort.class);
        assertThat(snapshot.endpoints("other", "cart", 80)).isEqualTo(new ServiceEndpoints.NoService());
    }

    @Test
    void aServiceWithoutSlicesHasNoEndpoints() {
        assertThat(endpoints(snapshot("").endpoints("shop", "cart", 80))).isEmpty();
    }

    @Test
    void aPodOfADualStackServiceIsOneEndpoint() {
        ClusterSnapshot snapshot =
                snapshot(slice("a", "IPv4", "{addresses: [10.0.0.1], zone: z1, " + pod("u1", "cart-0") + "}")
                        + slice("b", "IPv6", "{addresses: ['fd00::1'], " + pod("u1", "cart-0") + "}"));

        assertThat(endpoints(snapshot.endpoints("shop", "cart", 80)))
                .containsExactly(new Endpoint(
                        "u1:8080",
                        "cart-0",
                        Optional.of("10.0.0.1"),
                        Optional.of("fd00::1"),
                        8080,
                        Optional.of("z1"),
                        State.READY));
    }

    @Test
    void anEndpointWithoutAPodIsKnownByItsAddress() {
        ClusterSnapshot snapshot = snapshot(
                slice("a", "IPv4", "{addresses: [10.0.0.1]}") + slice("b", "IPv6", "{addresses: ['fd00::1']}"));

        assertThat(endpoints(snapshot.endpoints("shop", "cart", 80)))
                .map(Endpoint::key)
                .containsExactly("shop/cart/10.0.0.1:8080", "shop/cart/[fd00::1]:8080");
    }

    @Test
    void aTerminatingPodDrainsWhileItServes() {
        ClusterSnapshot snapshot = snapshot(slice(
                "a",
                "IPv4",
                "{addresses: [10.0.0.1], conditions: {ready: true, serving: true, terminating: false}}",
                "{addresses: [10.0.0.2], conditions: {ready: false, serving: true, terminating: true}}",
                "{addresses: [10.0.0.3], conditions: {ready: false, serving: false, terminating: true}}",
                "{addresses: [10.0.0.4], conditions: {ready: false, serving: false, terminating: false}}",
                "{addresses: [10.0.0.5], conditions: {}}"));

        assertThat(endpoints(snapshot.endpoints("shop", "cart", 80)))
                .map(endpoint -> endpoint.address() + " " + endpoint.state())
                .containsExactly("10.0.0.1 READY", "10.0.0.2 DRAINING", "10.0.0.5 READY");
    }

    @Test
    void aPodInTwoSlicesIsOneEndpointAndReadyIfItIsInEither() {
        ClusterSnapshot snapshot = snapshot(slice(
                        "a",
                        "IPv4",
                        "{addresses: [10.0.0.1], conditions: {ready: false, serving: true, terminating: true}, "
                                + pod("u1", "cart-0") + "}")
                + slice("b", "IPv4", "{addresses: [10.0.0.9], " + pod("u1", "cart-0") + "}"));

        assertThat(endpoints(snapshot.endpoints("shop", "cart", 80)))
                .singleElement()
                .satisfies(endpoint -> {
                    assertThat(endpoint.state()).isEqualTo(State.READY);
                    assertThat(endpoint.address()).isEqualTo("10.0.0.9");
                });
    }

    @Test
    void theOrderOfManifestsDoesNotMatter() {
        String one = slice("a", "IPv4", "{addresses: [10.0.0.2], " + pod("u2", "cart-1") + "}");
        String other = slice("b", "IPv4", "{addresses: [10.0.0.1], " + pod("u1", "cart-0") + "}");

        assertThat(endpoints(snapshot(one + other).endpoints("shop", "cart", 80)))
                .isEqualTo(endpoints(snapshot(other + one).endpoints("shop", "cart", 80)))
                .map(Endpoint::key)
                .containsExactly("u1:8080", "u2:8080");
    }

    @Test
    void addressesThatCannotBeUsedAreToldAndLeftOut() {
        ClusterSnapshot snapshot = snapshot(slice("a", "IPv4", "{addresses: [10.1]}", "{addresses: [10.0.0.1]}")
                + slice("b", "IPv6", "{addresses: ['fe80::1%eth0']}")
                + slice("c", "FQDN", "{addresses: [example.com]}"));

        assertThat(snapshot.endpoints("shop", "cart", 80))
                .isInstanceOfSatisfying(ServiceEndpoints.Found.class, found -> {
                    assertThat(found.endpoints()).map(Endpoint::address).containsExactly("10.0.0.1");
                    assertThat(found.unusable())
                            .containsExactly(
                                    "EndpointSlice shop/a: \"10.1\" is no IPv4 address",
                                    "EndpointSlice shop/b: \"fe80::1%eth0\" is no IPv6 address",
                                    "EndpointSlice shop/c: addressType FQDN is not served: use IPv4 or IPv6");
                });
    }

    @Test
    void anExternalNameIsRefused() {
        ClusterSnapshot snapshot = Manifests.snapshot("""
                apiVersion: v1
                kind: Service
                metadata: {namespace: shop, name: cart}
                spec: {type: ExternalName, externalName: example.com}
                """);

        assertThat(snapshot.endpoints("shop", "cart", 80)).isEqualTo(new ServiceEndpoints.ExternalName("example.com"));
    }

    @Test
    void endpointsOfTheOlderKindCountWhereNoSliceIs() {
        String older = """
                apiVersion: v1
                kind: Endpoints
                metadata: {namespace: shop, name: cart}
                subsets:
                  - addresses: [{ip: 10.0.0.7}, {ip: 'fd00::7'}]
                    notReadyAddresses: [{ip: 10.0.0.8}]
                    ports: [{name: http, port: 8080}]
                ---
                """;

        assertThat(endpoints(snapshot(older).endpoints("shop", "cart", 80)))
                .map(Endpoint::address)
                .containsExactly("10.0.0.7", "fd00::7");
        assertThat(endpoints(snapshot(older + slice("a", "IPv4", "{addresses: [10.0.0.1]}"))
                        .endpoints("shop", "cart", 80)))
                .map(Endpoint::address)
                .containsExactly("10.0.0.1");
    }

    private static ClusterSnapshot snapshot(String more) {
        return Manifests.snapshot(SERVICE + more);
    }

    private static String slice(String name, String family, String... endpoints) {
        return """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {namespace: shop, name: %s, labels: {kubernetes.io/service-name: cart}}
                addressType: %s
                ports: [{name: http, port: 8080, protocol: TCP}, {name: admin, port: 9000}]
                endpoints: [%s]
                ---
                """.formatted(name, family, String.join(", ", endpoints));
    }

    private static String pod(String uid, String name) {
        return "targetRef: {kind: Pod, namespace: shop, name: " + name + ", uid: " + uid + "}";
    }

    private static List<Endpoint> endpoints(ServiceEndpoints found) {
        assertThat(found).isInstanceOf(ServiceEndpoints.Found.class);
        return ((ServiceEndpoints.Found) found).endpoints();
    }
}
