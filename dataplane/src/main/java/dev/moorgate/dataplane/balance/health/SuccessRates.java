package dev.moorgate.dataplane.balance.health;

import dev.moorgate.routetable.Upstream.SuccessRate;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Whose share of good answers is far below the others'. Pure. */
final class SuccessRates {
    private SuccessRates() {}

    /** Requests of one endpoint within an interval. */
    record Window(long answers, long errors) {
        double rate() {
            return 1 - (double) errors / answers;
        }
    }

    /** Indexes of the outliers, the worst first. */
    static int[] outliers(List<Window> windows, SuccessRate rule) {
        int[] judged = IntStream.range(0, windows.size())
                .filter(i -> windows.get(i).answers() >= rule.leastRequests())
                .toArray();
        if (judged.length < rule.leastEndpoints()) {
            return new int[0];
        }
        double[] rates =
                Arrays.stream(judged).mapToDouble(i -> windows.get(i).rate()).toArray();
        double mean = Arrays.stream(rates).average().orElse(1);
        double variance = Arrays.stream(rates)
                .map(rate -> (rate - mean) * (rate - mean))
                .average()
                .orElse(0);
        double least = mean - Math.sqrt(variance) * rule.factorPercent() / 100;
        return Arrays.stream(judged)
                .filter(i -> windows.get(i).rate() < least)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> windows.get(i).rate()))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
