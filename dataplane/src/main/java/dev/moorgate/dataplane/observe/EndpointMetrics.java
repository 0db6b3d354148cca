package dev.moorgate.dataplane.observe;

import dev.moorgate.dataplane.observe.UpstreamView.EndpointView;
import dev.moorgate.dataplane.observe.UpstreamView.Health;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** How many endpoints of each upstream are in which state; pods come and go, so none has a label of its own. */
public final class EndpointMetrics implements MetricSource {
    private final Supplier<List<UpstreamView>> upstreams;

    public EndpointMetrics(Supplier<List<UpstreamView>> upstreams) {
        this.upstreams = upstreams;
    }

    @Override
    public void collect(MetricSheet sheet) {
        for (UpstreamView upstream : upstreams.get()) {
            for (Health health : Health.values()) {
                long count = upstream.endpoints().stream()
                        .filter(endpoint -> endpoint.health() == health)
                        .count();
                sheet.gauge(
                        "moorgate_upstream_endpoints",
                        "Endpoints by state.",
                        count,
                        "upstream",
                        upstream.name(),
                        "state",
                        health.name().toLowerCase(Locale.ROOT));
            }
            sheet.gauge(
                    "moorgate_upstream_active_requests",
                    "Requests in flight.",
                    upstream.endpoints().stream()
                            .mapToLong(EndpointView::activeRequests)
                            .sum(),
                    "upstream",
                    upstream.name());
        }
    }
}
