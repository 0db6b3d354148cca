package dev.moorgate.dataplane.relay;

import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.observe.ExchangeRecord;
import dev.moorgate.dataplane.upstream.FlushQueue;
import dev.moorgate.dataplane.upstream.Timers;
import dev.moorgate.dataplane.upstream.UpstreamPools;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** What the relays of one event loop share. That event loop only. */
final class RelayLoop {
    final Timers timers;
    final FlushQueue flushes;
    final UpstreamPools pools;
    final Supplier<ProxyState> states;
    final Relays.Observers observers;
    final ExchangeRecord record = new ExchangeRecord();
    /** What balancing looks at where a request's head would be: a relayed connection has none. */
    final RequestHead noHead = new RequestHead();

    private final Set<Relay> open = new HashSet<>();

    RelayLoop(
            Timers timers,
            FlushQueue flushes,
            UpstreamPools pools,
            Supplier<ProxyState> states,
            Relays.Observers observers) {
        this.timers = timers;
        this.flushes = flushes;
        this.pools = pools;
        this.states = states;
        this.observers = observers;
    }

    long now() {
        return timers.clock().nanoTime();
    }

    void add(Relay relay) {
        open.add(relay);
    }

    void remove(Relay relay) {
        open.remove(relay);
    }

    void closeAll() {
        List.copyOf(open).forEach(Relay::cut);
        pools.close();
    }
}
