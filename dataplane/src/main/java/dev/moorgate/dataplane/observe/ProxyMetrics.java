package dev.moorgate.dataplane.observe;

/** Counters of the process, by listener, route and upstream; names come from the table, never from a request (faults G9). */
public final class ProxyMetrics implements ExchangeObserver {
    /** The counters that routes of a table hold. */
    public RouteMetrics route(String listener, String route, String upstream) {
        return new RouteMetrics(listener, route, upstream);
    }

    @Override
    public void finished(ExchangeRecord exchange) {
        RouteMetrics m = exchange.metrics;
        if (m != null) {
            m.finished(exchange);
        }
    }
}
