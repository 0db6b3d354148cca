package dev.moorgate.dataplane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamLoadTest {
    private static final long SECOND = 1_000_000_000L;

    private final UpstreamLoad load = new UpstreamLoad();

    private void requests(int count, long now) {
        for (int i = 0; i < count; i++) {
            assertThat(load.tryRequest(0, now)).isTrue();
            load.requestEnded();
        }
    }

    private int granted(int asked, int percent, int floor, long now) {
        int granted = 0;
        for (int i = 0; i < asked; i++) {
            granted += load.tryRetry(percent, floor, now) ? 1 : 0;
        }
        return granted;
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 5 * SECOND, -3 * SECOND, Long.MAX_VALUE - 60 * SECOND, Long.MIN_VALUE + SECOND})
    void theBudgetIsAShareOfTheLastTenSeconds(long start) {
        requests(100, start);
        assertThat(granted(50, 20, 0, start)).isEqualTo(20);
        requests(100, start + 6 * SECOND);
        assertThat(granted(50, 20, 0, start + 6 * SECOND)).isEqualTo(20);
        assertThat(granted(50, 20, 0, start + 9 * SECOND)).isZero();

        // the first hundred requests and their twenty retries are forgotten together
        requests(50, start + 11 * SECOND);
        assertThat(granted(50, 20, 0, start + 11 * SECOND)).isEqualTo(10);
        assertThat(granted(50, 20, 0, start + 40 * SECOND)).isZero();
    }

    @Test
    void theFloorHoldsASecondWhateverTheShare() {
        assertThat(granted(20, 0, 3, 0)).isEqualTo(3);
        assertThat(granted(20, 0, 3, SECOND - 1)).isZero();
        assertThat(granted(20, 0, 3, SECOND)).isEqualTo(3);
        assertThat(granted(20, 20, 3, SECOND)).isZero();
    }

    @Test
    void requestsThatAreRepeatedAtATimeAreBounded() {
        assertThat(load.tryRepeating(2)).isTrue();
        assertThat(load.tryRepeating(2)).isTrue();
        assertThat(load.tryRepeating(2)).isFalse();
        load.repeatingEnded();
        assertThat(load.tryRepeating(2)).isTrue();
        assertThat(load.tryRepeating(0)).isTrue();
    }
}
