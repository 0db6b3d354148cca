package dev.moorgate.dataplane.relay;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.observe.ExchangeObserver;
import dev.moorgate.dataplane.observe.ExchangeRecord;
import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.RouteTable;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts relayed connections by names of the table and reasons of ours; names that left the table are forgotten. Any thread. */
public final class RelayMetrics implements ExchangeObserver, MetricSource {
    private record Key(String listener, String route, String upstream, String reason) {}

    private static final class Counters {
        final LongAdder connections = new LongAdder();
        final LongAdder bytesIn = new LongAdder();
        final LongAdder bytesOut = new LongAdder();
    }

    private final Map<Key, Counters> counters = new ConcurrentHashMap<>();

    @Override
    public void finished(ExchangeRecord relay) {
        ProxyFailure reason = relay.reason;
        var key = new Key(relay.listener, relay.route, relay.upstream, reason == null ? "" : reason.word());
        Counters counted = counters.computeIfAbsent(key, _ -> new Counters());
        counted.connections.increment();
        counted.bytesIn.add(relay.bytesIn);
        counted.bytesOut.add(relay.bytesOut);
    }

    /** A table is in force. */
    public void installed(RouteTable table) {
        Set<String> listeners = new HashSet<>();
        Set<String> routes = new HashSet<>(Set.of(""));
        for (Listener listener : table.listeners()) {
            if (listener.protocol() == Listener.Protocol.TLS) {
                listeners.add(listener.name());
                listener.virtualHosts().forEach(host -> host.routes().forEach(route -> routes.add(route.name())));
            }
        }
        counters.keySet().removeIf(key -> !listeners.contains(key.listener) || !routes.contains(key.route));
    }

    @Override
    public void collect(MetricSheet sheet) {
        counters.forEach((key, counted) -> {
            String[] labels = {
                "listener", key.listener, "route", key.route, "upstream", key.upstream, "reason", key.reason
            };
            sheet.counter(
                    "moorgate_relayed_connections",
                    "Connections of TLS listeners that ended, by reason; empty: both sides were done.",
                    counted.connections.sum(),
                    labels);
            sheet.counter("moorgate_relayed_received_bytes", "Bytes from clients.", counted.bytesIn.sum(), labels);
            sheet.counter("moorgate_relayed_sent_bytes", "Bytes to clients.", counted.bytesOut.sum(), labels);
        });
    }
}
