package dev.moorgate.dataplane.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who is next, and who has no place, where more is asked than can be done. */
class TurnsTest {
    private final List<Runnable> pending = new ArrayList<>();
    private final List<String> done = new ArrayList<>();
    private final List<String> crowdedOut = new ArrayList<>();
    private final Turns turns = new Turns(pending::add);

    private void ask(String client, String what) {
        turns.add(client, new Turns.Work() {
            @Override
            public void run() {
                done.add(what);
            }

            @Override
            public void crowdedOut() {
                crowdedOut.add(what);
            }
        });
    }

    private void fill(String client, int places) {
        for (int i = 0; i < places; i++) {
            ask(client, client + i);
        }
    }

    private void doAll() {
        pending.forEach(Runnable::run);
        pending.clear();
    }

    @Test
    void clientsTakeTurnsAndWhatOneAsksKeepsItsOrder() {
        fill("a", 3);
        fill("b", 2);
        ask("c", "c0");

        doAll();

        assertThat(done).containsExactly("a0", "b0", "c0", "a1", "b1", "a2");
        ask("a", "again");
        doAll();
        assertThat(done).endsWith("again").hasSize(7);
    }

    @Test
    void whoHasMostPlacesGivesHisLastToWhoeverHasFewer() {
        fill("a", Turns.PLACES - 10);
        fill("b", 10);

        ask("a", "too much");
        ask("b", "b10");
        ask("c", "c0");

        assertThat(crowdedOut).containsExactly("too much", "a" + (Turns.PLACES - 11), "a" + (Turns.PLACES - 12));
        doAll();
        assertThat(done).hasSize(Turns.PLACES).contains("b10", "c0");
    }

    @Test
    void whereAllHaveAsMuchWhoeverComesLastHasNoPlace() {
        for (int i = 0; i < Turns.PLACES; i++) {
            ask("client" + i, "work" + i);
        }

        ask("late", "late");
        ask("client0", "more");

        assertThat(crowdedOut).containsExactly("late", "more");
        doAll();
        assertThat(done).hasSize(Turns.PLACES).doesNotContain("late", "more");
    }
}
