package dev.moorgate.dataplane.observe;

/** Something that is measured: writes its samples when the metrics are read, on the reader's thread. */
@FunctionalInterface
public interface MetricSource {
    void collect(MetricSheet sheet);
}
