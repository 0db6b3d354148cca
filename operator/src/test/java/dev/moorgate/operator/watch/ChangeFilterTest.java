package dev.moorgate.operator.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRoute;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteBuilder;
import org.junit.jupiter.api.Test;

class ChangeFilterTest {
    private static final HTTPRoute ROUTE = new HTTPRouteBuilder()
            .withNewMetadata()
            .withName("cart")
            .withGeneration(1L)
            .withResourceVersion("1")
            .endMetadata()
            .build();

    @Test
    void aStatusThatWeWroteIsNoChange() {
        HTTPRoute written = new HTTPRouteBuilder(ROUTE)
                .editMetadata()
                .withResourceVersion("2")
                .endMetadata()
                .withNewStatus()
                .endStatus()
                .build();

        assertThat(ChangeFilter.isChange(ROUTE, written)).isFalse();
    }

    @Test
    void aNewGenerationOrAnnotationIsAChange() {
        HTTPRoute changed = new HTTPRouteBuilder(ROUTE)
                .editMetadata()
                .withGeneration(2L)
                .endMetadata()
                .build();
        HTTPRoute annotated = new HTTPRouteBuilder(ROUTE)
                .editMetadata()
                .addToAnnotations("a", "b")
                .endMetadata()
                .build();

        assertThat(ChangeFilter.isChange(ROUTE, changed)).isTrue();
        assertThat(ChangeFilter.isChange(ROUTE, annotated)).isTrue();
    }

    @Test
    void anAddressThatAServiceGetsIsAChangeThoughItIsStatus() {
        Service before = new ServiceBuilder()
                .withNewMetadata()
                .withName("web")
                .endMetadata()
                .build();
        Service after = new ServiceBuilder(before)
                .withNewStatus()
                .withNewLoadBalancer()
                .addNewIngress()
                .withIp("10.98.0.1")
                .endIngress()
                .endLoadBalancer()
                .endStatus()
                .build();

        assertThat(ChangeFilter.isChange(before, after)).isTrue();
    }

    @Test
    void aSliceWhoseListsAreNullIsKeptWithEmptyOnes() {
        TrimmedStore<EndpointSlice> store = new TrimmedStore<>(slice -> {});
        EndpointSlice slice = new EndpointSlice();
        slice.setMetadata(
                new ObjectMetaBuilder().withName("app-1").withNamespace("shop").build());
        slice.setEndpoints(null);
        slice.setPorts(null);

        store.put("shop/app-1", slice);

        assertThat(slice.getEndpoints()).isEmpty();
        assertThat(slice.getPorts()).isEmpty();
        assertThat(ChangeFilter.isChange(slice, slice)).isFalse();
    }
}
