package dev.moorgate.routetable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.moorgate.routetable.Filter.HeaderField;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Text of any length is checked in time that grows with it, and not with its square (fault I9). */
class LongTextTest {
    private static final int MIB = 1 << 20;
    private static final Duration ENOUGH = Duration.ofSeconds(20);

    @Test
    void aHeaderOfAMillionCharactersIsCheckedInTime() {
        HeaderField field = assertTimeoutPreemptively(ENOUGH, () -> new HeaderField("a".repeat(MIB), "b".repeat(MIB)));

        assertThat(field.value()).hasSize(MIB);
    }
}
