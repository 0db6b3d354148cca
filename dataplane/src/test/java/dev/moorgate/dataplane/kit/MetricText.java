package dev.moorgate.dataplane.kit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import dev.moorgate.dataplane.observe.ProxyMetrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What Prometheus would read. */
public final class MetricText {
    private MetricText() {}

    public static String of(ProxyMetrics metrics) {
        var text = new ByteArrayOutputStream();
        try {
            metrics.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString(UTF_8);
    }

    public static String of(MetricSource source) {
        var sheet = new MetricSheet();
        source.collect(sheet);
        var text = new ByteArrayOutputStream();
        try {
            sheet.write(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString(UTF_8);
    }
}
