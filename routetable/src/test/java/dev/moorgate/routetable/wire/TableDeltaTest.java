package dev.moorgate.routetable.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A delta applied to its base gives the next table, and to nothing else. */
class TableDeltaTest {

    @Test
    void everyChangeTravelsThereAndBack() throws WireException {
        RouteTable table = Samples.everything();
        for (Record variant : Generated.variants(table)) {
            var next = (RouteTable) variant;
            assertThat(sent(TableDelta.between(table, next)).apply(table)).isEqualTo(next);
            assertThat(sent(TableDelta.between(next, table)).apply(next)).isEqualTo(table);
        }
        assertThat(sent(TableDelta.between(RouteTable.EMPTY, table)).apply(RouteTable.EMPTY))
                .isEqualTo(table);
        assertThat(sent(TableDelta.between(table, RouteTable.EMPTY)).apply(table))
                .isEqualTo(RouteTable.EMPTY);
    }

    private static TableDelta sent(TableDelta delta) throws WireException {
        return TableReader.tableDelta(TableWriter.WIRE.write(delta));
    }

    @Test
    void oneChangedHostTravelsAlone() {
        RouteTable table = Samples.large(1000);
        Listener listener = table.listeners().getFirst();
        var hosts = new ArrayList<>(listener.virtualHosts());
        hosts.set(7, Samples.host(hosts.get(7).host()));
        var next = new RouteTable(
                table.settings(),
                List.of(Samples.http(hosts.toArray(VirtualHost[]::new))),
                table.upstreams(),
                table.sessions(),
                table.certificates(),
                table.keyRings());

        TableDelta delta = TableDelta.between(table, next);

        assertThat(delta.listeners()).hasSize(1);
        assertThat(delta.listeners().getFirst().changed()).containsExactly(hosts.get(7));
        assertThat(delta.upstreams()).isEmpty();
        assertThat(delta.settings()).isEmpty();
    }

    @Test
    void deltaOfAnotherBaseIsRefused() {
        TableDelta delta = TableDelta.between(Samples.simple(), RouteTable.EMPTY);

        assertThatThrownBy(() -> delta.apply(Samples.everything()))
                .isInstanceOf(WireException.class)
                .hasMessage("base: is not the table that is installed");
    }

    @Test
    void endpointsTravelByUpstream() throws WireException {
        EndpointTable table = Samples.endpoints();
        var next = new EndpointTable(List.of(
                table.upstreams().getFirst(),
                new UpstreamEndpoints(
                        "shop/search/80", List.of(Samples.endpoint("uid-9/80", "10.1.0.9", Endpoint.State.READY)))));

        EndpointDelta delta = TableReader.endpointDelta(TableWriter.WIRE.write(EndpointDelta.between(table, next)));

        assertThat(delta.changed()).extracting(UpstreamEndpoints::upstream).containsExactly("shop/search/80");
        assertThat(delta.apply(table)).isEqualTo(next);
        assertThat(EndpointDelta.between(table, EndpointTable.EMPTY).apply(table))
                .isEqualTo(EndpointTable.EMPTY);
        assertThatThrownBy(() -> delta.apply(next)).isInstanceOf(WireException.class);
    }
}
