package dev.moorgate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class IdleHeapTest {
    private static final long LOOK = Duration.ofMillis(500).toNanos();
    private static final long BUSY = LOOK / 50;
    private static final long MIB = 1 << 20;

    private long nanos = 7;
    private long cpu = 11;
    private long grown;
    private final IdleHeap heap = new IdleHeap(() -> new IdleHeap.Reading(nanos, cpu, grown));

    /** Half a second later, in which the process took so much of the processor. */
    private boolean after(long cpuNanos) {
        nanos += LOOK;
        cpu += cpuNanos;
        return heap.isDue();
    }

    private void idle(int looks) {
        for (int i = 0; i < looks; i++) {
            assertThat(after(LOOK / 200)).as("look %s", i).isFalse();
        }
    }

    @Test
    void collectsAfterFiveIdleSecondsWhereEnoughHasSurvived() {
        grown = 4 * MIB;
        assertThat(heap.isDue()).isFalse();

        idle(9);
        assertThat(after(0)).isTrue();
    }

    @Test
    void waitsAnotherWhileBeforeTheNext() {
        grown = 5 * MIB;
        heap.isDue();
        idle(9);
        assertThat(after(0)).isTrue();

        idle(9);
        assertThat(after(0)).isTrue();
    }

    @Test
    void busyProcessIsLeftAlone() {
        grown = 50 * MIB;
        for (int i = 0; i < 100; i++) {
            assertThat(after(BUSY)).isFalse();
        }
    }

    @Test
    void oneBusyMomentBeginsTheWhileAnew() {
        grown = 5 * MIB;
        heap.isDue();
        idle(9);
        assertThat(after(BUSY)).isFalse();

        idle(9);
        assertThat(after(0)).isTrue();
    }

    @Test
    void littleThatSurvivedIsNotWorthIt() {
        grown = 4 * MIB - 1;
        heap.isDue();
        idle(100);

        grown++;
        assertThat(after(0)).isTrue();
    }

    @Test
    void heapThatShrankIsNotWorthItEither() {
        grown = -MIB;
        heap.isDue();
        idle(100);
    }
}
