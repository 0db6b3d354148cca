package dev.moorgate.dataplane.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The messages of gRPC's health service, byte by byte. */
class HealthMessagesTest {
    @Test
    void aServiceIsNamedAndNoNameIsNoField() {
        assertThat(HealthMessages.request("")).containsExactly(0, 0, 0, 0, 0);
        assertThat(HealthMessages.request("a.B")).containsExactly(0, 0, 0, 0, 5, 0x0a, 3, 'a', '.', 'B');
        assertThat(HealthMessages.request("x".repeat(200)))
                .startsWith(0, 0, 0, 0, (byte) 203, 0x0a, (byte) 0xc8, 1, 'x')
                .hasSize(208);
    }

    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "0000000000, UNKNOWN",
        "00000000020801, SERVING",
        "00000000020802, NOT_SERVING",
        "00000000020803, SERVICE_UNKNOWN",
        "00000000020804, status 4",
        "00000000080801120401020304, SERVING",
        "000000000408011801, SERVING",
        "0000000000ff, no message that can be read",
        "01000000020801, no message that can be read",
        "0000, no message that can be read",
        "'', no message that can be read",
        "00000000021205, a message of another type",
        "00000000010b, a message of another type"
    })
    void whatTheAnswerSaysIsRead(String hex, String word) {
        assertThat(HealthMessages.status(HexFormat.of().parseHex(hex))).isEqualTo(word);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"000000000b08ffffffffffffffffffff", "000000000108", "0000000002089f"})
    void aNumberWithoutEndIsNoService(String hex) {
        assertThat(HealthMessages.status(HexFormat.of().parseHex(hex))).isNotEqualTo(HealthMessages.SERVING);
    }
}
