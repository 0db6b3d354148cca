package dev.moorgate.operator.expose;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PortAllotmentTest {
    private static final int RUNS = 200;

    @Test
    void noTwoPortsShareOneAndTheOrderOfWhatIsGivenDoesNotMatter() {
        for (int seed = 0; seed < RUNS; seed++) {
            Random dice = new Random(seed);
            List<PortDemand> demands = demands(dice, 1 + dice.nextInt(40));
            List<PortHolding> holdings = holdings(dice, demands);
            PortAllotment allotment = PortAllotment.of(demands, holdings);

            Collections.shuffle(demands, dice);
            Collections.shuffle(holdings, dice);

            assertThat(PortAllotment.of(demands, holdings)).as("seed %d", seed).isEqualTo(allotment);
            Set<Integer> seen = new HashSet<>();
            for (PortDemand demand : demands) {
                for (int declared : demand.ports()) {
                    int port = allotment.find(demand.gateway(), declared).orElseThrow();
                    assertThat(port).isBetween(PortAllotment.FIRST, PortAllotment.LAST);
                    assertThat(seen.add(port)).as("seed %d: %d", seed, port).isTrue();
                }
            }
        }
    }

    @Test
    void whatServicesHoldStaysThroughEveryChangeOfOtherGateways() {
        for (int seed = 0; seed < RUNS; seed++) {
            Random dice = new Random(seed);
            List<PortDemand> demands = demands(dice, 20);
            Map<String, Map<Integer, Integer>> services = new TreeMap<>();
            for (int step = 0; step < 10; step++) {
                PortAllotment allotment = PortAllotment.of(demands, services(services));
                for (PortDemand demand : demands) {
                    Map<Integer, Integer> before = services.getOrDefault(demand.gateway(), Map.of());
                    before.forEach((declared, port) -> {
                        if (demand.ports().contains(declared)) {
                            assertThat(allotment.find(demand.gateway(), declared))
                                    .hasValue(port);
                        }
                    });
                    // Some leaders die before they have written.
                    if (dice.nextInt(4) > 0) {
                        services.put(demand.gateway(), allotment.ports(demand.gateway()));
                    }
                }
                demands.remove(dice.nextInt(demands.size()));
                demands.addAll(demands(dice, 1));
            }
        }
    }

    @Test
    void aPortThatAServiceOfAGoneGatewayLeadsToIsNobodyElses() {
        PortDemand demand = PortDemand.of("shop/web", "uid-1", List.of(80));
        int first = PortAllotment.of(List.of(demand), List.of())
                .find("shop/web", 80)
                .orElseThrow();

        PortAllotment allotment =
                PortAllotment.of(List.of(demand), List.of(PortHolding.of("gone/gateway", "2026", Map.of(443, first))));

        assertThat(allotment.find("shop/web", 80)).hasValue(first + 1);
        assertThat(allotment.find("gone/gateway", 443)).isEmpty();
    }

    @Test
    void ofTwoServicesThatLeadToOnePortTheOlderKeepsIt() {
        List<PortDemand> demands =
                List.of(PortDemand.of("a/a", "uid-a", List.of(80)), PortDemand.of("b/b", "uid-b", List.of(80)));

        PortAllotment allotment = PortAllotment.of(
                demands,
                List.of(
                        PortHolding.of("a/a", "2026-02", Map.of(80, 12_345)),
                        PortHolding.of("b/b", "2026-01", Map.of(80, 12_345))));

        assertThat(allotment.find("b/b", 80)).hasValue(12_345);
        assertThat(allotment.find("a/a", 80).orElseThrow()).isNotEqualTo(12_345);
    }

    @Test
    void portsOutsideOfTheRangeAreNotKeptAndWhatIsNoPortIsNotDemanded() {
        PortAllotment allotment = PortAllotment.of(
                List.of(PortDemand.of("a/a", "uid-a", List.of(0, 80, 70_000, -1))),
                List.of(PortHolding.of("a/a", "2026", Map.of(80, 8080))));

        assertThat(allotment.ports("a/a")).containsOnlyKeys(80);
        assertThat(allotment.find("a/a", 80).orElseThrow()).isBetween(PortAllotment.FIRST, PortAllotment.LAST);
    }

    @Test
    void whenAllPortsAreTakenTheRestGetsNone() {
        List<PortDemand> demands = new ArrayList<>();
        for (int i = 0; i < 21; i++) {
            List<Integer> ports = new ArrayList<>();
            for (int port = 1; port <= 1_000; port++) {
                ports.add(port);
            }
            demands.add(PortDemand.of("a/gateway-" + i, "uid-%02d".formatted(i), ports));
        }

        PortAllotment allotment = PortAllotment.of(demands, List.of());

        assertThat(demands.stream()
                        .mapToInt(demand -> allotment.ports(demand.gateway()).size())
                        .sum())
                .isEqualTo(20_000);
        assertThat(allotment.find("a/gateway-20", 1)).isEmpty();
    }

    private static List<PortDemand> demands(Random dice, int count) {
        List<PortDemand> demands = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<Integer> ports = new ArrayList<>();
            for (int j = dice.nextInt(5); j >= 0; j--) {
                ports.add(1 + dice.nextInt(100));
            }
            String id = Long.toHexString(dice.nextLong());
            demands.add(PortDemand.of("ns/" + id, "uid-" + id, ports));
        }
        return demands;
    }

    /** Some hold what they will be allotted, some anything. */
    private static List<PortHolding> holdings(Random dice, List<PortDemand> demands) {
        List<PortHolding> holdings = new ArrayList<>();
        for (PortDemand demand : demands) {
            if (dice.nextBoolean()) {
                Map<Integer, Integer> ports = new TreeMap<>();
                demand.ports().forEach(port -> ports.put(port, 9_990 + dice.nextInt(60)));
                holdings.add(PortHolding.of(demand.gateway(), "2026-" + dice.nextInt(9), ports));
            }
        }
        return holdings;
    }

    private static List<PortHolding> services(Map<String, Map<Integer, Integer>> services) {
        List<PortHolding> holdings = new ArrayList<>();
        services.forEach((gateway, ports) -> holdings.add(PortHolding.of(gateway, "2026", ports)));
        return holdings;
    }
}
