package dev.moorgate.operator.watch;

import dev.moorgate.operator.snapshot.ObjectName;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the objects of one kind in the namespaces that we watch; an informer for each. No error ends it: it lists and watches again
 * until it is closed. Any thread.
 */
final class KindWatch<T extends HasMetadata> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KindWatch.class);
    private static final long PAGE = 500;

    private final Class<T> kind;
    private final Listener<T> listener;
    private final List<Scope<T>> scopes = new ArrayList<>();
    private final long opened = System.nanoTime();
    private volatile boolean refused;

    KindWatch(Class<T> kind, List<? extends Informable<T>> where, Listener<T> listener) {
        this(kind, where, whole -> {}, listener);
    }

    /** @param more takes away what is not needed before an object is kept */
    KindWatch(Class<T> kind, List<? extends Informable<T>> where, Consumer<T> more, Listener<T> listener) {
        this.kind = kind;
        this.listener = listener;
        for (Informable<T> one : where) {
            TrimmedStore<T> store = new TrimmedStore<>(more);
            scopes.add(new Scope<>(
                    store,
                    one.withLimit(PAGE)
                            .runnableInformer(0)
                            .removeNamespaceIndex()
                            .itemStore(store)
                            .exceptionHandler(this::isRetried)
                            .addEventHandler(new Events())));
        }
    }

    /** Told of what matters; on an informer's thread, must not block. */
    interface Listener<T> {
        void changed(T object);

        /** An update changed nothing that anybody reads. */
        void passedOver(Class<T> kind);

        /** It was not in a new list, and nobody saw it go. */
        void vanished(T object);

        /** The first list is complete. */
        void loaded();
    }

    private record Scope<T extends HasMetadata>(TrimmedStore<T> store, SharedIndexInformer<T> informer) {}

    Class<T> kind() {
        return kind;
    }

    /** Comes back at once: a list may have to wait for its turn, and a walk must not. */
    KindWatch<T> start() {
        scopes.forEach(
                scope -> Thread.ofVirtual().name("list-" + kind.getSimpleName()).start(() -> list(scope)));
        return this;
    }

    private void list(Scope<T> scope) {
        CompletableFuture<Void> listed;
        try {
            listed = scope.informer().start().toCompletableFuture();
        } catch (IllegalStateException closed) {
            LOG.debug("{} was closed before it began", kind.getSimpleName(), closed);
            return;
        }
        var _ = listed.thenRun(() -> {
            LOG.debug(
                    "{}: {} objects listed", kind.getSimpleName(), scope.store().size());
            refused = false;
            listener.loaded();
        });
    }

    boolean isLoaded() {
        return scopes.stream().allMatch(scope -> scope.informer().hasSynced());
    }

    Duration age(long now) {
        return Duration.ofNanos(now - opened);
    }

    /** Whether we may not read it, or it is not served: it may never load. */
    boolean isRefused() {
        return refused;
    }

    Stream<T> objects() {
        return scopes.stream().flatMap(scope -> scope.store().values());
    }

    Optional<T> find(String namespace, String name) {
        String key = namespace.isEmpty() ? name : namespace + "/" + name;
        return scopes.stream()
                .map(scope -> Optional.ofNullable(scope.store().get(key)))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Equal as long as no object came, changed or went. */
    List<Long> state() {
        return scopes.stream().map(scope -> scope.store().changedAt()).toList();
    }

    /** What came, changed or went since the state was this; nothing where nobody remembers. */
    Optional<Map<ObjectName, Optional<T>>> changedSince(List<Long> before) {
        if (before.size() != scopes.size()) {
            return Optional.empty();
        }
        Map<ObjectName, Optional<T>> changed = new HashMap<>();
        for (int i = 0; i < before.size(); i++) {
            TrimmedStore<T> store = scopes.get(i).store();
            Optional<Set<String>> keys = store.changedSince(before.get(i));
            if (keys.isEmpty()) {
                return Optional.empty();
            }
            for (String key : keys.get()) {
                int slash = key.indexOf('/');
                String namespace = slash < 0 ? "" : key.substring(0, slash);
                changed.put(new ObjectName(namespace, key.substring(slash + 1)), Optional.ofNullable(store.get(key)));
            }
        }
        return Optional.of(changed);
    }

    int size() {
        return scopes.stream().mapToInt(scope -> scope.store().size()).sum();
    }

    @Override
    public void close() {
        scopes.forEach(scope -> scope.informer().stop());
    }

    private boolean isRetried(boolean wasStarted, Throwable failure) {
        refused = WatchFailure.isRefusal(failure);
        LOG.warn("{}: {}; it is listed again", kind.getSimpleName(), WatchFailure.sentence(failure));
        return true;
    }

    private final class Events implements ResourceEventHandler<T> {
        @Override
        public void onAdd(T object) {
            listener.changed(object);
        }

        @Override
        public void onUpdate(T before, T after) {
            if (ChangeFilter.isChange(before, after)) {
                listener.changed(after);
            } else {
                listener.passedOver(kind);
            }
        }

        @Override
        public void onDelete(T object, boolean unseen) {
            if (unseen) {
                listener.vanished(object);
            }
            listener.changed(object);
        }
    }
}
