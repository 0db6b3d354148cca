package dev.moorgate.operator.watch;

import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ObjectName;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The Secrets, or ConfigMaps, that the last compile asked for, and no others: a watch by name for each where they are few in a
 * namespace, else one of the namespace, which keeps nothing of those that nobody asked for. Any thread.
 */
final class NamedWatches<T extends HasMetadata> implements AutoCloseable {
    private static final int FEW = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final KubernetesClient client;
    private final Class<T> kind;
    private final Consumer<T> emptied;
    private final Runnable changed;
    private final Map<String, OfNamespace> namespaces = new TreeMap<>();

    private NamedWatches(KubernetesClient client, Class<T> kind, Consumer<T> emptied, Runnable changed) {
        this.client = client;
        this.kind = kind;
        this.emptied = emptied;
        this.changed = changed;
    }

    /** @param changed called on an informer's thread when any of the Secrets comes, goes or changes */
    static NamedWatches<Secret> ofSecrets(KubernetesClient client, Runnable changed) {
        return new NamedWatches<>(
                client,
                Secret.class,
                secret -> {
                    secret.setData(null);
                    secret.setStringData(null);
                },
                changed);
    }

    /** @param changed called on an informer's thread when any of the ConfigMaps comes, goes or changes */
    static NamedWatches<ConfigMap> ofConfigMaps(KubernetesClient client, Runnable changed) {
        return new NamedWatches<>(
                client,
                ConfigMap.class,
                map -> {
                    map.setData(null);
                    map.setBinaryData(null);
                },
                changed);
    }

    /** Returns when to look again, where some of them are not read yet and may soon be. */
    synchronized Optional<Duration> want(Set<ObjectName> asked) {
        Map<String, Set<String>> wanted = asked.stream()
                .filter(name -> !name.namespace().isEmpty() && !name.name().isEmpty())
                .collect(Collectors.groupingBy(
                        ObjectName::namespace, TreeMap::new, Collectors.mapping(ObjectName::name, Collectors.toSet())));
        Set<String> gone = new HashSet<>(namespaces.keySet());
        gone.removeAll(wanted.keySet());
        gone.forEach(namespace -> {
            OfNamespace left = namespaces.remove(namespace);
            if (left != null) {
                left.close();
            }
        });
        wanted.forEach((namespace, names) ->
                namespaces.computeIfAbsent(namespace, OfNamespace::new).want(names));
        long now = System.nanoTime();
        return namespaces.values().stream().anyMatch(namespace -> namespace.isAwaited(now))
                ? Optional.of(PATIENCE)
                : Optional.empty();
    }

    /** Adds what is there, and returns what is known not to be. */
    synchronized Set<ObjectName> addTo(SnapshotBuilder builder) {
        Set<ObjectName> absent = new HashSet<>();
        namespaces.values().forEach(namespace -> namespace.addTo(builder, absent));
        return absent;
    }

    /** How many watches are open. */
    synchronized int size() {
        return namespaces.values().stream()
                .mapToInt(namespace -> namespace.byName.size() + namespace.whole.size())
                .sum();
    }

    @Override
    public synchronized void close() {
        namespaces.values().forEach(OfNamespace::close);
        namespaces.clear();
    }

    /** Of one namespace; guarded by the outer object. */
    private final class OfNamespace {
        private final String namespace;
        private final Map<String, KindWatch<T>> byName = new TreeMap<>();
        /** At most one is in use; a second one is being loaded to follow it. */
        private final List<Whole<T>> whole = new ArrayList<>();

        OfNamespace(String namespace) {
            this.namespace = namespace;
        }

        void want(Set<String> names) {
            settle();
            Set<String> single = new HashSet<>(names);
            whole.forEach(one -> single.removeAll(one.names()));
            if (single.size() > FEW) {
                // Those that are watched by name stay so until the new one is complete.
                whole.add(new Whole<>(Set.copyOf(names), open(Set.copyOf(names))));
                single.retainAll(byName.keySet());
            } else if (!whole.isEmpty() && names.size() <= FEW / 2) {
                whole.forEach(one -> one.watch().close());
                whole.clear();
                single.addAll(names);
            }
            byName.entrySet().removeIf(entry -> {
                boolean isGone = !single.contains(entry.getKey());
                if (isGone) {
                    entry.getValue().close();
                }
                return isGone;
            });
            single.forEach(name -> byName.computeIfAbsent(name, this::openOne));
        }

        /** A newer watch of the namespace that is complete takes the place of the older one. */
        private void settle() {
            while (whole.size() > 1 && whole.get(1).watch().isLoaded()) {
                whole.removeFirst().watch().close();
            }
        }

        /** One that cannot be read does not hold up the others for long. */
        boolean isAwaited(long now) {
            return Stream.concat(byName.values().stream(), whole.stream().map(Whole::watch))
                    .anyMatch(watch -> !watch.isLoaded()
                            && !watch.isRefused()
                            && watch.age(now).compareTo(PATIENCE) < 0);
        }

        void addTo(SnapshotBuilder builder, Set<ObjectName> absent) {
            settle();
            Map<String, T> found = new TreeMap<>();
            Set<String> known = new HashSet<>();
            for (Whole<T> one : whole) {
                if (one.watch().isLoaded()) {
                    known.addAll(one.names());
                    one.watch()
                            .objects()
                            .filter(object -> one.names().contains(Metadata.name(object)))
                            .forEach(object -> found.put(Metadata.name(object), object));
                }
            }
            byName.forEach((name, watch) -> {
                if (watch.isLoaded()) {
                    known.add(name);
                    watch.objects().forEach(object -> found.put(name, object));
                }
            });
            found.values().forEach(builder::add);
            known.removeAll(found.keySet());
            known.forEach(name -> absent.add(new ObjectName(namespace, name)));
        }

        private KindWatch<T> openOne(String name) {
            return new KindWatch<>(
                            kind,
                            List.of(client.resources(kind)
                                    .inNamespace(namespace)
                                    .withField("metadata.name", name)),
                            new Telling(Set.of(name)))
                    .start();
        }

        private KindWatch<T> open(Set<String> names) {
            return new KindWatch<>(
                            kind,
                            List.of(client.resources(kind).inNamespace(namespace)),
                            object -> {
                                if (!names.contains(Metadata.name(object))) {
                                    emptied.accept(object);
                                    object.getMetadata().setAnnotations(null);
                                    object.getMetadata().setLabels(null);
                                }
                            },
                            new Telling(names))
                    .start();
        }

        void close() {
            byName.values().forEach(KindWatch::close);
            byName.clear();
            whole.forEach(one -> one.watch().close());
            whole.clear();
        }
    }

    /** A watch of a whole namespace that keeps the data of these. */
    private record Whole<T extends HasMetadata>(Set<String> names, KindWatch<T> watch) {}

    private final class Telling implements KindWatch.Listener<T> {
        private final Set<String> names;

        Telling(Set<String> names) {
            this.names = names;
        }

        @Override
        public void changed(T object) {
            if (names.contains(Metadata.name(object))) {
                changed.run();
            }
        }

        @Override
        public void passedOver(Class<T> kind) {}

        @Override
        public void vanished(T object) {}

        @Override
        public void loaded() {
            changed.run();
        }
    }
}
