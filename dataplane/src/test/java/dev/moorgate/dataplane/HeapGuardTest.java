package dev.moorgate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.MetricText;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** G4: what lives after a collection decides what is refused. */
class HeapGuardTest {
    private final AtomicLong percent = new AtomicLong(50);
    private final AtomicInteger looks = new AtomicInteger();
    private final AtomicInteger collections = new AtomicInteger();
    private final AtomicLong nanos = new AtomicLong();
    private volatile boolean idle;

    private HeapGuard guard() {
        return new HeapGuard(
                () -> {
                    looks.incrementAndGet();
                    return percent.get() / 100.0;
                },
                collections::incrementAndGet,
                new IdleHeap(() -> new IdleHeap.Reading(nanos.addAndGet(1_000_000_000L), 0, idle ? Long.MAX_VALUE : 0)),
                new HeapGuard.Pace(Duration.ofMillis(1), Duration.ofMillis(5)));
    }

    @Test
    void connectionsAreRefusedFrom85PercentAndRequestsFrom95() {
        try (HeapGuard guard = guard()) {
            percent.set(84);
            assertThat(guard.refusesConnections()).isFalse();
            percent.set(85);
            Await.until("connections to be refused", guard::refusesConnections);
            assertThat(guard.refusesRequests()).isFalse();
            percent.set(95);
            Await.until("requests to be refused", guard::refusesRequests);
            assertThat(guard.refusesConnections()).isTrue();
            assertThat(MetricText.of(guard))
                    .contains(
                            "moorgate_heap_refusal 2.0",
                            "moorgate_heap_live_ratio 0.95",
                            "moorgate_heap_pressed_total 1.0");
            percent.set(60);
            Await.until("nothing to be refused", () -> !guard.refusesConnections());
            assertThat(guard.refusesRequests()).isFalse();
        }
    }

    @Test
    void theHeapIsCollectedOnlyWhileSomethingIsRefused() {
        try (HeapGuard guard = guard()) {
            percent.set(90);
            Await.until("collections", () -> collections.get() >= 2);
            percent.set(10);
            Await.until("nothing to be refused", () -> !guard.refusesConnections());
            int seen = collections.get();
            int looked = looks.get();
            Await.until("20 looks more", () -> looks.get() >= looked + 20);
            assertThat(collections.get()).isEqualTo(seen);
        }
    }

    @Test
    void theHeapIsCollectedWhileTheProcessIsIdle() {
        try (HeapGuard guard = guard()) {
            idle = true;
            Await.until("collections", () -> collections.get() >= 2);
            assertThat(MetricText.of(guard)).containsPattern("moorgate_heap_idle_collections_total [1-9]");
        }
    }

    @Test
    void theHeapOfThisProcessCanBeLookedAt() {
        try (HeapGuard guard = HeapGuard.ofThisProcess()) {
            System.gc();
            assertThat(guard.refusesRequests()).isFalse();
        }
    }
}
