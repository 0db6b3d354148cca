package dev.moorgate.dataplane.compress;

import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import dev.moorgate.routetable.RoutePolicy.Compression;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What all compression of a process shares: its libraries, the memory that coders may have, and what is counted. Any thread. */
public final class CompressionState implements MetricSource {
    private final Codings codings;
    private final long mostMemory;
    private final AtomicLong memory = new AtomicLong();
    private final LongAdder crowdedOut = new LongAdder();
    private final Map<Coding, Counts> counts = new EnumMap<>(Coding.class);

    private record Counts(LongAdder answers, LongAdder before, LongAdder after) {
        void collect(MetricSheet sheet, String encoding) {
            sheet.counter(
                    "moorgate_responses_compressed",
                    "Answers that were compressed, whole or not.",
                    answers.sum(),
                    "encoding",
                    encoding);
            sheet.counter(
                    "moorgate_compression_input_bytes",
                    "Bytes of such answers as their endpoints gave them.",
                    before.sum(),
                    "encoding",
                    encoding);
            sheet.counter(
                    "moorgate_compression_output_bytes",
                    "Bytes of such answers as clients got them.",
                    after.sum(),
                    "encoding",
                    encoding);
        }
    }

    /** @param mostMemory bytes of all coders together; answers beyond it stay as they are */
    public CompressionState(Codings codings, long mostMemory) {
        this.codings = codings;
        this.mostMemory = mostMemory;
        for (Coding coding : Coding.values()) {
            counts.put(coding, new Counts(new LongAdder(), new LongAdder(), new LongAdder()));
        }
    }

    /** What a route's policy comes to here; null: nothing can be made of it. */
    public @Nullable CompressRule rule(Compression policy) {
        List<Coding> usable = codings.usable(policy.algorithms());
        return usable.isEmpty() ? null : new CompressRule(usable, policy);
    }

    boolean take(int bytes) {
        if (memory.addAndGet(bytes) <= mostMemory) {
            return true;
        }
        memory.addAndGet(-bytes);
        crowdedOut.increment();
        return false;
    }

    void give(int bytes) {
        memory.addAndGet(-bytes);
    }

    /** Bytes that coders have, those that wait for work included. */
    public long memory() {
        return memory.get();
    }

    void count(Coding coding, long before, long after) {
        Counts of = counts.get(coding);
        if (of != null) {
            of.answers.increment();
            of.before.add(before);
            of.after.add(after);
        }
    }

    @Override
    public void collect(MetricSheet sheet) {
        codings.known().forEach((coding, isUsable) -> {
            sheet.gauge(
                    "moorgate_compression_available",
                    "Whether answers can be compressed so: 0 where the library cannot be loaded.",
                    isUsable ? 1 : 0,
                    "encoding",
                    coding.token());
            Counts of = counts.get(coding);
            if (of != null) {
                of.collect(sheet, coding.token());
            }
        });
        sheet.gauge("moorgate_compression_memory_bytes", "Memory of coders outside the heap, about.", memory());
        sheet.counter(
                "moorgate_compression_crowded_out",
                "Answers that stayed as they were because coders had all their memory.",
                crowdedOut.sum());
    }
}
