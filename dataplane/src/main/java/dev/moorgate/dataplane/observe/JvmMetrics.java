package dev.moorgate.dataplane.observe;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;

/** The process and its virtual machine, under the names that Prometheus' own libraries use. */
public final class JvmMetrics implements MetricSource {
    private static final Path STATUS = Path.of("/proc/self/status");

    private final LongSupplier direct;

    /** {@code direct} tells how many bytes of direct memory Netty holds: the platform does not see them. */
    public JvmMetrics(LongSupplier direct) {
        this.direct = direct;
    }

    @Override
    public void collect(MetricSheet sheet) {
        var memory = ManagementFactory.getMemoryMXBean();
        usage(sheet, "heap", memory.getHeapMemoryUsage());
        usage(sheet, "nonheap", memory.getNonHeapMemoryUsage());
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            MemoryUsage live = pool.getCollectionUsage();
            if (live != null && pool.getType() == MemoryType.HEAP) {
                sheet.gauge(
                        "jvm_memory_pool_collection_used_bytes",
                        "Live after the last collection.",
                        live.getUsed(),
                        "pool",
                        pool.getName());
            }
        }
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            sheet.gauge("jvm_buffer_pool_used_bytes", "Buffers.", pool.getMemoryUsed(), "pool", pool.getName());
        }
        sheet.gauge("jvm_buffer_pool_used_bytes", "Buffers.", direct.getAsLong(), "pool", "netty");
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            String name = collector.getName();
            sheet.counter("jvm_gc_collections", "Collections.", collector.getCollectionCount(), "gc", name);
            sheet.counter(
                    "jvm_gc_collection_seconds",
                    "Time in collections.",
                    collector.getCollectionTime() / 1e3,
                    "gc",
                    name);
        }
        sheet.gauge(
                "jvm_threads_current",
                "Live threads.",
                ManagementFactory.getThreadMXBean().getThreadCount());
        process(sheet);
    }

    private static void usage(MetricSheet sheet, String area, MemoryUsage usage) {
        sheet.gauge("jvm_memory_used_bytes", "Memory in use.", usage.getUsed(), "area", area);
        sheet.gauge("jvm_memory_committed_bytes", "Memory held.", usage.getCommitted(), "area", area);
        sheet.gauge("jvm_memory_max_bytes", "Most memory; -1: not limited.", usage.getMax(), "area", area);
    }

    private static void process(MetricSheet sheet) {
        ProcessHandle.Info self = ProcessHandle.current().info();
        self.totalCpuDuration()
                .ifPresent(cpu -> sheet.counter("process_cpu_seconds", "User and system time.", cpu.toNanos() / 1e9));
        self.startInstant()
                .ifPresent(start ->
                        sheet.gauge("process_start_time_seconds", "Start, since 1970.", start.toEpochMilli() / 1e3));
        long resident = residentBytes();
        if (resident > 0) {
            sheet.gauge("process_resident_memory_bytes", "Resident memory.", resident);
        }
    }

    /** 0 where the system does not say it this way. */
    private static long residentBytes() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
        } catch (IOException | NumberFormatException notLinux) {
            return 0;
        }
        return 0;
    }
}
