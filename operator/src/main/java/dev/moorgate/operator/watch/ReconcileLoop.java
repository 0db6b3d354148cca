package dev.moorgate.operator.watch;

import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.pace.WalkPace;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the walk by java-operator-sdk: at a pace that suits what changes, one at a time, again after a failure. Neither an API server that
 * is away at the start nor one that goes away ends it. Its leader election is not used: all replicas walk.
 */
public final class ReconcileLoop implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReconcileLoop.class);
    private static final Duration ORPHAN_PACE = Duration.ofMillis(100);
    private static final Duration RESYNC = Duration.ofMinutes(10);
    private static final Duration STOP = Duration.ofSeconds(2);

    private final KubernetesClient client;
    private final WatchScope scope;
    private final Metrics metrics;
    private final WalkPace pace;
    private final ResourceID key;
    private final SimpleInboundEventSource<DataPlane> events = new SimpleInboundEventSource<>("cluster");
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ScheduledExecutorService alone = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("orphaned").daemon().factory());
    private final AtomicBoolean pending = new AtomicBoolean();
    private volatile @Nullable Operator operator;
    private volatile @Nullable Runnable orphaned;

    public ReconcileLoop(KubernetesClient client, WatchScope scope, Metrics metrics, WalkPace pace) {
        this.client = client;
        this.scope = scope;
        this.metrics = metrics;
        this.pace = pace;
        this.key = new ResourceID(scope.dataPlane(), scope.releaseNamespace());
    }

    /** Asks for a walk; any thread. Before the loop has started nothing is lost: it starts with a walk. */
    public void wake() {
        Runnable rest = orphaned;
        if (rest != null && pending.compareAndSet(false, true)) {
            var _ = alone.schedule(
                    () -> {
                        pending.set(false);
                        rest.run();
                    },
                    ORPHAN_PACE.toMillis(),
                    TimeUnit.MILLISECONDS);
        }
        events.propagateEvent(key);
    }

    /**
     * The DataPlane is gone, and java-operator-sdk reconciles nothing without it: this is run instead of walks until it is back.
     *
     * @param rest absent: it is back
     */
    void orphan(@Nullable Runnable rest) {
        orphaned = rest;
    }

    /** Starts in the background. */
    public void start(ReleaseWalk walk) {
        Thread.ofVirtual().name("operator-start").start(() -> {
            int attempt = 0;
            while (!isStarted(walk) && !isClosed(JitteredRetry.delay(attempt))) {
                attempt++;
            }
        });
    }

    private boolean isStarted(ReleaseWalk walk) {
        Operator fresh = new Operator(service -> service.withKubernetesClient(client)
                .withMetrics(metrics)
                .withCloseClientOnStop(false)
                .withStopOnInformerErrorDuringStartup(false)
                .checkingCRDAndValidateLocalModel(false)
                .withConcurrentReconciliationThreads(2)
                .withReconciliationTerminationTimeout(STOP));
        try {
            fresh.register(
                    new DataPlaneReconciler(walk, events, this::orphan),
                    controller -> controller
                            .withName("dataplane")
                            .settingNamespace(scope.releaseNamespace())
                            .withGenericFilter(plane ->
                                    scope.dataPlane().equals(plane.getMetadata().getName()))
                            .withRateLimiter(pace)
                            .withRetry(new JitteredRetry())
                            .withTriggerReconcilerOnAllEvents(true)
                            .withReconciliationMaxInterval(RESYNC));
            fresh.start();
            operator = fresh;
            return true;
        } catch (RuntimeException failure) {
            LOG.warn("{}; trying again", WatchFailure.sentence(failure));
            LOG.debug("start", failure);
            stop(fresh);
            return false;
        }
    }

    private boolean isClosed(Duration wait) {
        try {
            return closed.await(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    @Override
    public void close() {
        closed.countDown();
        alone.shutdownNow();
        Operator running = operator;
        if (running != null) {
            stop(running);
        }
    }

    private static void stop(Operator operator) {
        try {
            operator.stop();
        } catch (RuntimeException e) {
            LOG.debug("stop", e);
        }
    }
}
