package dev.moorgate.dataplane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimersTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final DefaultEventLoop loop = new DefaultEventLoop();
    private long now = -5 * SECOND;
    private final NanoClock clock = new NanoClock() {
        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public long epochMillis() {
            return 0;
        }
    };

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** On the wheel's own loop, as everything about it has to be. */
    private void onLoop(Runnable steps) {
        loop.submit(steps).syncUninterruptibly();
    }

    @Test
    void aDeadlineIsMetOnceAndNeverEarly() {
        List<Long> met = new ArrayList<>();
        onLoop(() -> {
            var timers = new Timers(loop, clock);
            long begin = now;
            var deadline = new Deadline(() -> met.add(now - begin));
            timers.arm(deadline, now, 3 * SECOND);
            for (int i = 0; i < 60; i++) {
                now += SECOND / 10;
                timers.sweep();
            }
            assertThat(met).hasSize(1);
            assertThat(met.getFirst()).isBetween(3 * SECOND, 3 * SECOND + SECOND / 10);
            assertThat(deadline.isArmed()).isFalse();
        });
    }

    @Test
    void aDeadlineThatIsForgottenIsNeitherMetNorHeld() {
        List<String> met = new ArrayList<>();
        onLoop(() -> {
            var timers = new Timers(loop, clock);
            var kept = new Deadline(() -> met.add("kept"));
            var forgotten = new Deadline(() -> met.add("forgotten"));
            var never = new Deadline(() -> met.add("never"));
            timers.arm(kept, now, SECOND);
            timers.arm(forgotten, now, SECOND);
            timers.forget(forgotten);
            timers.forget(never);
            assertThat(timers.hanging()).isEqualTo(1);

            now += 2 * SECOND;
            timers.sweep();
            assertThat(met).containsExactly("kept");
            timers.arm(forgotten, now, SECOND);
            now += 2 * SECOND;
            timers.sweep();
            assertThat(met).containsExactly("kept", "forgotten");
        });
    }

    @Test
    void aDeadlineThatIsPutOffOrSwitchedOffIsNotMet() {
        List<String> met = new ArrayList<>();
        onLoop(() -> {
            var timers = new Timers(loop, clock);
            var later = new Deadline(() -> met.add("later"));
            var never = new Deadline(() -> met.add("never"));
            timers.arm(later, now, SECOND);
            timers.arm(never, now, SECOND);
            timers.arm(later, now, 10 * SECOND);
            never.disarm();
            now += 9 * SECOND;
            timers.sweep();
            assertThat(met).isEmpty();
            now += 2 * SECOND;
            timers.sweep();
            assertThat(met).containsExactly("later");
        });
    }

    @Test
    void aDeadlineCanBeBroughtForward() {
        List<String> met = new ArrayList<>();
        onLoop(() -> {
            var timers = new Timers(loop, clock);
            var deadline = new Deadline(() -> met.add("met"));
            timers.arm(deadline, now, 60 * SECOND);
            timers.arm(deadline, now, SECOND);
            now += 2 * SECOND;
            timers.sweep();
            assertThat(met).hasSize(1);
        });
    }

    @Test
    void hoursAreBeyondTheWheelAndStillMet() {
        List<Long> met = new ArrayList<>();
        onLoop(() -> {
            var timers = new Timers(loop, clock);
            long begin = now;
            timers.arm(new Deadline(() -> met.add(now - begin)), now, 5 * 3600 * SECOND);
            for (int i = 0; i < 5 * 60; i++) {
                now += 60 * SECOND;
                timers.sweep();
            }
            now += SECOND;
            timers.sweep();
            assertThat(met).hasSize(1);
            assertThat(met.getFirst()).isGreaterThanOrEqualTo(5 * 3600 * SECOND);
        });
    }

    @Test
    void manyDeadlinesAreEachMetInTheirTime() {
        var dice = new Random(7);
        List<Long> errors = new ArrayList<>();
        onLoop(() -> {
            var timers = new Timers(loop, clock);
            int[] met = {0};
            for (int i = 0; i < 5_000; i++) {
                long due = now + 1 + dice.nextLong(300 * SECOND);
                timers.arm(
                        new Deadline(() -> {
                            met[0]++;
                            long late = now - due;
                            if (late < 0 || late > 2 * SECOND + SECOND / 10) {
                                errors.add(late);
                            }
                        }),
                        now,
                        due - now);
            }
            for (int i = 0; i < 400; i++) {
                now += dice.nextLong(2 * SECOND);
                timers.sweep();
            }
            assertThat(errors).isEmpty();
            assertThat(met[0]).isEqualTo(5_000);
        });
    }

    @Test
    void aWheelThatStoodStillGoesOn() {
        List<String> met = new ArrayList<>();
        onLoop(() -> {
            var timers = new Timers(loop, clock);
            timers.arm(new Deadline(() -> met.add("first")), now, SECOND);
            now += 1000 * SECOND;
            timers.sweep();
            now += 1000 * SECOND;
            timers.arm(new Deadline(() -> met.add("second")), now, SECOND);
            now += 2 * SECOND;
            timers.sweep();
            assertThat(met).containsExactly("first", "second");
        });
    }
}
