package dev.moorgate.operator.status;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this replica may write. Contends for a Lease for as long as it is open: neither a lost lease nor a lost API server ends it, and
 * a leader knows by its own clock that it is none before another can be. Safe for any thread.
 *
 * <p>Time is what passes here, never what another replica's clock says: fabric8's own elector compares clocks, and two replicas whose
 * clocks differ by more than the lease would take it from each other for ever.
 */
public final class Leadership implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

    private final KubernetesClient client;
    private final String namespace;
    private final String name;
    private final String identity;
    private final Timing timing;
    private final LongSupplier nanos;
    private final ScheduledThreadPoolExecutor thread;
    private Consumer<Boolean> listener = ignored -> {};
    private boolean wasLeader;
    private @Nullable Observed observed;
    /** On the scale of {@link #nanos}; only read where {@link #holds}. */
    private volatile long leaderUntil;

    private volatile boolean holds;

    /**
     * How long things last; each is shorter than the one before.
     *
     * @param lease others wait so long after the last sign of life
     * @param renewal a leader that could not renew so long stops
     * @param retry between two looks
     */
    public record Timing(Duration lease, Duration renewal, Duration retry) {
        /** 15 s, 10 s and 2 s. */
        public static final Timing STANDARD =
                new Timing(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
    }

    /** A state of the Lease, and when it was first seen here. */
    private record Observed(String version, long at) {}

    /**
     * Does not contend yet.
     *
     * @param lease name of the Lease
     * @param identity of this replica: its pod's name
     */
    public Leadership(KubernetesClient client, String namespace, String lease, String identity) {
        this(client, namespace, lease, identity, Timing.STANDARD, System::nanoTime);
    }

    Leadership(
            KubernetesClient client,
            String namespace,
            String lease,
            String identity,
            Timing timing,
            LongSupplier nanos) {
        this.client = client;
        this.namespace = namespace;
        this.name = lease;
        this.identity = identity;
        this.timing = timing;
        this.nanos = nanos;
        this.thread = new ScheduledThreadPoolExecutor(1, run -> {
            Thread own = new Thread(run, "moorgate-leadership");
            own.setDaemon(true);
            return own;
        });
        this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /** Starts to contend; the listener hears of every change, on another thread. */
    public void start(Consumer<Boolean> told) {
        listener = told;
        thread.execute(this::turn);
    }

    public boolean isLeader() {
        return holds && nanos.getAsLong() - leaderUntil < 0;
    }

    private void turn() {
        try {
            contend();
        } catch (KubernetesClientException e) {
            LOG.warn("lease {}/{}: {}", namespace, name, e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("lease {}/{}", namespace, name, e);
        }
        tell();
        long retry = timing.retry().toMillis();
        // Replicas that started together do not ask together for ever.
        long wait = isLeader() ? retry : retry + ThreadLocalRandom.current().nextLong(retry / 5 + 1);
        var _ = thread.schedule(this::turn, wait, TimeUnit.MILLISECONDS);
    }

    private void tell() {
        boolean isLeader = isLeader();
        if (isLeader != wasLeader) {
            wasLeader = isLeader;
            LOG.info("{} {}", identity, isLeader ? "leads" : "does not lead any more");
            try {
                listener.accept(isLeader);
            } catch (RuntimeException e) {
                LOG.error("listener of leadership", e);
            }
        }
    }

    /** One look at the Lease: makes it, takes it or renews it where that may be. */
    void contend() {
        long before = nanos.getAsLong();
        Lease lease = client.leases().inNamespace(namespace).withName(name).get();
        if (lease == null) {
            client.leases()
                    .inNamespace(namespace)
                    .resource(new LeaseBuilder()
                            .withNewMetadata()
                            .withName(name)
                            .withNamespace(namespace)
                            .endMetadata()
                            .withSpec(claim(new LeaseSpec(), true))
                            .build())
                    .create();
            won(before);
            return;
        }
        LeaseSpec spec = Objects.requireNonNullElseGet(lease.getSpec(), LeaseSpec::new);
        boolean isOurs = identity.equals(spec.getHolderIdentity());
        if (!isOurs && !isFree(lease, spec)) {
            holds = false;
            return;
        }
        lease.setSpec(claim(spec, !isOurs));
        try {
            // Fails when anybody changed it since it was read: of two that take it one does.
            client.leases().inNamespace(namespace).resource(lease).update();
            won(before);
        } catch (KubernetesClientException e) {
            if (e.getCode() != 409) {
                throw e;
            }
            // Who changed it is seen at the next look; until then what we hold runs out by itself.
            LOG.debug("lease {}/{} was changed by another", namespace, name);
        }
    }

    private void won(long before) {
        leaderUntil = before + timing.renewal().toNanos();
        holds = true;
    }

    /** Whether nobody holds it, or nobody gave a sign of life for as long as a lease lasts. */
    private boolean isFree(Lease lease, LeaseSpec spec) {
        if (spec.getHolderIdentity() == null || spec.getHolderIdentity().isEmpty()) {
            return true;
        }
        String version = Objects.requireNonNullElse(lease.getMetadata().getResourceVersion(), "");
        Observed last = observed;
        if (last == null || !last.version().equals(version)) {
            observed = new Observed(version, nanos.getAsLong());
            return false;
        }
        return nanos.getAsLong() - last.at() >= timing.lease().toNanos();
    }

    private LeaseSpec claim(LeaseSpec spec, boolean isTaken) {
        ZonedDateTime now = ZonedDateTime.now(Clock.system(ZoneOffset.UTC));
        if (isTaken) {
            spec.setAcquireTime(now);
            spec.setLeaseTransitions(Objects.requireNonNullElse(spec.getLeaseTransitions(), -1) + 1);
        }
        spec.setHolderIdentity(identity);
        spec.setRenewTime(now);
        spec.setLeaseDurationSeconds((int) Math.max(1, timing.lease().toSeconds()));
        return spec;
    }

    /** Gives the lease up, so that another replica can lead at once. */
    @Override
    public void close() {
        thread.shutdownNow();
        boolean held = holds;
        holds = false;
        tell();
        if (held) {
            try {
                release();
            } catch (KubernetesClientException e) {
                LOG.warn("lease {}/{} runs out by itself: {}", namespace, name, e.getMessage());
            }
        }
    }

    private void release() {
        Lease lease = client.leases().inNamespace(namespace).withName(name).get();
        if (lease != null
                && lease.getSpec() != null
                && identity.equals(lease.getSpec().getHolderIdentity())) {
            lease.getSpec().setHolderIdentity("");
            client.leases().inNamespace(namespace).resource(lease).update();
        }
    }
}
