package dev.moorgate.routetable.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is edited: what the other side makes of the changes is what was meant, routes and endpoints alike. */
class DeltaPushTest {
    private static final List<Record> TABLES = Generated.variants(Samples.everything());
    private static final List<Record> ENDPOINTS = Generated.variants(Samples.endpoints());

    private final Stamped.Memos memos = new Stamped.Memos();

    private Stamped sent(Stamped old, Stamped next) throws WireException {
        byte[] document = TableWriter.WIRE.write(DeltaPush.between(old, next));
        Stamped applied = TableReader.deltaPush(document).apply(old, memos);
        assertThat(TableReader.deltaPush(document).replay(old.push())).isEqualTo(applied.push());
        return applied;
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomEditsArriveAsTheWholeTableWould(long seed) throws WireException {
        var random = new Random(seed);
        var here = Stamped.of(new Push(Samples.version(), RouteTable.EMPTY, EndpointTable.EMPTY));
        Stamped there = here;
        for (int i = 0; i < 60; i++) {
            Push old = here.push();
            boolean routes = random.nextBoolean();
            var table = routes ? (RouteTable) TABLES.get(random.nextInt(TABLES.size())) : old.table();
            var endpoints = random.nextBoolean()
                    ? (EndpointTable) ENDPOINTS.get(random.nextInt(ENDPOINTS.size()))
                    : old.endpoints();
            var next = Stamped.of(new Push(old.version().nextTable(), table, endpoints));

            there = sent(there, next);

            assertThat(there).isEqualTo(next);
            assertThat(there.push().table()).isEqualTo(table);
            here = next;
        }
    }

    @Test
    void routesDoNotTravelWhereOnlyEndpointsChanged() throws WireException {
        var old = Stamped.of(new Push(Samples.version(), Samples.large(1000), EndpointTable.EMPTY));
        var next = Stamped.of(
                new Push(Samples.version().nextEndpoints(), old.push().table(), Samples.endpoints()));

        DeltaPush delta = DeltaPush.between(old, next);

        assertThat(delta.table()).isEmpty();
        assertThat(TableWriter.WIRE.write(delta)).hasSizeLessThan(2000);
        assertThat(sent(old, next)).isEqualTo(next);
    }

    @Test
    void changeOfAnotherBaseIsRefused() {
        var old = Stamped.of(new Push(Samples.version(), Samples.simple(), EndpointTable.EMPTY));
        var next = Stamped.of(new Push(Samples.version().nextTable(), Samples.everything(), EndpointTable.EMPTY));
        var scaled = Stamped.of(new Push(Samples.version().nextEndpoints(), Samples.simple(), Samples.endpoints()));

        assertThatThrownBy(() -> DeltaPush.between(old, next).apply(next, memos))
                .isInstanceOf(WireException.class)
                .hasMessageStartingWith("table.base: ");
        assertThatThrownBy(() -> DeltaPush.between(old, scaled).apply(scaled, memos))
                .isInstanceOf(WireException.class)
                .hasMessageStartingWith("endpoints.base: ");
    }

    @Test
    void whatAChangeTakesAwayMustHaveBeenThere() {
        var old = Stamped.of(new Push(Samples.version(), Samples.everything(), Samples.endpoints()));
        var empty = Stamped.of(new Push(Samples.version().nextTable(), RouteTable.EMPTY, EndpointTable.EMPTY));
        var scaled = Stamped.of(
                new Push(Samples.version().nextEndpoints(), old.push().table(), EndpointTable.EMPTY));

        assertThatThrownBy(() -> DeltaPush.between(old, empty).replay(empty.push()))
                .isInstanceOf(WireException.class)
                .hasMessageStartingWith("table.");
        assertThatThrownBy(() -> DeltaPush.between(old, scaled).replay(empty.push()))
                .isInstanceOf(WireException.class)
                .hasMessageStartingWith("endpoints.");
    }
}
