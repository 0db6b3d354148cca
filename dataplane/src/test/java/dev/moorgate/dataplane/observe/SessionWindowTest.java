package dev.moorgate.dataplane.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SessionWindowTest {
    private final SortedMap<String, SortedMap<String, Long>> totals = new TreeMap<>();
    private long now = 1_000;
    private final SessionWindow window = new SessionWindow(() -> new TreeMap<>(totals), () -> now);

    private void count(long resumed) {
        totals.put("cart", new TreeMap<>(Map.of("resumed", resumed)));
    }

    @Test
    void whatHappenedSinceTheStartCountsWhileThatIsLessThanTheWindow() {
        count(40);
        now += 90;

        assertThat(window.lately().get("cart")).containsEntry("resumed", 40L);
    }

    @Test
    void whatIsOlderThanTheWindowNoLongerCounts() {
        for (int minute = 1; minute <= 30; minute++) {
            count(minute * 10L);
            now += 60;
            window.lately();
        }

        assertThat(window.lately().get("cart").get("resumed")).isBetween(100L, 110L);
        now += 3_600;
        window.lately();
        assertThat(window.lately().get("cart")).containsEntry("resumed", 0L);
    }

    @Test
    void countersThatBeganAnewAreTakenAsTheyAre() {
        count(500);
        now += 60;
        window.lately();
        for (int minute = 1; minute <= 12; minute++) {
            count(3);
            now += 60;
            assertThat(window.lately().get("cart").get("resumed")).isBetween(0L, 3L);
        }
    }
}
