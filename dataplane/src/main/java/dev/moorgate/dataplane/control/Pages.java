package dev.moorgate.dataplane.control;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.moorgate.dataplane.control.Page.Answer;
import dev.moorgate.dataplane.control.Page.Pace;
import dev.moorgate.dataplane.listen.staple.Stapling;
import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.ProxyMetrics;
import dev.moorgate.dataplane.observe.UpstreamView;
import dev.moorgate.dataplane.observe.UpstreamView.EndpointView;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.TableWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The pages of the two private listeners; secrets stand on none of them. */
final class Pages {
    private static final JsonFactory JSON = new JsonFactory();

    /** Writes one document. */
    private interface Document {
        void write(JsonGenerator out) throws IOException;
    }

    private Pages() {}

    /** For the kubelet and Prometheus. */
    static List<Page> health(LivenessSource liveness, ReadinessSource readiness, ProxyMetrics metrics) {
        return List.of(
                new Page(
                        "/healthz",
                        Pace.QUICK,
                        () -> liveness.trouble()
                                .map(trouble -> Answer.text(503, trouble))
                                .orElseGet(() -> Answer.text(200, "ok"))),
                new Page(
                        "/readyz",
                        Pace.QUICK,
                        () -> readiness
                                .obstacle()
                                .map(obstacle -> Answer.text(503, obstacle))
                                .orElseGet(() -> Answer.text(200, "ready"))),
                metrics(metrics));
    }

    /** For people on the machine; {@code release} is the product's version. */
    static List<Page> admin(
            TableView table, UpstreamsView upstreams, StaplesView staples, ProxyMetrics metrics, String release) {
        return List.of(
                new Page(
                        "/table",
                        Pace.SLOW,
                        () -> table.installed()
                                .map(installed -> Answer.json(TableWriter.REDACTED.write(installed.table())))
                                .orElseGet(() -> Answer.text(404, "no table is installed"))),
                new Page("/upstreams", Pace.SLOW, () -> Answer.json(upstreams(upstreams.upstreams()))),
                new Page("/staples", Pace.SLOW, () -> Answer.json(staples(staples.staples()))),
                new Page("/version", Pace.SLOW, () -> Answer.json(version(table, release))),
                metrics(metrics));
    }

    /** Both on one listener (standalone). */
    static List<Page> union(List<Page> health, List<Page> admin) {
        return Stream.concat(
                        health.stream(),
                        admin.stream()
                                .filter(page -> health.stream()
                                        .noneMatch(other -> other.path().equals(page.path()))))
                .toList();
    }

    private static Page metrics(ProxyMetrics metrics) {
        return new Page(
                "/metrics", Pace.SLOW, () -> new Answer(200, MetricSheet.CONTENT_TYPE, PackedText.of(metrics::write)));
    }

    private static byte[] version(TableView table, String release) {
        return json(out -> {
            out.writeStartObject();
            out.writeStringField("release", release);
            out.writeNumberField("format", TableWriter.FORMAT);
            var installed = table.installed();
            if (installed.isPresent()) {
                out.writeStringField("table", installed.get().version());
                out.writeStringField("digest", Digest.of(installed.get().table()));
            }
            out.writeEndObject();
        });
    }

    private static byte[] upstreams(List<UpstreamView> upstreams) {
        return json(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("upstreams");
            for (UpstreamView upstream : upstreams) {
                out.writeStartObject();
                out.writeStringField("name", upstream.name());
                out.writeArrayFieldStart("endpoints");
                for (EndpointView endpoint : upstream.endpoints()) {
                    endpoint(out, endpoint);
                }
                out.writeEndArray();
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private static void endpoint(JsonGenerator out, EndpointView endpoint) throws IOException {
        out.writeStartObject();
        out.writeStringField("key", endpoint.key());
        out.writeStringField("address", endpoint.address());
        if (endpoint.zone().isPresent()) {
            out.writeStringField("zone", endpoint.zone().get());
        }
        out.writeStringField("state", endpoint.health().name().toLowerCase(Locale.ROOT));
        if (!endpoint.detail().isEmpty()) {
            out.writeStringField("detail", endpoint.detail());
        }
        out.writeNumberField("activeRequests", endpoint.activeRequests());
        out.writeNumberField("connections", endpoint.connections());
        out.writeEndObject();
    }

    private static byte[] staples(List<Stapling.View> staples) {
        return json(out -> {
            out.writeStartObject();
            out.writeArrayFieldStart("staples");
            for (Stapling.View staple : staples) {
                out.writeStartObject();
                out.writeStringField("certificate", staple.certificate());
                out.writeStringField("responder", staple.responder());
                out.writeBooleanField("mustStaple", staple.mustStaple());
                optional(out, "thisUpdate", staple.thisUpdate());
                optional(out, "nextUpdate", staple.nextUpdate());
                optional(out, "failure", staple.failure());
                out.writeStringField("nextFetch", staple.nextFetch().toString());
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        });
    }

    private static void optional(JsonGenerator out, String name, Optional<?> value) throws IOException {
        if (value.isPresent()) {
            out.writeStringField(name, value.get().toString());
        }
    }

    private static byte[] json(Document document) {
        var bytes = new ByteArrayOutputStream(1024);
        var lines = new DefaultIndenter("  ", "\n");
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            out.setPrettyPrinter(
                    new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines));
            document.write(out);
            out.writeRaw('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
