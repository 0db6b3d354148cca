package dev.moorgate.dataplane.observe;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LogTextTest {
    private final LogText text = new LogText();

    @Test
    void textsFollowEachOtherWhateverTheirLengthAndLetters() {
        for (String next : List.of(
                "10.0.0.1", "a".repeat(256), "b".repeat(257), "käse", "é", "", "x", "a\u0000b", "\ud83d\ude00")) {
            text.set(next);

            assertThat(text.isEmpty()).isEqualTo(next.isEmpty());
            assertThat(text.toString()).isEqualTo(next);
        }
    }

    @Test
    void octetsOfACallerFollowAString() {
        byte[] line = "GET /cart HTTP/1.1".getBytes(US_ASCII);
        text.set("10.0.0.1");
        assertThat(text.toString()).isEqualTo("10.0.0.1");

        text.set(line, 4, 9);

        assertThat(text.toString()).isEqualTo("/cart");
        assertThat(line).asString(US_ASCII).isEqualTo("GET /cart HTTP/1.1");
    }

    @Test
    void aTextEndsBeforeAnOctet() {
        text.set("https://a.example/?code=geheim");

        text.endBefore('?');

        assertThat(text.toString()).isEqualTo("https://a.example/");
    }
}
