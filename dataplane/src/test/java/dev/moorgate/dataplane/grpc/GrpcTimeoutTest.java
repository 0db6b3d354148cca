package dev.moorgate.dataplane.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One to eight digits and a unit are a timeout, nothing else is; what goes on is never longer than what is left. */
class GrpcTimeoutTest {
    private static long parse(String text) {
        byte[] bytes = ("x" + text + "y").getBytes(StandardCharsets.ISO_8859_1);
        return GrpcTimeout.parse(bytes, 1, bytes.length - 1);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "0n, 0",
        "1n, 1",
        "99999999u, 99999999000",
        "250m, 250000000",
        "00000007S, 7000000000",
        "2M, 120000000000",
        "1H, 3600000000000"
    })
    void everyUnitIsRead(String text, long nanos) {
        assertThat(parse(text)).isEqualTo(nanos);
    }

    @ParameterizedTest(name = "\"{0}\"")
    @ValueSource(
            strings = {"", "S", "1", "1s", "1h", "123456789m", "-1S", "+1S", "1.5S", "1 S", " 1S", "1SS", "0x1S", "1µ"})
    void anythingElseIsRefused(String text) {
        assertThat(parse(text)).isEqualTo(GrpcTimeout.MALFORMED);
    }

    @Test
    void whatIsTooLongToCountIsEndless() {
        assertThat(parse("99999999H")).isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest(name = "{0} ns")
    @CsvSource({
        "1, 1n",
        "0, 1n",
        "99999, 99999n",
        "100000, 100u",
        "99999999, 99999u",
        "100000000, 100m",
        "4999950123, 4999m",
        "99999999000000, 99999999m",
        "100000000000000, 100000S",
        "99999999000000000, 99999999S",
        "100000000000000000, 27777H"
    })
    void whatIsLeftIsWrittenInTheUnitThatLosesLittle(long nanos, String text) {
        assertThat(GrpcTimeout.write(nanos)).isEqualTo(text);
        assertThat(parse(text)).isBetween(Math.max(1, nanos - nanos / 100), Math.max(1, nanos));
    }
}
