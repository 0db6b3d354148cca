package dev.moorgate.dataplane.balance;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;

/**
 * Deals requests to the shares of a split by weight, smoothly: small weights by a written-out round in which each share is
 * spread evenly, large ones by a golden-ratio walk, whose error stays within a few requests. The turn is shared by all event
 * loops. Any thread.
 */
final class WeightedSplit {
    private static final int[] NO_ROUND = {};
    private static final WeightedSplit WHOLE = new WeightedSplit(new int[] {1}, 0);
    private static final int LONGEST_ROUND = 1024;
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final int[] weights;
    private final long total;
    private final int[] round;
    private final AtomicInteger turn;

    /** @param start of the turn; differs from process to process, so that replicas do not deal in step */
    WeightedSplit(int[] weights, int start) {
        this.weights = weights.clone();
        this.turn = new AtomicInteger(start);
        long sum = 0;
        int divisor = 0;
        int open = 0;
        for (int weight : weights) {
            sum += weight;
            divisor = gcd(divisor, weight);
            open += weight > 0 ? 1 : 0;
        }
        total = sum;
        round = open > 1 && sum / divisor <= LONGEST_ROUND ? round(weights, divisor, (int) (sum / divisor)) : NO_ROUND;
    }

    /** As the constructor; where there is one share that takes all, nothing is counted, and all routes use the same. */
    static WeightedSplit of(int[] weights, int start) {
        return weights.length == 1 && weights[0] > 0 ? WHOLE : new WeightedSplit(weights, start);
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /** Smooth weighted round robin: each turn everyone earns its weight, the richest is served and pays the sum. */
    private static int[] round(int[] weights, int divisor, int length) {
        long[] purse = new long[weights.length];
        int[] round = new int[length];
        for (int turn = 0; turn < length; turn++) {
            int richest = 0;
            for (int i = 0; i < weights.length; i++) {
                purse[i] += weights[i] / divisor;
                richest = purse[i] > purse[richest] ? i : richest;
            }
            purse[richest] -= length;
            round[turn] = richest;
        }
        return round;
    }

    /** The next request's share; -1 where no share has weight. */
    int next() {
        if (total == 0) {
            return -1;
        }
        if (round.length > 0) {
            return round[Integer.remainderUnsigned(turn.getAndIncrement(), round.length)];
        }
        return weights.length == 1 ? 0 : at(turn.getAndIncrement() * GOLDEN);
    }

    /** The share of a hash: the same in every process. */
    int at(long hash) {
        return total == 0 ? -1 : holding(Math.unsignedMultiplyHigh(hash, total));
    }

    private int holding(long point) {
        long upTo = 0;
        for (int i = 0; i < weights.length; i++) {
            upTo += weights[i];
            if (point < upTo) {
                return i;
            }
        }
        throw new IllegalStateException("the point is behind the last weight");
    }

    /** The next request's share among those allowed, by weight; -1 where none of them has weight. */
    int next(IntPredicate allowed) {
        int[] some = weights.clone();
        for (int i = 0; i < some.length; i++) {
            some[i] = some[i] > 0 && allowed.test(i) ? some[i] : 0;
        }
        WeightedSplit rest = new WeightedSplit(some, 0);
        return rest.at(turn.getAndIncrement() * GOLDEN);
    }

    int weight(int share) {
        return weights[share];
    }
}
