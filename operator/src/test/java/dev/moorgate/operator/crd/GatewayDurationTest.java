package dev.moorgate.operator.crd;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GatewayDurationTest {
    @ParameterizedTest
    @CsvSource({
        "0s, PT0S",
        "1h, PT1H",
        "1h30m, PT1H30M",
        "500ms, PT0.5S",
        "10s500ms, PT10.5S",
        "1m1ms, PT1M0.001S",
        "99999h, PT99999H",
        "30m1h, PT1H30M"
    })
    void theTextOfGep2257IsRead(String text, String iso) {
        assertThat(GatewayDuration.parse(text)).isEqualTo(new GatewayDuration.Valid(Duration.parse(iso)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "1d", "1.5h", "-1s", "100000s", "1h1h1h1h1h", " 1s", "1s\n", "1us", "1H"})
    void anythingElseIsToldHowToWriteIt(String text) {
        assertThat(GatewayDuration.parse(text))
                .isInstanceOfSatisfying(
                        GatewayDuration.Invalid.class,
                        invalid -> assertThat(invalid.sentence()).contains(text).contains("1h30m, 10s or 500ms"));
    }
}
