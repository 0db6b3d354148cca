package dev.moorgate.operator.observe;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.watch.WalkMetrics;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.RetryInfo;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts what java-operator-sdk, the walk and the Kubernetes client do; all threads. */
public final class OperatorMetrics implements Metrics, WalkMetrics {
    private static final double NANOS = 1e9;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    private final Counter events = counter("moorgate_operator_events_total", "Events that asked for a reconcile.");
    private final Counter passedOver = counter(
            "moorgate_operator_events_passed_over_total",
            "Updates of objects that changed nothing which anybody reads: no reconcile.",
            "kind");
    private final Counter reconciles =
            counter("moorgate_operator_reconciles_total", "Reconciles by outcome.", "outcome");
    private final Counter retries = counter("moorgate_operator_retries_total", "Reconciles that repeat a failed one.");
    private final Counter requests = counter(
            "moorgate_operator_api_requests_total", "Requests to the API server by method and code.", "method", "code");
    private final Histogram reconcileSeconds =
            histogram("moorgate_operator_reconcile_seconds", "How long a reconcile takes.");
    private final Histogram compileSeconds =
            histogram("moorgate_operator_compile_seconds", "From the snapshot to the push of a route table.");
    private final Histogram endpointSeconds = histogram(
            "moorgate_operator_endpoints_seconds", "From the snapshot to the push where only endpoints changed.");
    private final Gauge held = Gauge.builder()
            .name("moorgate_operator_endpoints_held")
            .help("Endpoints that stay in service though Kubernetes calls them unready, since the API server was away.")
            .register(registry);
    private final Gauge parts = Gauge.builder()
            .name("moorgate_operator_table_parts")
            .help("What the last compiled route table has, by part.")
            .labelNames("part")
            .register(registry);

    /** To be hung into the Kubernetes client. */
    public Interceptor requests() {
        return new Interceptor() {
            @Override
            public void after(
                    HttpRequest request,
                    HttpResponse<?> response,
                    AsyncBody.@Nullable Consumer<List<ByteBuffer>> body) {
                requests.labelValues(request.method(), String.valueOf(response.code()))
                        .inc();
            }

            @Override
            public void afterConnectionFailure(HttpRequest request, Throwable failure) {
                requests.labelValues(request.method(), "none").inc();
            }
        };
    }

    String contentType() {
        return writer.getContentType();
    }

    byte[] scrape() throws IOException {
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        writer.write(page, registry.scrape(), EscapingScheme.UNDERSCORE_ESCAPING);
        return page.toByteArray();
    }

    @Override
    public void receivedEvent(Event event, Map<String, Object> metadata) {
        events.inc();
    }

    @Override
    public void reconcileCustomResource(HasMetadata resource, @Nullable RetryInfo retry, Map<String, Object> metadata) {
        if (retry != null && retry.getAttemptCount() > 0) {
            retries.inc();
        }
    }

    @Override
    public void failedReconciliation(HasMetadata resource, Exception failure, Map<String, Object> metadata) {
        reconciles.labelValues("failed").inc();
    }

    @Override
    public void finishedReconciliation(HasMetadata resource, Map<String, Object> metadata) {
        reconciles.labelValues("done").inc();
    }

    @Override
    public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
        long start = System.nanoTime();
        try {
            return execution.execute();
        } finally {
            reconcileSeconds.observe((System.nanoTime() - start) / NANOS);
        }
    }

    @Override
    public void compiled(long nanos, Compilation compilation) {
        compileSeconds.observe(nanos / NANOS);
        parts.labelValues("listeners").set(compilation.table().listeners().size());
        parts.labelValues("routes").set(compilation.routes());
        parts.labelValues("upstreams").set(compilation.table().upstreams().size());
        parts.labelValues("mistakes").set(compilation.report().errors().size());
    }

    @Override
    public void endpointsPublished(long nanos) {
        endpointSeconds.observe(nanos / NANOS);
    }

    @Override
    public void endpointsHeld(int endpoints) {
        held.set(endpoints);
    }

    @Override
    public void passedOver(String kind) {
        passedOver.labelValues(kind).inc();
    }

    private Counter counter(String name, String help, String... labels) {
        return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
    }

    private Histogram histogram(String name, String help) {
        return Histogram.builder()
                .name(name)
                .help(help)
                .classicOnly()
                .classicUpperBounds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
                .register(registry);
    }
}
