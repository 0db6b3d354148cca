package dev.moorgate.operator.watch;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an informer keeps, without the parts that nobody reads: they would be more than half of it. Written by the informer, read by
 * any thread.
 */
final class TrimmedStore<T extends HasMetadata> implements ItemStore<T> {
    private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

    private static final AtomicLong CLOCK = new AtomicLong();

    private final Map<String, T> items = new ConcurrentHashMap<>();
    private final Consumer<T> more;
    private volatile long changedAt = CLOCK.incrementAndGet();
    private final ChangeLog log = new ChangeLog(changedAt);

    /** @param more takes away what this watch does not need */
    TrimmedStore(Consumer<T> more) {
        this.more = more;
    }

    static <T extends HasMetadata> T trim(T object) {
        object.getMetadata().setManagedFields(null);
        Map<String, String> annotations = object.getMetadata().getAnnotations();
        if (annotations != null) {
            annotations.remove(LAST_APPLIED);
        }
        if (object instanceof CustomResourceDefinition crd) {
            crd.getSpec().getVersions().forEach(version -> version.setSchema(null));
        } else if (object instanceof EndpointSlice slice) {
            // An API server writes null for a list that is empty.
            slice.setEndpoints(Objects.requireNonNullElse(slice.getEndpoints(), List.of()));
            slice.setPorts(Objects.requireNonNullElse(slice.getPorts(), List.of()));
        } else if (object instanceof Pod pod) {
            pod.setSpec(null);
            if (pod.getStatus() != null) {
                pod.getStatus().setContainerStatuses(null);
                pod.getStatus().setInitContainerStatuses(null);
            }
        }
        return object;
    }

    @Override
    public String getKey(T object) {
        String namespace = object.getMetadata().getNamespace();
        String name = object.getMetadata().getName();
        return namespace == null ? name : namespace + "/" + name;
    }

    @Override
    public @Nullable T put(String key, T object) {
        more.accept(object);
        T before = items.put(key, trim(object));
        changed(key);
        return before;
    }

    @Override
    public @Nullable T remove(String key) {
        T gone = items.remove(key);
        changed(key);
        return gone;
    }

    private void changed(String key) {
        long now = CLOCK.incrementAndGet();
        log.add(key, now);
        changedAt = now;
    }

    /** A number that no store ever had before its last change: whoever reads it before what is here misses nothing. */
    long changedAt() {
        return changedAt;
    }

    /** Keys that were put or removed since {@link #changedAt} was this; nothing where nobody remembers. */
    Optional<Set<String>> changedSince(long time) {
        return log.since(time);
    }

    @Override
    public Stream<String> keySet() {
        return items.keySet().stream();
    }

    @Override
    public Stream<T> values() {
        return items.values().stream();
    }

    @Override
    public int size() {
        return items.size();
    }

    @Override
    public @Nullable T get(String key) {
        return items.get(key);
    }

    /** Which keys of a store changed last, as far back as it remembers. Written by one thread, read by any. */
    static final class ChangeLog {
        private static final int KEPT = 256;

        private final String[] keys = new String[KEPT];
        private final long[] times = new long[KEPT];
        private int next;
        private long forgotten;

        /** @param begins changes before are not known */
        ChangeLog(long begins) {
            forgotten = begins;
        }

        /** Times only grow. */
        synchronized void add(String key, long time) {
            if (keys[next] != null) {
                forgotten = times[next];
            }
            keys[next] = key;
            times[next] = time;
            next = (next + 1) % KEPT;
        }

        /** What changed later than this; nothing where that is more than is remembered. */
        synchronized Optional<Set<String>> since(long time) {
            if (time < forgotten) {
                return Optional.empty();
            }
            Set<String> changed = new HashSet<>();
            for (int i = 0; i < KEPT; i++) {
                if (keys[i] != null && times[i] > time) {
                    changed.add(keys[i]);
                }
            }
            return Optional.of(changed);
        }
    }
}
