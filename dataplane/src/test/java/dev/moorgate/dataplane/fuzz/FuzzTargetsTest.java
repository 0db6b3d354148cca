package dev.moorgate.dataplane.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The targets of {@code .ci/fuzz} hold for their seeds, cut anywhere and damaged anywhere, the same in every run. */
class FuzzTargetsTest {
    private static final int DAMAGES = 300;

    static Stream<Arguments> targets() {
        return FuzzTargets.all().entrySet().stream()
                .map((Map.Entry<String, FuzzTarget> target) -> Arguments.of(target.getKey(), target.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("targets")
    void targetHoldsForItsSeedsAndWhatIsNearThem(String name, FuzzTarget target) {
        assertThat(target.seeds()).isNotEmpty();
        Random random = new Random(7);
        for (byte[] seed : target.seeds()) {
            holds(target, seed);
            for (int cut = 0; cut < seed.length; cut += 1 + seed.length / 60) {
                holds(target, Arrays.copyOf(seed, cut));
            }
            for (int i = 0; i < DAMAGES / target.seeds().size(); i++) {
                byte[] damaged = seed.clone();
                for (int hits = random.nextInt(4); hits >= 0; hits--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                }
                holds(target, damaged);
            }
        }
    }

    private static void holds(FuzzTarget target, byte[] input) {
        assertThatCode(() -> target.feed(input))
                .as(() -> Arrays.toString(input))
                .doesNotThrowAnyException();
    }
}
