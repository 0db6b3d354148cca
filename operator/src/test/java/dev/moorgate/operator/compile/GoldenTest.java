package dev.moorgate.operator.compile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Each folder of {@code golden} is a case: {@code in.yaml} is compiled, {@code table.yaml} and {@code status.yaml} are what must come
 * out. {@code ./mvnw test -pl operator -am -Dtest=GoldenTest -Dsurefire.failIfNoSpecifiedTests=false -Dgolden=update} rewrites both;
 * read what changed before you commit it.
 */
class GoldenTest {
    private static final List<String> FILES = List.of("in.yaml", "status.yaml", "table.yaml");
    private static final boolean UPDATE = "update".equals(System.getProperty("golden"));
    private static final int SHUFFLES = 3;

    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .build());

    /** What a case comes to, as text. */
    private record Output(String table, String status) {}

    @TestFactory
    Stream<DynamicTest> manifestsCompileToTheTableAndStatusBesideThem() throws IOException {
        return GoldenCase.folders().stream()
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> check(folder)));
    }

    private static void check(Path folder) throws IOException {
        assertThat(Files.readAllLines(folder.resolve("in.yaml")).getFirst())
                .as("in.yaml opens with the sentence of what it shows")
                .matches("# [A-Z].*[.]");
        GoldenCase in = GoldenCase.read(folder.resolve("in.yaml"));
        Output output = compile(in, in.objects());

        assertThat(compile(in, in.objects())).as("compiled again").isEqualTo(output);
        for (int i = 0; i < SHUFFLES; i++) {
            List<GenericKubernetesResource> shuffled = new ArrayList<>(in.objects());
            Collections.shuffle(shuffled, new Random(i));
            assertThat(compile(in, shuffled)).as("objects in another order").isEqualTo(output);
        }

        if (UPDATE) {
            Files.writeString(folder.resolve("table.yaml"), output.table());
            Files.writeString(folder.resolve("status.yaml"), output.status());
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()).sorted())
                    .as("every file is compared")
                    .isEqualTo(FILES);
        }
        assertThat(output.table()).as("table.yaml").isEqualTo(Files.readString(folder.resolve("table.yaml")));
        assertThat(output.status()).as("status.yaml").isEqualTo(Files.readString(folder.resolve("status.yaml")));
    }

    private static Output compile(GoldenCase in, List<GenericKubernetesResource> objects)
            throws JsonProcessingException {
        ClusterSnapshot snapshot = in.snapshot(objects);
        RouteTableCompiler compiler = new RouteTableCompiler();
        CompileSettings settings = in.settings(snapshot);
        Compilation compilation = compiler.compile(snapshot, settings);
        assertThat(compiler.endpoints(snapshot, settings.endpointAddresses(), compilation.table()))
                .as("endpoints alone")
                .isEqualTo(compilation.endpoints());
        StringBuilder status = new StringBuilder();
        for (Object object : compilation.report().render().values()) {
            status.append(status.isEmpty() ? "" : "---\n").append(YAML.writeValueAsString(StatusText.of(object)));
        }
        return new Output(
                YAML.writeValueAsString(TableText.of(compilation.table(), compilation.endpoints())), status.toString());
    }
}
