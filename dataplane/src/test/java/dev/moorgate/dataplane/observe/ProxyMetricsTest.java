package dev.moorgate.dataplane.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.failure.RetryRefusal;
import dev.moorgate.dataplane.kit.MetricText;
import dev.moorgate.dataplane.observe.UpstreamView.EndpointView;
import dev.moorgate.dataplane.observe.UpstreamView.Health;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.VirtualHost;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What happened is counted under configured names, and under nothing else (fault G9). */
class ProxyMetricsTest {
    private final ProxyMetrics metrics = new ProxyMetrics();
    private final ExchangeRecord exchange = new ExchangeRecord();

    private static RouteTable table(String route) {
        var source = SourceRef.of("Service", "shop", "cart");
        return new RouteTable(
                ProxySettings.STANDARD,
                List.of(new Listener(
                        "ingress/80",
                        source,
                        Listener.Protocol.HTTP,
                        80,
                        "",
                        0,
                        80,
                        Optional.empty(),
                        List.of(new VirtualHost(
                                HostPattern.ANY,
                                "",
                                List.of(new Route(
                                        route,
                                        source,
                                        RouteMatch.path(RouteMatch.PathMatch.ALL),
                                        List.of(),
                                        new Forward(
                                                List.of(Forward.WeightedUpstream.to("shop/cart/80")), Optional.empty()),
                                        RoutePolicy.STANDARD)),
                                VirtualHost.Unmatched.NOT_FOUND)))),
                List.of(Upstream.http("shop/cart/80", source)),
                List.of(),
                List.of(),
                List.of());
    }

    private String page() {
        return MetricText.of(metrics);
    }

    private void finish(String route, int status, long nanos) {
        exchange.reset();
        exchange.listener = "ingress/80";
        exchange.metrics = metrics.route("ingress/80", route, "shop/cart/80");
        exchange.status = status;
        exchange.totalNanos = nanos;
        exchange.bytesIn = 3;
        exchange.bytesOut = 5;
        metrics.finished(exchange);
    }

    @Test
    void requestsAreCountedByResultAndTimed() {
        finish("cart", 200, 900_000);
        finish("cart", 200, 1_000_000);
        finish("cart", 404, 30_000_000);
        finish("cart", 200, 60_000_000_000L);

        assertThat(page())
                .contains(
                        "# TYPE moorgate_requests_total counter",
                        "moorgate_requests_total{code=\"200\",listener=\"ingress/80\",reason=\"\",route=\"cart\",upstream=\"shop/cart/80\"} 3.0",
                        "moorgate_requests_total{code=\"404\",listener=\"ingress/80\",reason=\"\",route=\"cart\",upstream=\"shop/cart/80\"} 1.0",
                        "moorgate_request_duration_seconds_bucket{listener=\"ingress/80\",route=\"cart\",upstream=\"shop/cart/80\",le=\"0.001\"} 2",
                        "moorgate_request_duration_seconds_bucket{listener=\"ingress/80\",route=\"cart\",upstream=\"shop/cart/80\",le=\"0.05\"} 3",
                        "moorgate_request_duration_seconds_bucket{listener=\"ingress/80\",route=\"cart\",upstream=\"shop/cart/80\",le=\"10.0\"} 3",
                        "moorgate_request_duration_seconds_bucket{listener=\"ingress/80\",route=\"cart\",upstream=\"shop/cart/80\",le=\"+Inf\"} 4",
                        "moorgate_request_duration_seconds_count{listener=\"ingress/80\",route=\"cart\",upstream=\"shop/cart/80\"} 4",
                        "moorgate_request_duration_seconds_sum{listener=\"ingress/80\",route=\"cart\",upstream=\"shop/cart/80\"} 60.0319",
                        "moorgate_request_bytes_total{listener=\"ingress/80\",route=\"cart\",upstream=\"shop/cart/80\"} 12.0",
                        "moorgate_response_bytes_total{listener=\"ingress/80\",route=\"cart\",upstream=\"shop/cart/80\"} 20.0");
    }

    @Test
    void failuresRetriesAndSessionsAreCountedByReason() {
        exchange.listener = "ingress/80";
        exchange.upstream = "shop/cart/80";
        exchange.status = 502;
        exchange.reason = ProxyFailure.CONNECT_REFUSED;
        exchange.retried(ProxyFailure.CONNECT_REFUSED);
        exchange.retryRefused = RetryRefusal.BUDGET_SPENT;
        exchange.session = "shop/sticky";
        exchange.sessionOutcome = "moved";
        metrics.finished(exchange);

        assertThat(page())
                .contains(
                        "reason=\"connect_refused\",route=\"\",upstream=\"\"} 1.0",
                        "moorgate_upstream_retries_total{reason=\"connect_refused\",upstream=\"shop/cart/80\"} 1.0",
                        "moorgate_upstream_retries_refused_total{reason=\"budget_spent\",upstream=\"shop/cart/80\"} 1.0",
                        "moorgate_sessions_total{outcome=\"moved\",policy=\"shop/sticky\"} 1.0");
    }

    @Test
    void randomRequestsMakeNoNewSeries() {
        finish("cart", 200, 1);
        long before = page().lines().count();
        for (int i = 0; i < 1000; i++) {
            exchange.reset();
            exchange.metrics = metrics.route("ingress/80", "cart", "shop/cart/80");
            exchange.status = 200;
            exchange.host.set("h" + i + ".example.com");
            exchange.path.set("/" + i);
            exchange.method = "M" + i;
            metrics.finished(exchange);
        }

        assertThat(page().lines().count()).isEqualTo(before);
    }

    @Test
    void statusesThatAnUpstreamInventsFillNoMemory() {
        for (int status = 100; status < 1000; status++) {
            finish("cart", status, 1);
        }

        assertThat(page().lines().filter(line -> line.startsWith("moorgate_requests_total{")))
                .hasSize(49)
                .anyMatch(line -> line.contains("code=\"other\"") && line.endsWith(" 852.0"));
    }

    @Test
    void requestsOfManyThreadsAreAllCounted() throws InterruptedException {
        RouteMetrics route = metrics.route("ingress/80", "cart", "shop/cart/80");
        var threads = IntStream.range(0, 4)
                .mapToObj(thread -> Thread.ofPlatform().start(() -> {
                    var own = new ExchangeRecord();
                    own.metrics = route;
                    for (int i = 0; i < 10_000; i++) {
                        own.status = 200 + i % 7;
                        metrics.finished(own);
                    }
                }))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(page())
                .contains(
                        "moorgate_request_duration_seconds_count{listener=\"ingress/80\",route=\"cart\",upstream=\"shop/cart/80\"} 40000");
        assertThat(page().lines()
                        .filter(line -> line.startsWith("moorgate_requests_total{"))
                        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                        .sum())
                .isEqualTo(40_000);
    }

    @Test
    void connectionsOfBothSidesAreCounted() {
        ConnectionObserver clients = metrics.connections();
        clients.opened("ingress/80");
        clients.opened("ingress/80");
        clients.closed("ingress/80");
        clients.handshakeFailed("ingress/80", "no_certificate");
        UpstreamObserver endpoints = metrics.upstreams();
        endpoints.opened("shop/cart/80");
        endpoints.closed("shop/cart/80");
        endpoints.failed("shop/cart/80", ProxyFailure.CONNECT_TIMEOUT);

        assertThat(page())
                .contains(
                        "moorgate_connections{listener=\"ingress/80\"} 1.0",
                        "moorgate_connections_opened_total{listener=\"ingress/80\"} 2.0",
                        "moorgate_handshakes_failed_total{listener=\"ingress/80\",reason=\"no_certificate\"} 1.0",
                        "moorgate_upstream_connections{upstream=\"shop/cart/80\"} 0.0",
                        "moorgate_upstream_connections_opened_total{upstream=\"shop/cart/80\"} 1.0",
                        "moorgate_upstream_connections_failed_total{reason=\"connect_timeout\",upstream=\"shop/cart/80\"} 1.0");
    }

    @Test
    void namesThatLeftTheTableAreForgottenOnceNothingIsOpen() {
        finish("cart", 200, 1);
        metrics.connections().opened("old/80");
        metrics.installed(table("cart"), "v.1.0", () -> "abc");
        assertThat(page()).contains("route=\"cart\"", "moorgate_connections{listener=\"old/80\"} 1.0");

        metrics.connections().closed("old/80");
        metrics.installed(table("other"), "v.2.0", () -> "def");

        assertThat(page()).doesNotContain("route=\"cart\"").doesNotContain("old/80");
    }

    @Test
    void tableInForceIsTold() {
        metrics.installed(table("cart"), "0000019ac2e1a400.12.3", () -> "abc");
        metrics.refused();

        assertThat(page())
                .contains(
                        "moorgate_table_info{digest=\"abc\",version=\"0000019ac2e1a400.12.3\"} 1.0",
                        "moorgate_table_routes 1.0",
                        "moorgate_table_listeners 1.0",
                        "moorgate_table_upstreams 1.0",
                        "moorgate_tables_total{outcome=\"applied\"} 1.0",
                        "moorgate_tables_total{outcome=\"refused\"} 1.0");
    }

    @Test
    void endpointsAreCountedByStateAndTheProcessIsMeasured() {
        var ready = new EndpointView("k1", "10.0.0.1:80", Optional.empty(), Health.READY, 3, 4, "");
        var ejected = new EndpointView("k2", "10.0.0.2:80", Optional.empty(), Health.EJECTED, 0, 0, "5 failures");
        metrics.include(new EndpointMetrics(() -> List.of(new UpstreamView("shop/cart/80", List.of(ready, ejected)))));
        metrics.include(new JvmMetrics(() -> 77));

        assertThat(page())
                .contains(
                        "moorgate_upstream_endpoints{state=\"ready\",upstream=\"shop/cart/80\"} 1.0",
                        "moorgate_upstream_endpoints{state=\"draining\",upstream=\"shop/cart/80\"} 0.0",
                        "moorgate_upstream_endpoints{state=\"ejected\",upstream=\"shop/cart/80\"} 1.0",
                        "moorgate_upstream_active_requests{upstream=\"shop/cart/80\"} 3.0",
                        "jvm_buffer_pool_used_bytes{pool=\"netty\"} 77.0",
                        "jvm_memory_used_bytes{area=\"heap\"} ",
                        "jvm_threads_current ",
                        "process_cpu_seconds_total ");
    }
}
