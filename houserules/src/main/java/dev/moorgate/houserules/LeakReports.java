package dev.moorgate.houserules;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** What Netty's leak detectors reported in this JVM, collected; safe for use from several threads. */
final class LeakReports extends ResourceLeakDetectorFactory {

    private final List<ResourceLeakDetector<?>> detectors = new CopyOnWriteArrayList<>();
    private final Queue<String> reports = new ConcurrentLinkedQueue<>();

    /** Takes the place of Netty's own factory; call it before any class that tracks its instances is loaded. */
    static LeakReports install() {
        LeakReports reports = new LeakReports();
        setResourceLeakDetectorFactory(reports);
        return reports;
    }

    @Override
    @SuppressWarnings("deprecation") // the one abstract method
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> type, int samplingInterval, long maxActive) {
        ResourceLeakDetector<T> detector = new Detector<>(type, samplingInterval);
        detectors.add(detector);
        return detector;
    }

    void failIfAny() throws InterruptedException {
        List<String> found = collect();
        if (!found.isEmpty()) {
            throw new AssertionError(found.size() + " leaked:\n" + String.join("\n", found));
        }
    }

    /** Has garbage collected and the detectors look at it; the reports since the start. */
    List<String> collect() throws InterruptedException {
        // What the first collection found is in the detectors' queues for sure when the second one's witness is in
        // ours.
        awaitCollection();
        awaitCollection();
        detectors.forEach(LeakReports::look);
        return List.copyOf(reports);
    }

    private static void awaitCollection() throws InterruptedException {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        WeakReference<Object> witness = new WeakReference<>(new Object(), queue);
        try {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            do {
                System.gc();
            } while (queue.remove(100) == null && System.nanoTime() < deadline);
        } finally {
            Reference.reachabilityFence(witness);
        }
    }

    /** A detector looks at what was collected whenever it is asked to track something more. */
    private static <T> void look(ResourceLeakDetector<T> detector) {
        @SuppressWarnings("unchecked") // a detector keeps no more than the identity
        T probe = (T) new Object();
        ResourceLeakTracker<T> tracker = detector.trackForcibly(probe);
        if (tracker != null) {
            tracker.close(probe);
        }
    }

    private final class Detector<T> extends ResourceLeakDetector<T> {

        Detector(Class<T> type, int samplingInterval) {
            super(type, samplingInterval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String type, String records) {
            reports.add(type + records);
        }

        @Override
        protected void reportUntracedLeak(String type) {
            reports.add(type + " (no trace)");
        }
    }
}
