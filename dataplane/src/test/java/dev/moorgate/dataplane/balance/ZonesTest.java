package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.Pools.attempts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.balance.health.HealthObserver;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import dev.moorgate.routetable.Upstream.ZonePreference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests stay in the zone while it serves well, and spill over bit by bit when it does not. */
class ZonesTest {
    private final EndpointRegistry registry = new EndpointRegistry(() -> 1, "a", HealthObserver.NONE);

    @ParameterizedTest(name = "endpoints {0}, {1}: {2}")
    @CsvSource({
        "a/a b/b c/c, HINTS, a",
        "a/b b/a c/c, HINTS, b",
        "a/- b/b c/c, HINTS, a b c",
        "b/b c/c, HINTS, b c",
        "a/- b/- c/-, SAME_ZONE, a",
        "b/- c/-, SAME_ZONE, b c",
        "a/a b/b, NONE, a b"
    })
    void thePreferenceSaysWhoIsLocal(String endpoints, ZonePreference preference, String chosen) {
        EndpointSet set = set(preference, endpoints.split(" ", -1));

        assertThat(String.join(" ", counts(set, 200).keySet())).isEqualTo(chosen);
    }

    @Test
    void whereTheZoneIsNotKnownNobodyIsPreferred() {
        var elsewhere = new EndpointRegistry(() -> 1);

        assertThat(counts(elsewhere.set(upstream(ZonePreference.HINTS), endpoints("a/a", "b/b")), 100))
                .hasSize(2);
    }

    @Test
    void aThirdOfTheZoneMayFailBeforeRequestsSpillOver() {
        EndpointSet set = set(ZonePreference.SAME_ZONE, "a/- a/- a/- a/- a/- a/- a/- a/- a/- a/- b/-".split(" ", -1));
        for (int i = 0; i < 3; i++) {
            set.all().get(i).state().checkFailed("");
        }
        assertThat(counts(set, 700)).doesNotContainKey("b");

        for (int i = 3; i < 8; i++) {
            set.all().get(i).state().checkFailed("");
        }

        // 2 of 10 are good: 2/7 of the requests stay, the others go to all three that are good.
        assertThat(counts(set, 21_000).get("b")).isBetween(4_400, 5_600);
        set.all().get(8).state().checkFailed("");
        set.all().get(9).state().checkFailed("");
        assertThat(counts(set, 100)).containsOnlyKeys("b");
    }

    @Test
    void aRetryLeavesTheZoneRatherThanGoBackToTheEndpointThatFailed() {
        EndpointSet set = set(ZonePreference.SAME_ZONE, "a/-", "b/-");
        Attempts attempts = attempts();
        attempts.failed(set.pick(attempts));

        assertThat(set.pick(attempts).endpoint().zone()).contains("b");
    }

    private EndpointSet set(ZonePreference preference, String... endpoints) {
        return registry.set(upstream(preference), endpoints(endpoints));
    }

    private static Upstream upstream(ZonePreference preference) {
        return Pools.upstream("u", Balancing.ROUND_ROBIN).with(preference);
    }

    /** Of {@code zone/hint}. */
    private static List<Endpoint> endpoints(String... texts) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (String text : texts) {
            String[] parts = text.split("/", -1);
            endpoints.add(new Endpoint(
                    "pod%02d".formatted(endpoints.size()),
                    "",
                    Optional.of("10.0.0.1"),
                    Optional.empty(),
                    8080,
                    Optional.of(parts[0]),
                    parts[1].equals("-") ? List.of() : List.of(parts[1]),
                    Endpoint.State.READY));
        }
        return endpoints;
    }

    /** Picks by zone. */
    private static Map<String, Integer> counts(EndpointSet set, int picks) {
        Map<String, Integer> counts = new TreeMap<>();
        Attempts attempts = attempts();
        for (int i = 0; i < picks; i++) {
            counts.merge(set.pick(attempts).endpoint().zone().orElseThrow(), 1, Integer::sum);
        }
        return counts;
    }
}
