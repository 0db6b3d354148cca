package dev.moorgate.operator;

import dev.moorgate.operator.publish.ReplicaAddress;
import dev.moorgate.operator.publish.ReplicaFollower;
import dev.moorgate.operator.publish.ReplicaIdentity;
import dev.moorgate.operator.publish.ReplicaServer;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.operator.release.KeyRotation;
import dev.moorgate.operator.release.ReleaseKeys;
import dev.moorgate.operator.release.ReleaseSecret;
import dev.moorgate.operator.status.Leadership;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.SourceRef;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ties the replicas of a release together: the keys in its Secret, and who runs what. Reads the Secret soon while it is not
 * there, then every minute; the leader makes and rotates it. On a thread of its own; what it knows any thread may ask.
 */
final class ReleaseLink implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReleaseLink.class);
    private static final Duration SOON = Duration.ofMillis(500);
    private static final Duration LATER = Duration.ofMinutes(1);
    private static final Duration ROTATION = Duration.ofHours(1);

    private final Vertx vertx;
    private final String pod;
    private final Optional<InetSocketAddress> address;
    private final ReleaseSecret secret;
    private final Leadership leadership;
    private final TablePublisher publisher;
    private final Runnable changed;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("release-keys").daemon().factory());

    private volatile @Nullable KeyRing ring;
    private volatile @Nullable ReplicaFollower follower;
    private long rotated = System.nanoTime();

    /**
     * @param address where other replicas ask what we run
     * @param changed called when the keys are new
     */
    ReleaseLink(
            Vertx vertx,
            String pod,
            Optional<InetSocketAddress> address,
            ReleaseSecret secret,
            Leadership leadership,
            TablePublisher publisher,
            Runnable changed) {
        this.vertx = vertx;
        this.pod = pod;
        this.address = address;
        this.secret = secret;
        this.leadership = leadership;
        this.publisher = publisher;
        this.changed = changed;
    }

    void start() {
        thread.execute(this::look);
    }

    /** Keys of sticky sessions; absent until the Secret was read. */
    Optional<KeyRing> keys() {
        return Optional.ofNullable(ring);
    }

    /** The leader follows every other pod, the others none. */
    void follow(List<ReplicaAddress> replicas) {
        ReplicaFollower known = follower;
        if (known != null) {
            known.follow(
                    leadership.isLeader()
                            ? replicas.stream()
                                    .filter(replica -> !replica.name().equals(pod))
                                    .toList()
                            : List.of());
        }
    }

    private void look() {
        try {
            read().ifPresent(this::use);
        } catch (RuntimeException e) {
            LOG.warn("the release's keys cannot be read: {}", e.getMessage());
        }
        if (!thread.isShutdown()) {
            var _ = thread.schedule(this::look, (ring == null ? SOON : LATER).toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private Optional<ReleaseKeys> read() {
        if (!leadership.isLeader()) {
            return secret.read();
        }
        if (System.nanoTime() - rotated < ROTATION.toNanos()) {
            return Optional.of(secret.readOrCreate());
        }
        rotated = System.nanoTime();
        SourceRef keys = SourceRef.of("KeyRing", "", ReleaseKeys.RING);
        return Optional.of(secret.rotate(
                KeyRotation.STANDARD, key -> publisher.rollout().spread(keys).isComplete()));
    }

    private void use(ReleaseKeys keys) {
        KeyRing before = ring;
        KeyRing now = keys.ring();
        if (before == null) {
            join(keys.identity(pod, Instant.now()));
        }
        if (!now.equals(before)) {
            ring = now;
            LOG.info("session keys: {}", now.keys().size());
            changed.run();
        }
    }

    private void join(ReplicaIdentity identity) {
        if (address.isEmpty()) {
            return;
        }
        ReplicaServer server = new ReplicaServer(vertx, pod, publisher::rollout);
        publisher.onChange(server::changed);
        server.listen(identity, address.get().getHostString(), address.get().getPort())
                .onFailure(e -> LOG.error("other replicas cannot ask what we run: {}", e.getMessage()));
        ReplicaFollower fresh =
                new ReplicaFollower(vertx, identity, address.get().getPort());
        publisher.follow(fresh);
        follower = fresh;
    }

    @Override
    public void close() {
        thread.shutdownNow();
        ReplicaFollower known = follower;
        if (known != null) {
            known.close();
        }
    }
}
