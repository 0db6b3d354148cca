package dev.moorgate.operator.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.pace.WalkPace;
import dev.moorgate.operator.watch.Changes.Mark;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ChangesTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger events = new AtomicInteger();
    private final WalkPace pace = new WalkPace(nanos::get);
    private final Changes changes = new Changes(events::incrementAndGet, pace, WalkMetrics.NONE);

    private void walk(Set<Mark> marks, boolean isCompile) {
        long start = nanos.getAndAdd(20_000_000);
        changes.walked(start, marks, isCompile);
    }

    @Test
    void aWalkThatTookNoteOfAnAcknowledgementHoldsNothingUp() {
        walk(EnumSet.of(Mark.ROLLOUT), false);
        walk(EnumSet.noneOf(Mark.class), false);

        assertThat(pace.isLimited(pace.initState())).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"OBJECTS", "ENDPOINTS"})
    void aWalkThatDidSomethingIsFollowedByAsMuchTimeAsItTook(Mark mark) {
        walk(EnumSet.of(mark, Mark.ROLLOUT), mark == Mark.OBJECTS);

        assertThat(pace.isLimited(pace.initState())).isPresent();
    }

    @Test
    void whatAWalkCouldNotFinishTheNextOneTakes() {
        changes.mark(Mark.ENDPOINTS);
        Set<Mark> taken = changes.take();
        changes.mark(Mark.ROLLOUT);
        changes.putBack(taken);

        assertThat(changes.take()).containsExactlyInAnyOrder(Mark.ENDPOINTS, Mark.ROLLOUT);
        assertThat(changes.take()).isEmpty();
        assertThat(events).hasValue(2);
    }
}
