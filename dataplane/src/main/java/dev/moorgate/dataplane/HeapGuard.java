package dev.moorgate.dataplane;

import com.sun.management.OperatingSystemMXBean;
import dev.moorgate.dataplane.observe.MetricSheet;
import dev.moorgate.dataplane.observe.MetricSource;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks twice a second at what lives on the heap after a collection, for what is only garbage is no pressure: from 85 % on no new
 * connections are accepted, from 95 % on new requests are answered 503 (faults G4). While it refuses it has the heap collected now
 * and then, else it would never learn that the pressure is gone. While the process is idle it has collected what piled up in busier
 * times: for the system, which gets the memory back. One daemon thread looks; any thread may ask.
 */
final class HeapGuard implements MetricSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HeapGuard.class);
    private static final double CONNECTIONS = 0.85;
    private static final double REQUESTS = 0.95;

    /** What is refused. */
    enum Refusal {
        NOTHING,
        CONNECTIONS,
        REQUESTS
    }

    /** How often the heap is looked at, and collected while something is refused. */
    record Pace(Duration look, Duration collect) {
        static final Pace STANDARD = new Pace(Duration.ofMillis(500), Duration.ofSeconds(10));
    }

    private final DoubleSupplier live;
    private final Runnable collection;
    private final IdleHeap idle;
    private final Pace pace;
    private final Thread watcher;
    private final AtomicLong pressed = new AtomicLong();
    private final AtomicLong idleCollections = new AtomicLong();
    private volatile Refusal refusal = Refusal.NOTHING;
    private volatile double share;
    private volatile boolean closed;
    private long collected;

    /**
     * @param live share of the heap, 0 to 1, that the last collection left
     * @param collection collects the heap
     */
    HeapGuard(DoubleSupplier live, Runnable collection, IdleHeap idle, Pace pace) {
        this.live = live;
        this.collection = collection;
        this.idle = idle;
        this.pace = pace;
        watcher = Thread.ofPlatform().daemon().name("moorgate-heap-guard").start(this::run);
    }

    static HeapGuard ofThisProcess() {
        // Asked for once: the list alone takes two milliseconds, which the event loop on the same core would wait for.
        List<MemoryPoolMXBean> survivors = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
                .toList();
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        var idle = new IdleHeap(
                () -> new IdleHeap.Reading(System.nanoTime(), system.getProcessCpuTime(), grown(survivors)));
        return new HeapGuard(() -> liveShare(survivors), System::gc, idle, Pace.STANDARD);
    }

    private static long grown(List<MemoryPoolMXBean> survivors) {
        long grown = 0;
        for (MemoryPoolMXBean pool : survivors) {
            MemoryUsage collected = pool.getCollectionUsage();
            if (collected != null) {
                grown += pool.getUsage().getUsed() - collected.getUsed();
            }
        }
        return grown;
    }

    /** Of the pools that hold what has survived: the others are empty after a collection. */
    private static double liveShare(List<MemoryPoolMXBean> survivors) {
        double most = 0;
        for (MemoryPoolMXBean pool : survivors) {
            MemoryUsage usage = pool.getCollectionUsage();
            if (usage != null && usage.getMax() > 0) {
                most = Math.max(most, (double) usage.getUsed() / usage.getMax());
            }
        }
        return most;
    }

    private void run() {
        while (!closed) {
            look();
            LockSupport.parkNanos(pace.look.toNanos());
        }
    }

    private void look() {
        share = live.getAsDouble();
        Refusal next =
                share >= REQUESTS ? Refusal.REQUESTS : share >= CONNECTIONS ? Refusal.CONNECTIONS : Refusal.NOTHING;
        Refusal before = refusal;
        refusal = next;
        if (before != next) {
            if (before == Refusal.NOTHING) {
                pressed.incrementAndGet();
                collected = System.nanoTime();
            }
            LOG.warn("heap: {} % live after a collection; refused: {}", Math.round(100 * share), next);
        }
        if (next != Refusal.NOTHING && System.nanoTime() - collected >= pace.collect.toNanos()) {
            collected = System.nanoTime();
            collection.run();
        } else if (idle.isDue()) {
            idleCollections.incrementAndGet();
            collection.run();
        }
    }

    boolean refusesConnections() {
        return refusal != Refusal.NOTHING;
    }

    boolean refusesRequests() {
        return refusal == Refusal.REQUESTS;
    }

    @Override
    public void collect(MetricSheet sheet) {
        sheet.gauge("moorgate_heap_live_ratio", "Share of the heap that the last collection left.", share);
        sheet.gauge(
                "moorgate_heap_refusal",
                "Refused for want of heap: 0 nothing, 1 connections, 2 requests.",
                refusesRequests() ? 2 : refusesConnections() ? 1 : 0);
        sheet.counter("moorgate_heap_pressed", "Times something was refused for want of heap.", pressed.get());
        sheet.counter(
                "moorgate_heap_idle_collections",
                "Collections of the whole heap while there was nothing else to do.",
                idleCollections.get());
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(watcher);
    }
}
