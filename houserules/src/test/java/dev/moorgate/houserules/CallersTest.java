package dev.moorgate.houserules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CallersTest {
    private static final String OURS = "dev.moorgate.houserules";

    @Test
    void callsConstructionsAndReferencesAreFound() {
        assertThat(Callers.of(OURS, Pattern.compile("java\\.util\\.TreeSet\\.<init>")))
                .contains(OURS + ".Arrows", OURS + ".Callers")
                .doesNotContain(OURS + ".LeakReports");
        assertThat(Callers.of(OURS, Pattern.compile("java\\.lang\\.String\\.startsWith")))
                .contains(OURS + ".Arrows");
    }

    @Test
    void whatNobodyUsesHasNoCallers() {
        assertThat(Callers.of(OURS, Pattern.compile("java\\.util\\.Vector\\..*")))
                .isEmpty();
    }
}
