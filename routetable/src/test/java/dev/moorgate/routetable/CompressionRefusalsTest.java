package dev.moorgate.routetable;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.moorgate.routetable.RoutePolicy.Compression;
import dev.moorgate.routetable.RoutePolicy.Compression.Algorithm;
import dev.moorgate.routetable.RoutePolicy.Compression.Level;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CompressionRefusalsTest {
    private static final List<String> HTML = List.of("text/html");
    private static final String TYPES =
            "compression contentTypes must be lower-case media types such as text/html or text/*, not ";

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of("compression algorithms has GZIP twice", List.of(Algorithm.GZIP, Algorithm.GZIP), HTML, 1),
                Arguments.of(
                        "compression contentTypes must be sorted and unique: text/css follows text/html",
                        List.of(),
                        List.of("text/html", "text/css"),
                        1),
                Arguments.of(TYPES + "TEXT/html", List.of(), List.of("TEXT/html"), 1),
                Arguments.of(TYPES + "*/*", List.of(), List.of("*/*"), 1),
                Arguments.of(TYPES + "text", List.of(), List.of("text"), 1),
                Arguments.of(TYPES + "text/html; q=1", List.of(), List.of("text/html; q=1"), 1),
                Arguments.of("compression minSize must be 0 to 1073741824, not -1", List.of(), HTML, -1));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void whatNoProxyCouldServeIsRefusedWithItsField(
            String message, List<Algorithm> algorithms, List<String> types, int minSize) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Compression(algorithms, Level.FAST, types, minSize))
                .withMessage(message);
    }
}
