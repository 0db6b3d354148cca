package dev.moorgate.dataplane.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream.Balancing;
import java.util.List;
import org.junit.jupiter.api.Test;

/** From table to table everything that has not changed is kept, and what cannot be installed is refused. */
class BalanceStateTest {
    private final EndpointRegistry registry = new EndpointRegistry(() -> 1);
    private final StickySessions sessions = StickySessions.system();

    @Test
    void whatHasNotChangedIsKept() {
        BalanceState before = state(Sessions.ring("k1"), Pools.ready(2), null);
        BalanceState same = state(Sessions.ring("k1"), Pools.ready(2), before);
        BalanceState scaled = state(Sessions.ring("k1"), Pools.ready(3), before);
        BalanceState rotated = state(Sessions.ring("k2", "k1"), Pools.ready(2), before);

        assertThat(same.set("cart")).isSameAs(before.set("cart"));
        assertThat(same.session("s")).isSameAs(before.session("s"));
        assertThat(scaled.set("cart")).isNotSameAs(before.set("cart"));
        assertThat(scaled.session("s")).isSameAs(before.session("s"));
        assertThat(rotated.set("cart")).isSameAs(before.set("cart"));
        assertThat(rotated.session("s")).isNotSameAs(before.session("s"));
        assertThat(scaled.set("cart").all().get(1).state())
                .isSameAs(before.set("cart").all().get(1).state());
    }

    @Test
    void anUpstreamWithoutEndpointsHasAnEmptySet() {
        BalanceState state = state(Sessions.ring("k1"), List.of(), null);

        assertThat(state.set("cart").all()).isEmpty();
        assertThat(state.set("other")).isNull();
        assertThat(state.session("other")).isNull();
    }

    @Test
    void aBadKeyRefusesTheTable() {
        KeyRing ring = new KeyRing("release", List.of(new KeyRing.SessionKey("k1", new Redacted("short"))));

        assertThatIllegalArgumentException().isThrownBy(() -> state(ring, Pools.ready(1), null));
    }

    private BalanceState state(KeyRing ring, List<Endpoint> endpoints, BalanceState previous) {
        StickySession session = Sessions.session("s").made();
        RouteTable table = new RouteTable(
                ProxySettings.STANDARD,
                List.of(),
                List.of(Pools.upstream("cart", Balancing.ROUND_ROBIN)),
                List.of(session),
                List.of(),
                List.of(ring));
        EndpointTable addresses = endpoints.isEmpty()
                ? EndpointTable.EMPTY
                : new EndpointTable(List.of(new UpstreamEndpoints("cart", endpoints)));
        return sessions.state(table, addresses, registry, previous);
    }
}
