package dev.moorgate.dataplane.observe;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.moorgate.dataplane.kit.MetricText;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A loop that does not answer is seen, first as blocked, then as dead (faults G5, G6). */
class LoopWatchTest {
    private final ExecutorService loop = Executors.newSingleThreadExecutor();
    private final ExecutorService other = Executors.newSingleThreadExecutor();
    private final CountDownLatch release = new CountDownLatch(1);

    private LoopWatch watch(Duration blocked, Duration dead) {
        return new LoopWatch(
                Map.of("loop-0", loop, "loop-1", other), new LoopWatch.Limits(Duration.ofMillis(5), blocked, dead));
    }

    @AfterEach
    void end() {
        release.countDown();
        loop.shutdownNow();
        other.shutdownNow();
    }

    private static String metrics(LoopWatch watch) {
        return MetricText.of(watch);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void block() {
        loop.execute(() -> {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Test
    void blockedLoopIsCountedOnceAndForgivenWhenItGoesOn() {
        try (LoopWatch watch = watch(Duration.ofSeconds(1), Duration.ofHours(1))) {
            block();
            await(() -> metrics(watch).contains("moorgate_loop_blocked_total{loop=\"loop-0\"} 1.0"));
            assertThat(watch.trouble()).isEmpty();
            assertThat(metrics(watch)).contains("moorgate_loop_blocked_total{loop=\"loop-1\"} 0.0");

            release.countDown();
            await(() -> !metrics(watch).contains("moorgate_loop_lag_seconds{loop=\"loop-0\"} 0.0\n")
                    && watch.trouble().isEmpty());
            assertThat(metrics(watch)).contains("moorgate_loop_blocked_total{loop=\"loop-0\"} 1.0");
        }
    }

    @Test
    void blockedLoopIsLoggedOnceWithWhatItIsAt() {
        var log = (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(LoopWatch.class);
        var lines = new ListAppender<ILoggingEvent>();
        lines.start();
        log.addAppender(lines);
        try (LoopWatch watch = new LoopWatch(
                Map.of("logged", loop),
                new LoopWatch.Limits(Duration.ofMillis(5), Duration.ofMillis(200), Duration.ofHours(1)))) {
            await(() -> metrics(watch).contains("moorgate_loop_lag_seconds"));
            await(() -> !metrics(watch).contains("moorgate_loop_lag_seconds{loop=\"logged\"} 0.0\n"));
            block();
            await(() -> metrics(watch).contains("moorgate_loop_blocked_total{loop=\"logged\"} 1.0"));
            await(() -> !lines.list.isEmpty());
        } finally {
            log.detachAppender(lines);
        }
        assertThat(lines.list)
                .filteredOn(event -> event.getFormattedMessage().contains(" logged "))
                .singleElement()
                .satisfies(event -> assertThat(event.getFormattedMessage())
                        .startsWith("Event loop logged is blocked since ")
                        .contains("\n    at ")
                        .contains(CountDownLatch.class.getName() + ".await"));
    }

    @Test
    void limitsAreTwoSecondsAndTen() {
        assertThat(LoopWatch.Limits.STANDARD.blocked()).isEqualTo(Duration.ofSeconds(2));
        assertThat(LoopWatch.Limits.STANDARD.dead()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void errorOfATaskEndsNoLoopOfNetty() {
        var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (LoopWatch watch = new LoopWatch(
                Map.of("netty", loops.next()),
                new LoopWatch.Limits(Duration.ofMillis(5), Duration.ofHours(1), Duration.ofHours(1)))) {
            loops.next().execute(() -> {
                throw new LinkageError("as after a broken update of a class");
            });
            var answered = new CountDownLatch(1);
            loops.next().execute(answered::countDown);
            await(() -> answered.getCount() == 0);
            assertThat(watch.trouble()).isEmpty();

            var _ = loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            await(() -> watch.trouble().isPresent());
            assertThat(watch.trouble()).contains("event loop netty is gone");
        }
    }

    @Test
    void loopThatStaysBlockedFailsTheLivenessCheckUntilItGoesOn() {
        try (LoopWatch watch = watch(Duration.ofMillis(500), Duration.ofSeconds(2))) {
            block();
            await(() -> watch.trouble().isPresent());
            assertThat(watch.trouble().orElseThrow()).startsWith("event loop loop-0 is blocked since ");

            release.countDown();
            await(() -> watch.trouble().isEmpty());
        }
    }

    @Test
    void loopThatEndedFailsTheLivenessCheckAtOnce() {
        try (LoopWatch watch = watch(Duration.ofHours(1), Duration.ofHours(1))) {
            other.shutdownNow();
            await(() -> watch.trouble().isPresent());
            assertThat(watch.trouble()).contains("event loop loop-1 is gone");
        }
    }
}
