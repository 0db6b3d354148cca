package dev.moorgate.dataplane.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** F14: however many ask, an endpoint sees at most ten checks a second. */
class CheckPaceTest {
    private static final InetSocketAddress ONE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080);
    private static final InetSocketAddress OTHER = new InetSocketAddress(InetAddress.getLoopbackAddress(), 8081);
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final CheckPace pace = new CheckPace();

    @Test
    void aThousandThatAskAllTheTimeGetTenASecond() {
        int begun = 0;
        for (long now = -500 * MILLI; now < 2_500 * MILLI; now += MILLI) {
            for (int i = 0; i < 1_000; i++) {
                begun += pace.take(ONE, now) == 0 ? 1 : 0;
            }
        }
        assertThat(begun).isEqualTo(30);
    }

    @Test
    void whoMustWaitIsToldHowLongAndOthersDoNotWait() {
        assertThat(pace.take(ONE, 0)).isZero();
        assertThat(pace.take(ONE, 30 * MILLI)).isEqualTo(70 * MILLI);
        assertThat(pace.take(OTHER, 30 * MILLI)).isZero();
        assertThat(pace.take(ONE, 100 * MILLI)).isZero();
        pace.retain(Set.of());
        assertThat(pace.take(ONE, 101 * MILLI)).isZero();
    }
}
