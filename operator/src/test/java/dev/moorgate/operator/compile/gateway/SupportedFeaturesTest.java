package dev.moorgate.operator.compile.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SupportedFeaturesTest {
    private static final Path DOCS = Path.of("..", "docs", "conformance");
    private static final Pattern TABLE_ROW = Pattern.compile("(?m)^\\| (\\w+) \\|");

    @Test
    void featuresAreSortedAndStandOnce() {
        assertThat(SupportedFeatures.NAMES).isSorted().doesNotHaveDuplicates();
    }

    /** By the suite's report, or by a row of the page beside it that says why the suite cannot. */
    @Test
    void whatIsClaimedHasBeenShown() throws IOException {
        JsonNode report = new ObjectMapper(new YAMLFactory())
                .readTree(DOCS.resolve("v1.6.3.yaml").toFile());
        // what a profile's core tests need stands in no list
        Set<String> shown = new TreeSet<>(List.of("Gateway", "HTTPRoute", "GRPCRoute", "TLSRoute", "ReferenceGrant"));
        for (JsonNode profile : report.get("profiles")) {
            assertThat(profile.at("/core/result").asText()).isEqualTo("success");
            assertThat(profile.at("/extended/result").asText()).isEqualTo("success");
            profile.at("/extended/supportedFeatures").forEach(feature -> shown.add(feature.asText()));
        }
        String page = Files.readString(DOCS.resolve("README.md"));
        int start = page.indexOf("Claimed, though this suite has no test of it:");
        TABLE_ROW
                .matcher(page.substring(start, page.indexOf("Not claimed:")))
                .results()
                .forEach(row -> shown.add(row.group(1)));

        assertThat(shown).containsAll(SupportedFeatures.NAMES);
    }
}
