package dev.moorgate.operator.watch;

import io.javaoperatorsdk.operator.processing.retry.Retry;
import io.javaoperatorsdk.operator.processing.retry.RetryExecution;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** A walk that failed is tried again for ever: after half to all of 1, 2, 4, … 30 seconds, so that replicas spread out. */
public final class JitteredRetry implements Retry {
    private static final long FIRST = 1_000;
    private static final long MOST = 30_000;

    /** For the n-th try, from 0. */
    public static Duration delay(int attempt) {
        long full = Math.min(MOST, FIRST << Math.min(attempt, 5));
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(full / 2, full + 1));
    }

    @Override
    public RetryExecution initExecution() {
        return new RetryExecution() {
            private int attempts;

            @Override
            public Optional<Long> nextDelay() {
                return Optional.of(delay(attempts++).toMillis());
            }

            @Override
            public int getAttemptCount() {
                return attempts;
            }

            @Override
            public boolean isLastAttempt() {
                return false;
            }
        };
    }
}
