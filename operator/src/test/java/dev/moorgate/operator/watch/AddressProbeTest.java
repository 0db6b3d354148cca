package dev.moorgate.operator.watch;

import static dev.moorgate.operator.watch.TestCluster.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.expose.ExposedPorts.Place;
import dev.moorgate.routetable.SourceRef;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AddressProbeTest {
    private static final Set<Place> ONE = Set.of(place("edge"));
    private static final Set<Place> OTHER = Set.of(place("other"));

    /** A permit for each attempt that is answered. */
    private final Semaphore answers = new Semaphore(0);

    private final AtomicInteger attempts = new AtomicInteger();
    private final AtomicInteger changes = new AtomicInteger();
    private final AddressProbe probe = new AddressProbe(
            (address, port) -> {
                attempts.incrementAndGet();
                return answers.tryAcquire();
            },
            changes::incrementAndGet);

    private static Place place(String gateway) {
        return new Place(SourceRef.of("Gateway", "shop", gateway), "192.0.2.1", 80);
    }

    @Test
    void anAddressIsToldOfWhenItAnswers() {
        assertThat(probe.believed(ONE, false)).isEmpty();
        await("attempts", () -> attempts.get() > 2);
        assertThat(probe.believed(ONE, false)).isEmpty();

        answers.release();

        await("the change", () -> changes.get() == 1);
        assertThat(probe.believed(ONE, false)).isEqualTo(ONE);
    }

    @Test
    void whatWasToldOfBeforeTheProcessBeganIsBelieved() {
        assertThat(probe.believed(ONE, true)).isEqualTo(ONE);
        assertThat(probe.believed(ONE, false)).isEqualTo(ONE);
        assertThat(attempts).hasValue(0);
    }

    @Test
    void anAddressThatAnswersNobodyHereIsToldOfInTheEnd() {
        assertThat(probe.believed(ONE, false)).isEmpty();

        await("the end of patience", () -> changes.get() == 1);

        assertThat(probe.believed(ONE, false)).isEqualTo(ONE);
    }

    @Test
    void theAddressOfAServiceThatIsGoneIsProbedAnewForAnother() {
        assertThat(probe.believed(ONE, true)).isEqualTo(ONE);

        assertThat(probe.believed(OTHER, false)).isEmpty();
        assertThat(probe.believed(ONE, false)).isEmpty();
    }
}
