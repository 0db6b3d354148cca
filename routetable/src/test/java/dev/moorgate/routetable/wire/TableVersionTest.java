package dev.moorgate.routetable.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class TableVersionTest {

    @Test
    void incarnationCountsBeforeTableAndTableBeforeSequence() {
        TableVersion first = TableVersion.first(Optional.empty(), 1_700_000_000_000L);

        assertThat(first.nextEndpoints()).isGreaterThan(first);
        assertThat(first.nextTable()).isGreaterThan(first.nextEndpoints().nextEndpoints());
        assertThat(TableVersion.first(Optional.empty(), 1_700_000_000_001L))
                .isGreaterThan(first.nextTable().nextTable());
        assertThat(first.nextTable().nextEndpoints()).hasToString("0000018bcfe56800.2.1");
    }

    @Test
    void restartWithTheClockSetBackIsStillLater() {
        TableVersion installed = new TableVersion("0000018bcfe56800", 9, 9);

        assertThat(TableVersion.first(Optional.of(installed), 5)).isGreaterThan(installed);
    }

    @Test
    void malformedVersionsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new TableVersion("now", 1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new TableVersion("0000018bcfe56800", -1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new TableVersion("0000018bcfe56800", 1, -1));
    }
}
