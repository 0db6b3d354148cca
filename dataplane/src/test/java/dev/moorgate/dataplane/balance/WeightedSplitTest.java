package dev.moorgate.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shares get what their weights say, at once and not only in the long run. */
class WeightedSplitTest {

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "5-1-1,   0012000 of a round",
        "1-1,     0101",
        "3-1,     0010",
        "900-100, 0000000000",
        "0-7,     1111",
        "2,       000",
    })
    void roundsAreSmooth(String weights, String expected) {
        WeightedSplit split = new WeightedSplit(weights(weights), 0);
        String dealt = IntStream.range(0, expected.split(" ", -1)[0].length())
                .mapToObj(i -> Integer.toString(split.next()))
                .collect(Collectors.joining());

        switch (weights) {
            case "5-1-1" ->
                assertThat(dealt.chars().sorted().mapToObj(c -> "" + (char) c).collect(Collectors.joining()))
                        .isEqualTo("0000012");
            case "900-100" -> assertThat(dealt).containsOnlyOnce("1");
            default -> assertThat(dealt).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"70-30", "90-10", "1-2-3-4", "999983-17", "500000-333333-166667", "1000000-1-999999", "0-1-0-3"})
    void anyRunOfRequestsIsNearItsWeights(String text) {
        int[] weights = weights(text);
        long total = Arrays.stream(weights).asLongStream().sum();
        for (int start : new int[] {0, 12_345, -7, Integer.MAX_VALUE - 500}) {
            WeightedSplit split = new WeightedSplit(weights, start);
            int[] counts = new int[weights.length];
            for (int n = 1; n <= 5_000; n++) {
                counts[split.next()]++;
                if (n % 100 == 0) {
                    for (int i = 0; i < weights.length; i++) {
                        double wanted = (double) n * weights[i] / total;
                        assertThat(counts[i])
                                .as("%s after %d from %d", text, n, start)
                                .isBetween((int) wanted - 4, (int) wanted + 5);
                    }
                }
            }
        }
    }

    @Test
    void withoutWeightNobodyIsServed() {
        assertThat(new WeightedSplit(new int[] {0, 0}, 3).next()).isEqualTo(-1);
        assertThat(new WeightedSplit(new int[] {}, 3).next()).isEqualTo(-1);
        assertThat(new WeightedSplit(new int[] {0}, 3).next(place -> true)).isEqualTo(-1);
    }

    @Test
    void severalLoopsTogetherDealByWeight() throws Exception {
        WeightedSplit split = new WeightedSplit(new int[] {3, 1}, 0);
        try (ExecutorService loops = Executors.newFixedThreadPool(4)) {
            Callable<Integer> loop = () -> {
                int first = 0;
                for (int i = 0; i < 1_000; i++) {
                    first += split.next() == 0 ? 1 : 0;
                }
                return first;
            };
            int first = 0;
            for (Future<Integer> each : loops.invokeAll(List.of(loop, loop, loop, loop))) {
                first += each.get();
            }

            assertThat(first).isEqualTo(3_000);
        }
    }

    @Test
    void theRestOfASplitKeepsItsProportions() {
        WeightedSplit split = new WeightedSplit(new int[] {10, 60, 30}, 0);
        int[] counts = new int[3];
        for (int i = 0; i < 900; i++) {
            counts[split.next(place -> place != 1)]++;
        }

        assertThat(counts[0]).isBetween(215, 235);
        assertThat(counts[2]).isBetween(665, 685);
    }

    @Test
    void hashesFallOnSharesByWeight() {
        WeightedSplit split = new WeightedSplit(new int[] {70, 30}, 0);
        int first = 0;
        for (int i = 0; i < 10_000; i++) {
            first += split.at(ConsistentHash.of("client" + i)) == 0 ? 1 : 0;
        }

        assertThat(first).isBetween(6_800, 7_200);
        assertThat(split.at(ConsistentHash.of("client1"))).isEqualTo(split.at(ConsistentHash.of("client1")));
    }

    private static int[] weights(String text) {
        return Arrays.stream(text.split("-", -1)).mapToInt(Integer::parseInt).toArray();
    }
}
