package dev.moorgate.operator.watch;

import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.publish.ReplicaAddress;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.ObjectName;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.operator.status.LiveObjects;
import dev.moorgate.operator.watch.Changes.Mark;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything of the cluster that a compile reads, kept up to date. Kinds whose CRD is absent are left out, and picked up when it
 * appears. Any thread; nothing here blocks.
 */
public final class ClusterWatch implements LiveObjects, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterWatch.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final KubernetesClient client;
    private final WatchScope scope;
    private final Changes changes;
    private final NamedWatches<Secret> secrets;
    private final NamedWatches<ConfigMap> configMaps;
    private final Map<Class<? extends HasMetadata>, KindWatch<?>> kinds = new ConcurrentHashMap<>();
    private final KindWatch<CustomResourceDefinition> crds;
    private final KindWatch<DataPlane> planes;
    private final @Nullable KindWatch<Pod> pods;
    private final long started = System.nanoTime();
    private volatile boolean crdsFollowed;
    /** The last snapshot, and what the watches were like when it was taken; guarded by this. */
    private ClusterSnapshot last = ClusterSnapshot.builder().build();

    private Map<Class<? extends HasMetadata>, List<Long>> lastState = Map.of();

    /** Whether EndpointSlices were in it as they are. */
    private boolean lastBelieved;

    public ClusterWatch(KubernetesClient client, WatchScope scope, Changes changes) {
        this.client = client;
        this.scope = scope;
        this.changes = changes;
        this.secrets = NamedWatches.ofSecrets(client, () -> changes.mark(Mark.OBJECTS));
        this.configMaps = NamedWatches.ofConfigMaps(client, () -> changes.mark(Mark.OBJECTS));
        this.crds = new KindWatch<>(
                CustomResourceDefinition.class,
                List.of(client.resources(CustomResourceDefinition.class)),
                new CrdListener());
        // The own one's spec comes by the reconciler; here its status is kept, for whoever writes it. Of the others it
        // matters that
        // they are there, since classes are shared among releases.
        this.planes = new KindWatch<>(
                DataPlane.class, List.of(client.resources(DataPlane.class).inAnyNamespace()), new PlaneListener());
        this.pods = scope.podSelector().isEmpty()
                ? null
                : new KindWatch<>(
                        Pod.class,
                        List.of(client.pods()
                                .inNamespace(scope.releaseNamespace())
                                .withLabelSelector(scope.podSelector())),
                        new Marking<>(Mark.ROLLOUT));
    }

    public void start() {
        WatchedKinds.BUILT_IN.forEach(this::open);
        crds.start();
        planes.start();
        if (pods != null) {
            pods.start();
        }
    }

    /** Whether every kind has been listed once, so that what is not here is not there. */
    public boolean isLoaded() {
        return crdsFollowed && isSettled(planes) && kinds.values().stream().allMatch(this::isSettled);
    }

    /** Kinds that we may not read do not hold up the others for ever. */
    private boolean isSettled(KindWatch<?> watch) {
        return watch.isLoaded() || (watch.isRefused() && System.nanoTime() - started > PATIENCE.toNanos());
    }

    /**
     * Every object as of now, with the DataPlanes of other releases.
     *
     * @param believed EndpointSlices as they are to be served
     */
    synchronized ClusterSnapshot snapshot(DataPlane own, UnaryOperator<Collection<EndpointSlice>> believed) {
        SnapshotBuilder builder = ClusterSnapshot.builder().add(own);
        planes.objects().filter(plane -> !isOwn(plane)).forEach(builder::add);
        Map<Class<? extends HasMetadata>, List<Long>> state = new HashMap<>();
        kinds.forEach((kind, watch) -> {
            List<Long> now = watch.state();
            state.put(kind, now);
            if (kind == EndpointSlice.class) {
                List<EndpointSlice> all =
                        watch.objects().map(EndpointSlice.class::cast).toList();
                Collection<EndpointSlice> served = believed.apply(all);
                boolean was = lastBelieved;
                lastBelieved = isSame(served, all);
                if (!lastBelieved || !was || !keep(builder, watch)) {
                    builder.addAll(served);
                }
            } else if (!keep(builder, watch)) {
                watch.objects().forEach(builder::add);
            }
        });
        builder.secretsOnDemand(secrets.addTo(builder));
        builder.configMapsOnDemand(configMaps.addTo(builder));
        last = builder.build();
        lastState = state;
        return last;
    }

    /** Takes the objects of a kind from the last snapshot, but for what changed since; false: nobody knows what that is. */
    private <T extends HasMetadata> boolean keep(SnapshotBuilder builder, KindWatch<T> watch) {
        List<Long> before = lastState.get(watch.kind());
        Optional<Map<ObjectName, Optional<T>>> changed = before == null ? Optional.empty() : watch.changedSince(before);
        changed.ifPresent(objects -> builder.keep(last, watch.kind(), objects));
        return changed.isPresent();
    }

    @SuppressWarnings("ReferenceEquality") // whoever changes nothing gives back what was given
    private static boolean isSame(Object one, Object other) {
        return one == other;
    }

    @Override
    public Object state() {
        Map<String, List<Long>> state = new HashMap<>();
        kinds.forEach((kind, watch) -> {
            if (kind != EndpointSlice.class) {
                state.put(HasMetadata.getFullResourceName(kind), watch.state());
            }
        });
        return state;
    }

    /**
     * Has the Secrets and ConfigMaps that a compile asked for ready for the next one, and forgets the others. Returns when to look again,
     * where some were asked for the first time: until then the table would lack what they hold.
     */
    Optional<Duration> want(ClusterSnapshot snapshot) {
        Optional<Duration> again = secrets.want(snapshot.askedSecrets());
        Optional<Duration> maps = configMaps.want(snapshot.askedConfigMaps());
        return again.isPresent() ? again : maps;
    }

    /** The release's pods, by name. */
    public List<ReplicaAddress> replicas() {
        return pods == null
                ? List.of()
                : pods.objects()
                        .map(PodState::of)
                        .filter(pod -> !pod.leaving() && !pod.address().isEmpty())
                        .map(PodState::replica)
                        .sorted(Comparator.comparing(ReplicaAddress::name))
                        .toList();
    }

    /** Addresses of all pods of the release, those that are leaving too. */
    Set<String> podAddresses() {
        return pods == null
                ? Set.of()
                : pods.objects()
                        .flatMap(pod -> PodState.of(pod).addresses().stream())
                        .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Asks the API server itself whether there are as many routes as are known here, and no kind of ours that is not. Where it
     * disagrees the kind is listed again. Blocks.
     */
    boolean agrees() {
        boolean agrees = true;
        for (Class<? extends HasMetadata> kind : WatchedKinds.ROUTES) {
            KindWatch<?> watch = kinds.get(kind);
            if (watch == null) {
                agrees &= client.resources(CustomResourceDefinition.class)
                                .withName(HasMetadata.getFullResourceName(kind))
                                .get()
                        == null;
            } else if (Recount.of(client, scope, kind) != watch.size()) {
                agrees = false;
                relist(kind);
            }
        }
        return agrees;
    }

    private synchronized void relist(Class<? extends HasMetadata> kind) {
        KindWatch<?> old = kinds.get(kind);
        if (old != null) {
            old.close();
            open(kind);
        }
    }

    @Override
    public void close() {
        kinds.values().forEach(KindWatch::close);
        crds.close();
        planes.close();
        secrets.close();
        configMaps.close();
        if (pods != null) {
            pods.close();
        }
    }

    @Override
    public Optional<? extends HasMetadata> find(String kind, String namespace, String name) {
        return watch(kind).flatMap(watch -> watch.find(namespace, name));
    }

    @Override
    public Collection<? extends HasMetadata> list(String kind) {
        return watch(kind)
                .<List<? extends HasMetadata>>map(watch -> watch.objects().toList())
                .orElse(List.of());
    }

    private Optional<KindWatch<?>> watch(String kind) {
        return kind.equals("DataPlane")
                ? Optional.of(planes)
                : kinds.entrySet().stream()
                        .filter(entry -> HasMetadata.getKind(entry.getKey()).equals(kind))
                        .<KindWatch<?>>map(Map.Entry::getValue)
                        .findFirst();
    }

    private synchronized void followCrds() {
        if (!crds.isLoaded()) {
            return;
        }
        Set<Class<? extends HasMetadata>> served =
                WatchedKinds.served(crds.objects().toList());
        boolean differs = !crdsFollowed;
        for (Class<? extends HasMetadata> kind : WatchedKinds.BY_CRD) {
            KindWatch<?> open = kinds.get(kind);
            differs |= served.contains(kind) == (open == null);
            if (served.contains(kind) && open == null) {
                open(kind);
                LOG.info("{} is served: watching it", HasMetadata.getFullResourceName(kind));
            } else if (!served.contains(kind) && open != null) {
                kinds.remove(kind);
                open.close();
                LOG.warn("{} is not served any more: its objects are gone", HasMetadata.getFullResourceName(kind));
            }
        }
        crdsFollowed = true;
        if (differs) {
            changes.mark(Mark.OBJECTS);
        }
    }

    private <T extends HasMetadata> void open(Class<T> kind) {
        KindWatch<T> watch = new KindWatch<>(
                kind,
                scope.requests(client, kind),
                new Marking<>(kind == EndpointSlice.class ? Mark.ENDPOINTS : Mark.OBJECTS));
        kinds.put(kind, watch);
        watch.start();
    }

    /** Kinds of ours that are not watched because their CRD is absent, for people. */
    public Set<String> absentKinds() {
        Set<String> absent = new HashSet<>();
        for (Class<? extends HasMetadata> kind : WatchedKinds.BY_CRD) {
            if (!kinds.containsKey(kind)) {
                absent.add(HasMetadata.getFullResourceName(kind));
            }
        }
        return absent;
    }

    private boolean isOwn(DataPlane plane) {
        return scope.dataPlane().equals(plane.getMetadata().getName())
                && scope.releaseNamespace().equals(plane.getMetadata().getNamespace());
    }

    private final class PlaneListener implements KindWatch.Listener<DataPlane> {
        @Override
        public void changed(DataPlane plane) {
            changes.mark(isOwn(plane) ? Mark.ROLLOUT : Mark.OBJECTS);
        }

        @Override
        public void passedOver(Class<DataPlane> kind) {
            changes.passedOver(kind);
        }

        @Override
        public void vanished(DataPlane plane) {}

        @Override
        public void loaded() {
            if (planes.find(scope.releaseNamespace(), scope.dataPlane()).isEmpty()) {
                LOG.warn(
                        "DataPlane {}/{} does not exist: nothing is compiled until it is made",
                        scope.releaseNamespace(),
                        scope.dataPlane());
            }
            changes.mark(Mark.OBJECTS);
        }
    }

    private final class Marking<T extends HasMetadata> implements KindWatch.Listener<T> {
        private final Mark mark;

        Marking(Mark mark) {
            this.mark = mark;
        }

        @Override
        public void changed(T object) {
            changes.mark(mark);
        }

        @Override
        public void passedOver(Class<T> kind) {
            changes.passedOver(kind);
        }

        @Override
        public void vanished(T object) {
            if (WatchedKinds.ROUTES.contains(object.getClass())) {
                changes.mark(Mark.VANISHED);
            }
        }

        @Override
        public void loaded() {
            changes.mark(mark == Mark.ENDPOINTS ? Mark.OBJECTS : mark);
        }
    }

    private final class CrdListener implements KindWatch.Listener<CustomResourceDefinition> {
        @Override
        public void changed(CustomResourceDefinition crd) {
            if (WatchedKinds.isOfInterest(crd)) {
                followCrds();
            }
        }

        @Override
        public void passedOver(Class<CustomResourceDefinition> kind) {
            changes.passedOver(kind);
        }

        @Override
        public void vanished(CustomResourceDefinition crd) {}

        @Override
        public void loaded() {
            followCrds();
        }
    }
}
