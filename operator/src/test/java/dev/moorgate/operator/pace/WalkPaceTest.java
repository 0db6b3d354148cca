package dev.moorgate.operator.pace;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WalkPaceTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 3);
    private final WalkPace pace = new WalkPace(nanos::get);
    /** Changes that no walk has taken in. */
    private int pending;

    @Test
    void theFirstWalkWaitsForNothing() {
        changes(1_000);

        assertThat(pace.isLimited(pace.initState())).isEmpty();
    }

    @Test
    void theNextWalkWaitsAsLongAsTheLastOneTook() {
        walk(Duration.ofMillis(40), true);
        assertThat(pace.isLimited(pace.initState())).contains(Duration.ofMillis(40));
        pass(Duration.ofMillis(40));
        assertThat(pace.isLimited(pace.initState())).isEmpty();

        walk(Duration.ZERO, false);
        assertThat(pace.isLimited(pace.initState())).contains(WalkPace.LEAST);
        walk(Duration.ofSeconds(3), true);
        assertThat(pace.isLimited(pace.initState())).contains(WalkPace.MOST);
    }

    @Test
    void whereManyObjectsChangeThereIsACompileASecond() {
        changes(1);
        walk(Duration.ofMillis(20), true);
        changes(WalkPace.MANY);

        assertThat(pace.isLimited(pace.initState())).contains(WalkPace.BURST.minusMillis(20));
    }

    @Test
    void someChangesAreNotManyAndManyAreForgottenSoon() {
        walk(Duration.ofMillis(20), true);
        pass(Duration.ofMillis(20));
        changes(WalkPace.MANY - 1);
        assertThat(pace.isLimited(pace.initState())).isEmpty();

        changes(1);
        assertThat(pace.isLimited(pace.initState())).isPresent();
        pass(WalkPace.WINDOW);
        assertThat(pace.isLimited(pace.initState())).isEmpty();
    }

    @Test
    void afterAWalkThatCompiledNothingManyChangesNeedNotWait() {
        walk(Duration.ofMillis(1), false);
        pass(WalkPace.LEAST);
        changes(100);

        assertThat(pace.isLimited(pace.initState())).isEmpty();
    }

    @Test
    void changesThatComeSlowlyAndNeverEndAreTakenTogetherMoreAndMore() {
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            changes(3);
            waits.add(compile().toMillis());
            pass(Duration.ofSeconds(1));
        }
        assertThat(waits).containsExactly(20L, 125L, 250L, 500L, 1000L, 1000L, 1000L);

        waits.clear();
        for (int i = 0; i < 5; i++) {
            changes(1);
            waits.add(compile().toMillis());
            pass(Duration.ofSeconds(1));
        }
        assertThat(waits).as("lone ones end it").containsExactly(1000L, 500L, 250L, 125L, 20L);
    }

    @Test
    void whoSendsManyMayStopForBreath() {
        int compiles = 0;
        for (int i = 0; i < 60; i++) {
            changes(10);
            for (int step = 0; step < 50; step++) {
                if (pending > 0 && pace.isLimited(pace.initState()).isEmpty()) {
                    compiles++;
                    walk(Duration.ofMillis(20), true);
                }
                pass(Duration.ofMillis(10));
                if (step == 0) {
                    changes(1);
                }
            }
        }
        assertThat(compiles).as("in half a minute").isBetween(25, 36);
    }

    @Test
    void twoSecondsWithoutAChangeEndTheWait() {
        for (int i = 0; i < 5; i++) {
            changes(3);
            compile();
            pass(Duration.ofSeconds(1));
        }
        pass(WalkPace.QUIET);
        changes(1);

        assertThat(compile()).isEqualTo(Duration.ofMillis(20));
    }

    /** A walk of 20 ms that begins when it may; returns how long the next one waits. */
    private Duration compile() {
        assertThat(pace.isLimited(pace.initState())).isEmpty();
        walk(Duration.ofMillis(20), true);
        return pace.isLimited(pace.initState()).orElseThrow();
    }

    private void changes(int count) {
        pending += count;
        for (int i = 0; i < count; i++) {
            pace.changed();
        }
    }

    private void walk(Duration time, boolean isCompile) {
        long start = nanos.get();
        pass(time);
        pace.walked(start, isCompile);
        pending = 0;
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }
}
