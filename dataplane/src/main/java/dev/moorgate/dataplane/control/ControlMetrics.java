package dev.moorgate.dataplane.control;

import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** How the operator is heard and how the last good copy fares (faults H8, I2). Any thread. */
public final class ControlMetrics implements MetricSource {
    /** Between two questions of an operator that is there. */
    private static final long PAUSE_NANOS = 5_000_000_000L;

    private final LongSupplier nanos;
    private final AtomicInteger asking = new AtomicInteger();
    private final LongAdder applied = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final LongAdder strangers = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private volatile long heard;
    private volatile boolean everHeard;
    private volatile long saved;
    private volatile boolean everSaved;
    private volatile boolean stale;

    /** {@code nanos}: a clock that only goes forward. */
    public ControlMetrics(LongSupplier nanos) {
        this.nanos = nanos;
    }

    void begun() {
        asking.incrementAndGet();
    }

    void ended() {
        heard = nanos.getAsLong();
        everHeard = true;
        asking.decrementAndGet();
    }

    void applied() {
        applied.increment();
    }

    void refused() {
        refused.increment();
    }

    void stranger() {
        strangers.increment();
    }

    void saved() {
        saved = nanos.getAsLong();
        everSaved = true;
        stale = false;
    }

    void notSaved() {
        failures.increment();
        stale = true;
    }

    /** Whether an operator asks, or has asked a moment ago. */
    boolean isConnected() {
        return asking.get() > 0 || everHeard && nanos.getAsLong() - heard < PAUSE_NANOS;
    }

    @Override
    public void collect(MetricSheet sheet) {
        sheet.gauge("moorgate_control_connected", "1 while the operator is heard, else 0.", isConnected() ? 1 : 0);
        sheet.counter("moorgate_control_pushes", "Pushes by outcome.", applied.sum(), "outcome", "applied");
        sheet.counter("moorgate_control_pushes", "Pushes by outcome.", refused.sum(), "outcome", "refused");
        sheet.counter(
                "moorgate_control_strangers",
                "Connections to the control socket that another user opened and that were closed.",
                strangers.sum());
        sheet.counter("moorgate_last_good_failures", "Last good copies that could not be written.", failures.sum());
        sheet.gauge(
                "moorgate_last_good_stale",
                "1 while the table in force is not on disk for want of space, else 0.",
                stale ? 1 : 0);
        if (everSaved) {
            sheet.gauge(
                    "moorgate_last_good_age_seconds",
                    "Since the last good copy was written.",
                    (nanos.getAsLong() - saved) / 1e9);
        }
    }
}
