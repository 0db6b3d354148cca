package dev.moorgate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Sticky;
import dev.moorgate.dataplane.live.Gate;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page of metrics is made of parts, and Prometheus reads it as one. */
class MetricPageTest {
    @Test
    void everyFamilyStandsOnceAndAllItsSamplesBehindIt() {
        try (var gate = new Gate();
                var one = ScriptedUpstream.answering("one")) {
            gate.install(Sticky.to(one));
            try (var client = gate.connect()) {
                assertThat(client.get("/").status()).isEqualTo(200);
            }

            List<String> lines =
                    MetricText.of(gate.dataPlane().metrics()).lines().toList();

            List<String> families = lines.stream()
                    .filter(line -> line.startsWith("# TYPE "))
                    .map(line -> line.split(" ", 4)[2])
                    .toList();
            assertThat(families)
                    .doesNotHaveDuplicates()
                    .contains(
                            "moorgate_requests_total",
                            "moorgate_request_duration_seconds",
                            "moorgate_request_bytes_total",
                            "moorgate_connections",
                            "moorgate_sessions_total",
                            "moorgate_upstream_connections",
                            "moorgate_upstream_endpoints",
                            "moorgate_table_routes",
                            "jvm_memory_used_bytes");
            String family = "";
            for (String line : lines) {
                if (line.startsWith("# TYPE ")) {
                    family = line.split(" ", 4)[2];
                } else if (!line.startsWith("#")) {
                    assertThat(line).startsWith(family);
                }
            }
        }
    }
}
