package dev.moorgate.dataplane.balance;

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

    static Balancer of(Balancing balancing, AtomicInteger turn, LongSupplier nanoTime) {
        return switch (balancing) {
            case ROUND_ROBIN -> new RoundRobin(turn);
            case LEAST_REQUEST -> new LeastRequest(ThreadLocalRandom::current);
            case LEAST_TIME -> new LeastTime(ThreadLocalRandom::current, nanoTime);
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

    /** The less loaded of two that are drawn at random (power of two choices). */
    record LeastRequest(Supplier<RandomGenerator> random) implements Balancer {
        @Override
        public Candidate choose(Candidate[] pool) {
            if (pool.length == 1) {
                return pool[0];
            }
            RandomGenerator dice = random.get();
            int one = dice.nextInt(pool.length);
            int other = dice.nextInt(pool.length - 1);
            other += other >= one ? 1 : 0;
            return pool[other].state().load() < pool[one].state().load() ? pool[other] : pool[one];
        }
    }

    /** The one of two drawn at random where an answer is expected sooner (peak EWMA). */
    record LeastTime(Supplier<RandomGenerator> random, LongSupplier nanoTime) implements Balancer {
        @Override
        public Candidate choose(Candidate[] pool) {
            if (pool.length == 1) {
                return pool[0];
            }
            RandomGenerator dice = random.get();
            int one = dice.nextInt(pool.length);
            int other = dice.nextInt(pool.length - 1);
            other += other >= one ? 1 : 0;
            long now = nanoTime.getAsLong();
            return pool[other].state().cost(now) < pool[one].state().cost(now) ? pool[other] : pool[one];
        }
    }

    /** Any. */
    record AtRandom(Supplier<RandomGenerator> random) implements Balancer {
        @Override
        public Candidate choose(Candidate[] pool) {
            return pool[random.get().nextInt(pool.length)];
        }
    }
}
