package dev.moorgate.dataplane.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.RoutePolicy.RateLimit;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Buckets hold what they say, at any time of the clock. */
class RateLimiterTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private static RateLimiter limiter(int requests, int burst, RateLimit.Key key, AtomicInteger room) {
        return new RateLimiter(new RateLimit("a", requests, Duration.ofSeconds(1), burst, key), room);
    }

    @Test
    void aBurstPassesAndThenOneForEachTokenThatComesBack() {
        RateLimiter limiter = limiter(10, 3, RateLimit.Key.ROUTE, new AtomicInteger());
        long now = -5 * SECOND;

        for (int i = 0; i < 3; i++) {
            assertThat(limiter.take("", now)).isZero();
        }
        assertThat(limiter.take("", now)).isEqualTo(SECOND / 10);
        assertThat(limiter.take("", now + SECOND / 10 - 1)).isEqualTo(1);
        assertThat(limiter.take("", now + SECOND / 10)).isZero();
        assertThat(limiter.take("", now + SECOND / 10)).isPositive();
        assertThat(limiter.take("", now + 100 * SECOND)).isZero();
    }

    @Test
    void inAnyWindowNoMorePassThanTheRateAndTheBurst() {
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            int rate = 1 + random.nextInt(50);
            int burst = 1 + random.nextInt(20);
            RateLimiter limiter = limiter(rate, burst, RateLimit.Key.ROUTE, new AtomicInteger());
            long now = random.nextLong(SECOND);
            long begin = now;
            int passed = 0;
            for (int i = 0; i < 2_000; i++) {
                now += random.nextLong(SECOND / 100);
                passed += limiter.take("", now) == 0 ? 1 : 0;
            }
            double most = burst + (double) (now - begin) / SECOND * rate + 1;
            assertThat(passed).isBetween(burst, (int) Math.ceil(most));
        }
    }

    @Test
    void eachClientHasABucketAndAHostOfIpv6HasOne() {
        AtomicInteger room = new AtomicInteger(10);
        RateLimiter limiter = limiter(1, 1, RateLimit.Key.CLIENT, room);

        assertThat(limiter.take("192.0.2.1", 0)).isZero();
        assertThat(limiter.take("192.0.2.1", 0)).isPositive();
        assertThat(limiter.take("192.0.2.2", 0)).isZero();
        assertThat(limiter.take("2001:db8::1", 0)).isZero();
        assertThat(limiter.take("2001:db8::2", 0)).isPositive();
        assertThat(limiter.take("2001:db8:0:1::1", 0)).isZero();
        assertThat(room).hasValue(6);
    }

    @Test
    void aFloodOfAddressesSharesOneBucketAndGetsRoomAgainWhenOthersAreFull() {
        AtomicInteger room = new AtomicInteger(2);
        RateLimiter limiter = limiter(1, 1, RateLimit.Key.CLIENT, room);
        limiter.take("192.0.2.1", 0);
        limiter.take("192.0.2.2", 0);

        int passed = 0;
        for (int i = 0; i < 1_000; i++) {
            passed += limiter.take("198.51.100." + i, 1) == 0 ? 1 : 0;
        }
        assertThat(passed).isEqualTo(1);
        assertThat(limiter.clients()).hasSize(2);

        assertThat(limiter.take("203.0.113.1", 3 * SECOND)).isZero();
        assertThat(limiter.clients()).containsOnlyKeys("203.0.113.1");
        assertThat(room).hasValue(1);
    }
}
