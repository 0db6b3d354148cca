package dev.moorgate.dataplane.observe;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.failure.RetryRefusal;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.VirtualHost;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * The counters of the process. Every label is a name of the table or a word of ours, never text of a request (faults G9);
 * names that left the table are forgotten at the next {@link #installed}. Any thread; reading never stops a loop.
 */
public final class ProxyMetrics implements ExchangeObserver {
    private static final int MOST_OUTCOMES = 32;

    private record RouteKey(String listener, String route, String upstream) {}

    private record Table(String version, Supplier<String> digest, int listeners, long routes, int upstreams) {}

    private final Map<RouteKey, RouteMetrics> routes = new ConcurrentHashMap<>();
    private final Map<String, ConnectionCounters> listeners = new ConcurrentHashMap<>();
    private final Map<String, ConnectionCounters> upstreams = new ConcurrentHashMap<>();
    private final Map<String, ConnectionCounters> retries = new ConcurrentHashMap<>();
    private final Map<String, ConnectionCounters> unrepeated = new ConcurrentHashMap<>();
    private final Map<String, ConnectionCounters> goneAway = new ConcurrentHashMap<>();
    private final Map<String, ConnectionCounters> resets = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> aged = new ConcurrentHashMap<>();
    private final Map<String, Map<String, LongAdder>> sessions = new ConcurrentHashMap<>();
    private final List<MetricSource> sources = new CopyOnWriteArrayList<>();
    private final LongAdder applied = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private volatile Table table = new Table("", () -> "", 0, 0, 0);

    /** The counters that a route's share of a listener holds; empty names where there is no route or upstream. */
    public RouteMetrics route(String listener, String route, String upstream) {
        return routes.computeIfAbsent(
                new RouteKey(listener, route, upstream), key -> new RouteMetrics(listener, route, upstream));
    }

    /** Something else that is to stand on the same page. */
    public void include(MetricSource source) {
        sources.add(source);
    }

    /**
     * A table is in force: what it does not name is forgotten.
     *
     * @param digest asked for when metrics are read, and only then
     */
    public void installed(RouteTable installed, String version, Supplier<String> digest) {
        applied.increment();
        Map<String, Set<String>> names = new HashMap<>();
        long count = 0;
        for (Listener listener : installed.listeners()) {
            Set<String> routeNames = names.computeIfAbsent(listener.name(), name -> new HashSet<>());
            routeNames.add("");
            for (VirtualHost host : listener.virtualHosts()) {
                count += host.routes().size();
                for (Route route : host.routes()) {
                    routeNames.add(route.name());
                }
            }
        }
        Set<String> upstreamNames = new HashSet<>();
        installed.upstreams().forEach(upstream -> upstreamNames.add(upstream.name()));
        Set<String> policies = new HashSet<>();
        installed.sessions().forEach(session -> policies.add(session.id()));
        routes.keySet().removeIf(key -> !isNamed(key, names, upstreamNames));
        listeners.entrySet().removeIf(entry -> isGone(entry, names.keySet()));
        goneAway.keySet().retainAll(listeners.keySet());
        resets.keySet().retainAll(listeners.keySet());
        aged.keySet().retainAll(listeners.keySet());
        upstreams.entrySet().removeIf(entry -> isGone(entry, upstreamNames));
        retries.keySet().retainAll(upstreamNames);
        unrepeated.keySet().retainAll(upstreamNames);
        sessions.keySet().retainAll(policies);
        table = new Table(version, digest, names.size(), count, upstreamNames.size());
    }

    private static boolean isNamed(RouteKey key, Map<String, Set<String>> routes, Set<String> upstreams) {
        return routes.getOrDefault(key.listener, Set.of()).contains(key.route)
                && (key.upstream.isEmpty() || upstreams.contains(key.upstream));
    }

    /** Connections outlive their table: their gauge goes when the last of them has. */
    private static boolean isGone(Map.Entry<String, ConnectionCounters> entry, Set<String> names) {
        return !names.contains(entry.getKey()) && entry.getValue().live() == 0;
    }

    /** A table or push was refused. */
    public void refused() {
        refused.increment();
    }

    @Override
    public void finished(ExchangeRecord exchange) {
        RouteMetrics metrics = exchange.metrics;
        if (metrics == null) {
            metrics = route(exchange.listener, "", "");
        }
        metrics.finished(exchange);
        if (exchange.retryCount() > 0) {
            ConnectionCounters counters = counters(retries, exchange.upstream);
            for (int i = 0; i < exchange.retryReasons(); i++) {
                counters.fail(exchange.retryReason(i).word());
            }
        }
        RetryRefusal refusal = exchange.retryRefused;
        if (refusal != null) {
            counters(unrepeated, exchange.upstream).fail(refusal.word());
        }
        if (!exchange.sessionOutcome.isEmpty()) {
            session(exchange.session, exchange.sessionOutcome).increment();
        }
    }

    private LongAdder session(String policy, String outcome) {
        Map<String, LongAdder> outcomes = sessions.get(policy);
        if (outcomes == null) {
            outcomes = sessions.computeIfAbsent(policy, key -> new ConcurrentHashMap<>());
        }
        LongAdder count = outcomes.get(outcome);
        if (count == null) {
            String word = outcomes.size() < MOST_OUTCOMES ? outcome : "other";
            count = outcomes.computeIfAbsent(word, key -> new LongAdder());
        }
        return count;
    }

    /** Requests by StickySession and outcome, since the process began. */
    public SortedMap<String, SortedMap<String, Long>> sessions() {
        SortedMap<String, SortedMap<String, Long>> all = new TreeMap<>();
        sessions.forEach((policy, outcomes) -> {
            SortedMap<String, Long> counts = new TreeMap<>();
            outcomes.forEach((outcome, count) -> counts.put(outcome, count.sum()));
            all.put(policy, counts);
        });
        return all;
    }

    private static ConnectionCounters counters(Map<String, ConnectionCounters> all, String name) {
        ConnectionCounters known = all.get(name);
        return known != null ? known : all.computeIfAbsent(name, key -> new ConnectionCounters());
    }

    /** Counts client connections. */
    public ConnectionObserver connections() {
        return new ConnectionObserver() {
            @Override
            public void opened(String listener) {
                counters(listeners, listener).open();
            }

            @Override
            public void closed(String listener) {
                counters(listeners, listener).close();
            }

            @Override
            public void refused(String listener, String reason) {
                counters(listeners, listener).refuse(reason);
            }

            @Override
            public void handshakeFailed(String listener, String reason) {
                counters(listeners, listener).fail(reason);
            }

            @Override
            public void goneAway(String listener, String why) {
                counters(goneAway, listener).fail(why.replace(' ', '_'));
            }

            @Override
            public void aged(String listener) {
                aged.computeIfAbsent(listener, _ -> new LongAdder()).increment();
            }

            @Override
            public void streamReset(String listener, String cause) {
                counters(resets, listener).fail(cause.toLowerCase(Locale.ROOT));
            }
        };
    }

    /** Counts connections to endpoints. */
    public UpstreamObserver upstreams() {
        return new UpstreamObserver() {
            @Override
            public void opened(String upstream) {
                counters(upstreams, upstream).open();
            }

            @Override
            public void closed(String upstream) {
                counters(upstreams, upstream).close();
            }

            @Override
            public void failed(String upstream, ProxyFailure failure) {
                counters(upstreams, upstream).fail(failure.word());
            }
        };
    }

    /**
     * The whole page in Prometheus' text format ({@link MetricSheet#CONTENT_TYPE}). It is made part by part, each of families that no
     * other has: of thousands of routes a part lives too short to get old, all of them together would make the old generation grow by
     * megabytes with each reading.
     */
    public void write(OutputStream out) throws IOException {
        part(out, sheet -> routes.values().forEach(route -> route.requests(sheet)));
        part(out, sheet -> routes.values().forEach(route -> route.calls(sheet)));
        part(out, sheet -> routes.values().forEach(route -> route.durations(sheet)));
        part(out, sheet -> routes.values().forEach(route -> route.requestBytes(sheet)));
        part(out, sheet -> routes.values().forEach(route -> route.responseBytes(sheet)));
        part(out, this::clients);
        part(out, this::endpoints);
        part(out, this::table);
        for (MetricSource source : sources) {
            part(out, source);
        }
    }

    private static void part(OutputStream out, MetricSource part) throws IOException {
        var sheet = new MetricSheet();
        part.collect(sheet);
        sheet.write(out);
    }

    private void clients(MetricSheet sheet) {
        listeners.forEach((name, counters) -> {
            sheet.gauge("moorgate_connections", "Open client connections.", counters.live(), "listener", name);
            sheet.counter("moorgate_connections_opened", "Client connections.", counters.opened(), "listener", name);
            reasons(
                    sheet,
                    "moorgate_handshakes_failed",
                    "Failed TLS handshakes.",
                    "listener",
                    name,
                    counters.failures());
            reasons(
                    sheet,
                    "moorgate_connections_refused",
                    "Client connections that were closed before they began.",
                    "listener",
                    name,
                    counters.refusals());
        });
        goneAway.forEach((name, counters) -> reasons(
                sheet,
                "moorgate_http2_connections_failed",
                "HTTP/2 and HTTP/3 connections ended for what their client did.",
                "listener",
                name,
                counters.failures()));
        aged.forEach((name, count) -> sheet.counter(
                "moorgate_http2_connections_aged",
                "HTTP/2 and HTTP/3 connections that were told to end for their age.",
                count.sum(),
                "listener",
                name));
        resets.forEach((name, counters) -> reasons(
                sheet,
                "moorgate_http2_streams_reset",
                "HTTP/2 and HTTP/3 streams of clients that ended before their end.",
                "listener",
                name,
                counters.failures()));
        sessions.forEach((policy, outcomes) -> outcomes.forEach((outcome, count) -> sheet.counter(
                "moorgate_sessions",
                "Requests with a sticky session by what became of it.",
                count.sum(),
                "policy",
                policy,
                "outcome",
                outcome)));
    }

    private void endpoints(MetricSheet sheet) {
        upstreams.forEach((name, counters) -> {
            sheet.gauge(
                    "moorgate_upstream_connections",
                    "Open connections to endpoints.",
                    counters.live(),
                    "upstream",
                    name);
            sheet.counter(
                    "moorgate_upstream_connections_opened",
                    "Connections to endpoints.",
                    counters.opened(),
                    "upstream",
                    name);
            reasons(
                    sheet,
                    "moorgate_upstream_connections_failed",
                    "Connections to endpoints that could not be opened.",
                    "upstream",
                    name,
                    counters.failures());
        });
        retries.forEach((name, counters) -> reasons(
                sheet,
                "moorgate_upstream_retries",
                "Attempts that another followed.",
                "upstream",
                name,
                counters.failures()));
        unrepeated.forEach((name, counters) -> reasons(
                sheet,
                "moorgate_upstream_retries_refused",
                "Failed attempts that no other followed.",
                "upstream",
                name,
                counters.failures()));
    }

    private static void reasons(
            MetricSheet sheet, String name, String help, String label, String value, Map<String, LongAdder> counts) {
        counts.forEach((reason, count) -> sheet.counter(name, help, count.sum(), label, value, "reason", reason));
    }

    private void table(MetricSheet sheet) {
        Table now = table;
        sheet.counter("moorgate_tables", "Tables by outcome.", applied.sum(), "outcome", "applied");
        sheet.counter("moorgate_tables", "Tables by outcome.", refused.sum(), "outcome", "refused");
        sheet.gauge("moorgate_table_listeners", "Listeners of the table in force.", now.listeners);
        sheet.gauge("moorgate_table_routes", "Routes of the table in force.", now.routes);
        sheet.gauge("moorgate_table_upstreams", "Upstreams of the table in force.", now.upstreams);
        if (!now.version.isEmpty()) {
            sheet.gauge(
                    "moorgate_table_info",
                    "The table in force: always 1.",
                    1,
                    "version",
                    now.version,
                    "digest",
                    now.digest.get());
        }
    }
}
