package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.routetable.Upstream.Balancing;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** Chooses one of some endpoints that all would do. Any thread. */
sealed interface Balancer {
    /** One of {@code pool}, which is not empty. */
    Candidate choose(Candidate[] pool);

    /** Whether it chooses the same one again as long as loads stay. */
    default boolean comparesAll(Candidate[] pool) {
        return false;
    }

    static Balancer of(Balancing balancing, AtomicInteger turn, LongSupplier nanoTime) {
        return switch (balancing) {
            case ROUND_ROBIN -> new RoundRobin(turn);
            case LEAST_REQUEST -> new Least(EndpointState::load, ThreadLocalRandom::current);
            case LEAST_TIME -> new Least(state -> state.cost(nanoTime.getAsLong()), ThreadLocalRandom::current);
            case RANDOM -> new AtRandom(ThreadLocalRandom::current);
        };
    }

    /** In turn; the turn is shared by all event loops, so that few requests on many loops are spread as well. */
    record RoundRobin(AtomicInteger turn) implements Balancer {
        @Override
        public Candidate choose(Candidate[] pool) {
            return pool[Integer.remainderUnsigned(turn.getAndIncrement(), pool.length)];
        }
    }

    /** The cheapest of few, beginning anywhere, and of many the cheaper of two that are drawn at random (power of two choices). */
    record Least(Cost cost, Supplier<RandomGenerator> random) implements Balancer {
        /** With three endpoints, two drawn at random leave out the best one in three times. */
        private static final int FEW = 4;

        @Override
        public Candidate choose(Candidate[] pool) {
            if (pool.length == 1) {
                return pool[0];
            }
            RandomGenerator dice = random.get();
            int place = dice.nextInt(pool.length);
            Candidate best = pool[place];
            if (pool.length > FEW) {
                int other = dice.nextInt(pool.length - 1);
                return cheaper(best, pool[other >= place ? other + 1 : other]);
            }
            for (int i = 1; i < pool.length; i++) {
                place = place + 1 == pool.length ? 0 : place + 1;
                best = cheaper(best, pool[place]);
            }
            return best;
        }

        @Override
        public boolean comparesAll(Candidate[] pool) {
            return pool.length <= FEW;
        }

        private Candidate cheaper(Candidate one, Candidate other) {
            return cost.of(other.state()) < cost.of(one.state()) ? other : one;
        }
    }

    /** What one more request costs an endpoint; without unit. */
    interface Cost {
        double of(EndpointState state);
    }

    /** Any. */
    record AtRandom(Supplier<RandomGenerator> random) implements Balancer {
        @Override
        public Candidate choose(Candidate[] pool) {
            return pool[random.get().nextInt(pool.length)];
        }
    }
}
