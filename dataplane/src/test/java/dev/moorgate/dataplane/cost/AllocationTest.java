package dev.moorgate.dataplane.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A request allocates no more than is recorded in {@code allocations.txt}, which {@code -Dallocations=update} writes anew: whoever
 * changes the figures does so on purpose, and in the diff.
 */
class AllocationTest {
    private static final Path RECORD = Path.of("src/test/resources/allocations.txt");

    @Test
    void aRequestAllocatesWhatIsRecorded() throws Exception {
        assumeThat(Epoll.isAvailable()).as("figures are those of epoll").isTrue();
        Map<String, Long> measured = figures(run());
        if (System.getProperty("allocations", "").equals("update")) {
            var lines = new ArrayList<>(
                    List.of("# Bytes that the event loop allocates for a request: see AllocationTest."));
            measured.forEach((name, bytes) -> lines.add(name + " " + bytes));
            Files.write(RECORD, lines);
        }
        Map<String, Long> recorded = figures(Files.readString(RECORD));

        assertThat(measured.keySet()).isEqualTo(recorded.keySet());
        List<String> changes = new ArrayList<>();
        measured.forEach((name, bytes) -> {
            String change = change(name, recorded.getOrDefault(name, 0L), bytes);
            if (!change.isEmpty()) {
                changes.add(change);
            }
        });
        assertThat(changes).isEmpty();
    }

    /** Empty where the figure is as recorded, give or take what versions of the JDK differ by. */
    private static String change(String name, long recorded, long measured) {
        if (measured > recorded * 1.05) {
            return name + " allocates " + measured + " bytes a request, and not " + recorded
                    + ": find out why, or record it with -Dallocations=update";
        }
        if (measured < recorded * 0.90) {
            return name + " allocates " + measured + " bytes a request instead of " + recorded
                    + ": record it with -Dallocations=update, so that it stays";
        }
        return "";
    }

    @ParameterizedTest(name = "recorded {0}, measured {1}: fine {2}")
    @CsvSource({"1000, 1000, true", "1000, 1050, true", "1000, 1051, false", "1000, 900, true", "1000, 899, false"})
    void whatGrewAndWhatShrankIsTold(long recorded, long measured, boolean isFine) {
        assertThat(change("http1", recorded, measured).isEmpty()).isEqualTo(isFine);
    }

    private static Map<String, Long> figures(String text) {
        Map<String, Long> figures = new TreeMap<>();
        text.lines()
                .filter(line -> line.matches("[a-z0-9]+ [0-9]+"))
                .map(line -> line.split(" ", 2))
                .forEach(parts -> figures.put(parts[0], Long.parseLong(parts[1])));
        return figures;
    }

    private static String run() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AllocationMeter.class.getName())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }
}
