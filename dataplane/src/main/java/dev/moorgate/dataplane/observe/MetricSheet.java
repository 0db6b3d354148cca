package dev.moorgate.dataplane.observe;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.TreeMap;

/**
 * The samples of one reading of the metrics. Labels are given as name, value, name, value; counters without their
 * {@code _total}. One thread, once.
 */
public final class MetricSheet {
    /** Of what {@link #write} writes. */
    public static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private final Map<String, CounterSnapshot.Builder> counters = new TreeMap<>();
    private final Map<String, GaugeSnapshot.Builder> gauges = new TreeMap<>();
    private final Map<String, HistogramSnapshot.Builder> histograms = new TreeMap<>();

    public void counter(String name, String help, double value, String... labels) {
        counters.computeIfAbsent(
                        name, key -> CounterSnapshot.builder().name(key).help(help))
                .dataPoint(CounterDataPointSnapshot.builder()
                        .value(value)
                        .labels(Labels.of(labels))
                        .build());
    }

    public void counter(String name, String help, long value, String... labels) {
        counter(name, help, (double) value, labels);
    }

    public void gauge(String name, String help, long value, String... labels) {
        gauge(name, help, (double) value, labels);
    }

    public void gauge(String name, String help, double value, String... labels) {
        gauges.computeIfAbsent(name, key -> GaugeSnapshot.builder().name(key).help(help))
                .dataPoint(GaugeDataPointSnapshot.builder()
                        .value(value)
                        .labels(Labels.of(labels))
                        .build());
    }

    /** Upper bounds in seconds, the last infinite; {@code counts} of each bucket alone. */
    void histogram(String name, String help, double[] bounds, long[] counts, double sum, String... labels) {
        histograms
                .computeIfAbsent(
                        name, key -> HistogramSnapshot.builder().name(key).help(help))
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
                        .sum(sum)
                        .labels(Labels.of(labels))
                        .build());
    }

    /** In Prometheus' text format; nothing for a sheet without samples. */
    public void write(OutputStream out) throws IOException {
        var all = MetricSnapshots.builder();
        counters.values().forEach(family -> add(all, family));
        gauges.values().forEach(family -> add(all, family));
        histograms.values().forEach(family -> add(all, family));
        PrometheusTextFormatWriter.create().write(out, all.build());
    }

    private static void add(MetricSnapshots.Builder all, MetricSnapshot.Builder<?> family) {
        all.metricSnapshot(family.build());
    }
}
