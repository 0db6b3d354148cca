package dev.moorgate.cli.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.cli.process.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * 5,000 Ingresses with 20,000 endpoints in a process with a quarter of the memory that an operator may have (512 MiB): they are
 * compiled, and of a change only what changed travels (fault I17). How long it takes is measured elsewhere ({@code docs/performance.md}).
 */
class ManyIngressesTest {
    @Test
    void aChangeOfOneOfFiveThousandTravelsAloneAndAllOfThemFitIntoASmallHeap() {
        try (ChildJvm walk = ChildJvm.start(ManyIngresses.class)) {
            TablePublisherTest.await(() -> !walk.isAlive() || has(walk, "heap"));
            assertThat(has(walk, "heap")).as("%s", walk.output()).isTrue();
            assertThat(number(walk, "routes")).isEqualTo(ManyIngresses.INGRESSES);
            assertThat(number(walk, "endpoints")).isEqualTo(ManyIngresses.INGRESSES * ManyIngresses.ENDPOINTS_EACH);
            assertThat(number(walk, "heap")).isLessThanOrEqualTo(128);

            // the order of the hosts travels with a changed route; an endpoint travels alone
            assertThat(number(walk, "route")).isLessThan(number(walk, "whole") / 10);
            assertThat(number(walk, "endpoint")).isLessThan(number(walk, "whole") / 1_000);
            assertThat(number(walk, "tables")).isEqualTo(1);
        }
    }

    private static boolean has(ChildJvm walk, String name) {
        return walk.output().stream().anyMatch(line -> line.startsWith(name + " "));
    }

    private static long number(ChildJvm walk, String name) {
        List<String> lines = walk.output().stream()
                .filter(line -> line.startsWith(name + " "))
                .toList();
        assertThat(lines).as("%s in %s", name, walk.output()).hasSize(1);
        return Long.parseLong(lines.getFirst().substring(name.length() + 1));
    }
}
