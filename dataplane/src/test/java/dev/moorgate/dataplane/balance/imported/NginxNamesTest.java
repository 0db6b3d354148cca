package dev.moorgate.dataplane.balance.imported;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Endpoint.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected are the answers of lua-resty-balancer's own C code for the same endpoints, and of md5sum. */
class NginxNamesTest {
    private static final List<Endpoint> ENDPOINTS = List.of(
            four("10.0.0.1", State.READY),
            four("10.0.0.2", State.READY),
            four("10.0.0.3", State.READY),
            new Endpoint("e4", "", Optional.empty(), Optional.of("fd00::4"), 8080, Optional.empty(), State.READY),
            four("10.0.0.5", State.READY));

    private final NginxNames names = new NginxNames(ENDPOINTS, List.of("shop-cart-80", "shop-cart-http"));

    @ParameterizedTest
    @CsvSource({
        "1763700000.000.30.1, 10.0.0.3",
        "1763707919.037.31.104730, 10.0.0.5",
        "1763715838.074.32.209459, fd00::4",
        "1763723757.111.33.314188, 10.0.0.3",
        "1763731676.148.34.418917, 10.0.0.3",
        "1763739595.185.35.523646, 10.0.0.1",
        "1763747514.222.36.628375, fd00::4",
        "1763755433.259.37.733104, 10.0.0.2",
        "1763763352.296.38.837833, 10.0.0.3",
        "1763771271.333.39.942562, 10.0.0.2"
    })
    void aKeyOfModeBalancedNamesTheEndpointThatItsRingTellsOf(String key, String address) {
        assertThat(ENDPOINTS.get(names.find(key)).address()).isEqualTo(address);
    }

    @ParameterizedTest
    @CsvSource({
        "19081924cb67b5d3bcec76ce005a06f3, 1",
        "5bb71f0c4832fdb39b7156da5388fd8c, 1",
        "19081924cb67b5d3bcec76ce005a06f4, -1"
    })
    void aKeyOfModePersistentNamesTheEndpointWhoseHashItIsByNumberOrNameOfThePort(String key, int place) {
        assertThat(names.find(key)).isEqualTo(place);
    }

    @Test
    void anEndpointThatDrainsIsNotInTheRingAndKeepsItsHash() {
        List<Endpoint> later = new ArrayList<>(ENDPOINTS);
        later.set(1, four("10.0.0.2", State.DRAINING));
        var after = new NginxNames(later, List.of("shop-cart-80"));

        assertThat(after.find("1763755433.259.37.733104")).isNotEqualTo(1).isNotNegative();
        assertThat(after.find("19081924cb67b5d3bcec76ce005a06f3")).isEqualTo(1);
    }

    @Test
    void withoutEndpointsNoKeyNamesOne() {
        assertThat(new NginxNames(List.of(), List.of("shop-cart-80")).find("1763700000.000.30.1"))
                .isEqualTo(-1);
    }

    @Test
    void aBackendIsCalledByTheHashOfItsNameTwice() {
        assertThat(NginxNames.backendKey("shop-cart-80")).isEqualTo("210a2307f4fe9110ec03fecd033b51b0");
    }

    private static Endpoint four(String address, State state) {
        return new Endpoint("e" + address, "", Optional.of(address), Optional.empty(), 8080, Optional.empty(), state);
    }
}
