package dev.moorgate.operator;

import dev.moorgate.operator.compile.CompileSettings.KeyOutlook;
import dev.moorgate.operator.publish.ReplicaAddress;
import dev.moorgate.operator.publish.ReplicaFollower;
import dev.moorgate.operator.publish.ReplicaIdentity;
import dev.moorgate.operator.publish.ReplicaServer;
import dev.moorgate.operator.publish.SessionSurvey.CensusSource;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.operator.release.KeyRotation;
import dev.moorgate.operator.release.MasterKey;
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
    private final CensusSource sessions;
    private final Runnable changed;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("release-keys").daemon().factory());

    private volatile @Nullable ReleaseKeys known;
    private volatile @Nullable ReplicaFollower follower;
    private long rotated = System.nanoTime();

    /**
     * @param address where other replicas ask what we run
     * @param sessions what our own data plane knows of those
     * @param changed called when the keys are new
     */
    ReleaseLink(
            Vertx vertx,
            String pod,
            Optional<InetSocketAddress> address,
            ReleaseSecret secret,
            Leadership leadership,
            TablePublisher publisher,
            CensusSource sessions,
            Runnable changed) {
        this.vertx = vertx;
        this.pod = pod;
        this.address = address;
        this.secret = secret;
        this.leadership = leadership;
        this.publisher = publisher;
        this.sessions = sessions;
        this.changed = changed;
    }

    void start() {
        thread.execute(this::look);
    }

    /** Keys of sticky sessions; absent until the Secret was read. */
    Optional<KeyRing> keys() {
        return Optional.ofNullable(known).map(ReleaseKeys::ring);
    }

    /** How their rotation stands; absent until the Secret was read. */
    Optional<KeyOutlook> outlook() {
        return Optional.ofNullable(known)
                .map(ReleaseKeys::masterKeys)
                .map(keys -> new KeyOutlook(
                        KeyRotation.STANDARD.due(keys),
                        KeyRotation.pending(keys).map(MasterKey::kid)));
    }

    /** Where the other replicas that we follow tell of their sessions. */
    List<CensusSource> sessions() {
        ReplicaFollower followed = follower;
        return followed == null ? List.of() : followed.sessions();
    }

    /** The leader follows every other pod, the others none. */
    void follow(List<ReplicaAddress> replicas) {
        ReplicaFollower followed = follower;
        if (followed != null) {
            followed.follow(
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
            var _ = thread.schedule(this::look, (known == null ? SOON : LATER).toMillis(), TimeUnit.MILLISECONDS);
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
        ReleaseKeys before = known;
        if (before == null) {
            join(keys.identity(pod, Instant.now()));
        }
        if (before == null || !keys.masterKeys().equals(before.masterKeys())) {
            known = keys;
            LOG.info("session keys: {}", keys.masterKeys().size());
            changed.run();
        }
    }

    private void join(ReplicaIdentity identity) {
        if (address.isEmpty()) {
            return;
        }
        ReplicaServer server = new ReplicaServer(vertx, pod, publisher::rollout, sessions);
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
        ReplicaFollower followed = follower;
        if (followed != null) {
            followed.close();
        }
    }
}
