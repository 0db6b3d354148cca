package dev.moorgate.operator;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.CompileSettings.KeyOutlook;
import dev.moorgate.operator.compile.CompileSettings.OwnKeys;
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
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
    /** What policies want of keys; null: nothing was compiled yet. */
    private volatile @Nullable Wishes wishes;
    /** Names of the other pods, for as long as we lead; null: we do not, or do not know them yet. */
    private volatile @Nullable Set<String> others;

    /**
     * How the release's own keys change, and those of policies that want their own.
     *
     * @param used owners that have sessions
     */
    private record Wishes(KeyRotation release, SortedMap<String, KeyRotation> own, Set<String> used) {}

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

    /** Keys of policies that have their own, by owner, and how their rotation stands. */
    SortedMap<String, OwnKeys> ownKeys() {
        SortedMap<String, OwnKeys> all = new TreeMap<>();
        ReleaseKeys now = known;
        Wishes wanted = wishes;
        if (now != null) {
            now.ownKeys().forEach((owner, keys) -> {
                KeyRotation rotation = wanted == null ? null : wanted.own().get(owner);
                all.put(
                        owner,
                        new OwnKeys(
                                ReleaseKeys.ring(owner, keys),
                                new KeyOutlook(
                                        rotation == null ? Optional.empty() : rotation.due(keys),
                                        KeyRotation.pending(keys).map(MasterKey::kid))));
            });
        }
        return all;
    }

    /** A compile says how keys are to change, and how long sessions live. */
    void compiled(Compilation compilation) {
        SortedMap<String, KeyRotation> own = new TreeMap<>();
        compilation
                .keyWishes()
                .forEach(wish -> own.put(wish.owner(), new KeyRotation(wish.interval(), wish.overlap())));
        // A session's id is its owner, a colon and what it is for.
        Set<String> used = compilation.table().sessions().stream()
                .map(session -> session.id().split(":", 2)[0])
                .collect(Collectors.toSet());
        Wishes next = new Wishes(KeyRotation.keeping(compilation.table().sessions()), own, used);
        boolean isNew = !next.equals(wishes);
        wishes = next;
        if (isNew && !thread.isShutdown()) {
            thread.execute(this::read);
        }
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
            boolean leads = leadership.isLeader();
            List<ReplicaAddress> rest = replicas.stream()
                    .filter(replica -> leads && !replica.name().equals(pod))
                    .toList();
            followed.follow(rest);
            others = leads ? rest.stream().map(ReplicaAddress::name).collect(Collectors.toSet()) : null;
        }
    }

    private void look() {
        read();
        if (!thread.isShutdown()) {
            var _ = thread.schedule(this::look, (known == null ? SOON : LATER).toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void read() {
        try {
            Wishes wanted = wishes;
            Optional<ReleaseKeys> keys = !leadership.isLeader()
                    ? secret.read()
                    : Optional.of(
                            wanted == null
                                    ? secret.readOrCreate()
                                    : secret.rotate(wanted.release(), wanted.own(), wanted.used(), this::isEverywhere));
            keys.ifPresent(this::use);
        } catch (RuntimeException e) {
            LOG.warn("the release's keys cannot be read: {}", e.getMessage());
        }
    }

    /** Whoever leads without having looked for the others yet knows nothing of them. */
    private boolean isEverywhere(KeyRing ring) {
        Set<String> expected = address.isEmpty() ? Set.of() : others;
        return expected != null && publisher.rollout().hasEverywhere(ring, expected);
    }

    private void use(ReleaseKeys keys) {
        ReleaseKeys before = known;
        if (before == null) {
            join(keys.identity(pod, Instant.now()));
        }
        if (before == null || !keys.hasSameKeys(before)) {
            known = keys;
            LOG.info(
                    "session keys: {}, rings of policies: {}",
                    keys.masterKeys().size(),
                    keys.ownKeys().size());
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
