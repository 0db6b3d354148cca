package dev.moorgate.operator.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.watch.TrimmedStore.ChangeLog;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ChangeLogTest {
    private final ChangeLog log = new ChangeLog(10);

    @Test
    void tellsWhatChangedLaterThanATime() {
        log.add("a", 11);
        log.add("b", 12);
        log.add("a", 15);

        assertThat(log.since(10)).contains(Set.of("a", "b"));
        assertThat(log.since(11)).contains(Set.of("a", "b"));
        assertThat(log.since(12)).contains(Set.of("a"));
        assertThat(log.since(15)).contains(Set.of());
    }

    @Test
    void doesNotKnowWhatWasBeforeItBegan() {
        assertThat(log.since(9)).isEmpty();
        assertThat(log.since(10)).contains(Set.of());
    }

    @Test
    void saysSoWhereMoreChangedThanItRemembers() {
        for (int i = 1; i <= 300; i++) {
            log.add("key" + i, 10 + i);
        }

        assertThat(log.since(10)).isEmpty();
        assertThat(log.since(10 + 43)).isEmpty();
        assertThat(log.since(10 + 44).orElseThrow()).hasSize(256);
        assertThat(log.since(10 + 299)).contains(Set.of("key300"));
    }
}
