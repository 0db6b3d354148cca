package dev.moorgate.operator.crd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Every example of a kind of ours in {@code docs/} is one that the kind's schema and rules take. */
class DocExamplesTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```yaml\\n(.*?)^```$");

    /** A manifest and where it stands. */
    private record Shown(String place, Map<String, Object> tree) {}

    @SuppressWarnings("unchecked")
    private static List<Shown> shown() throws IOException {
        List<Shown> all = new ArrayList<>();
        try (Stream<Path> pages = Files.list(DOCS)) {
            for (Path page : pages.filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                Matcher blocks = BLOCK.matcher(Files.readString(page));
                while (blocks.find()) {
                    var load = new Load(LoadSettings.builder().build());
                    for (Object document : load.loadAllFromString(blocks.group(1))) {
                        if (document instanceof Map<?, ?> tree && Crds.API_VERSION.equals(tree.get("apiVersion"))) {
                            all.add(new Shown(
                                    page.getFileName() + " " + tree.get("kind") + " at " + blocks.start(),
                                    (Map<String, Object>) tree));
                        }
                    }
                }
            }
        }
        return all;
    }

    @TestFactory
    Stream<DynamicTest> anExampleIsOneThatTheKindTakes() throws IOException {
        return shown().stream()
                .map(each -> DynamicTest.dynamicTest(
                        each.place(),
                        () -> assertThat(CrdShape.check(each.tree())).isEmpty()));
    }

    @Test
    void thereAreExamplesOfPolicies() throws IOException {
        assertThat(shown()).extracting(each -> each.tree().get("kind")).contains("StickyPolicy", "UpstreamPolicy");
    }
}
