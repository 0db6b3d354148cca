package dev.moorgate.dataplane.kit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import dev.moorgate.dataplane.observe.ProxyMetrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/** What Prometheus would read. */
public final class MetricText {
    private MetricText() {}

    public static String of(ProxyMetrics metrics) {
        return written(metrics::write);
    }

    public static String of(MetricSource source) {
        var sheet = new MetricSheet();
        source.collect(sheet);
        return written(sheet::write);
    }

    private static String written(Writing writing) {
        var text = new ByteArrayOutputStream();
        try {
            writing.to(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString(UTF_8);
    }

    private interface Writing {
        void to(OutputStream out) throws IOException;
    }
}
