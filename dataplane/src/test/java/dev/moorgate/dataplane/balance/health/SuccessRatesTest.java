package dev.moorgate.dataplane.balance.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.balance.health.SuccessRates.Window;
import dev.moorgate.routetable.Upstream.SuccessRate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An endpoint is an outlier by comparison with the others, and only where there is enough to compare. */
class SuccessRatesTest {
    private static final SuccessRate RULE = new SuccessRate(Duration.ofSeconds(10), 5, 100, 190);

    @ParameterizedTest(name = "errors/answers {0}: outliers {1}")
    @CsvSource({
        "0/200 0/200 0/200 0/200 0/200, ''",
        "0/200 0/200 0/200 0/200 100/200, 4",
        "100/200 100/200 100/200 100/200 100/200, ''",
        "2/200 3/200 1/200 2/200 90/200, 4",
        "1/200 2/200 3/200 4/200 5/200, ''",
        "0/200 0/200 0/200 100/200, ''",
        "0/99 0/200 0/200 0/200 100/200, ''",
        "0/200 0/200 0/200 0/200 0/200 99/99, ''",
        "0/200 0/200 0/200 0/200 0/200 0/200 0/200 0/200 0/200 160/200 180/200, 10 9"
    })
    void anOutlierIsFarBelowTheMean(String windows, String outliers) {
        List<Window> counts = Arrays.stream(windows.split(" ", -1))
                .map(text -> text.split("/", -1))
                .map(pair -> new Window(Long.parseLong(pair[1]), Long.parseLong(pair[0])))
                .toList();
        int[] wanted = Arrays.stream(outliers.split(" ", -1))
                .filter(text -> !text.isEmpty())
                .mapToInt(Integer::parseInt)
                .toArray();

        assertThat(SuccessRates.outliers(counts, RULE)).containsExactly(wanted);
    }
}
