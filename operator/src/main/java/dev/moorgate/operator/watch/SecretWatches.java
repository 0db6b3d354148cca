package dev.moorgate.operator.watch;

import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ObjectName;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The Secrets that the last compile asked for, and no others: a watch by name for each where they are few in a namespace, else one of
 * the namespace, which keeps nothing of those that nobody asked for. Any thread.
 */
final class SecretWatches implements AutoCloseable {
    private static final int FEW = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final KubernetesClient client;
    private final Runnable changed;
    private final Map<String, NamespaceSecrets> namespaces = new TreeMap<>();

    /** @param changed called on an informer's thread when any of the Secrets comes, goes or changes */
    SecretWatches(KubernetesClient client, Runnable changed) {
        this.client = client;
        this.changed = changed;
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
            NamespaceSecrets left = namespaces.remove(namespace);
            if (left != null) {
                left.close();
            }
        });
        wanted.forEach((namespace, names) ->
                namespaces.computeIfAbsent(namespace, NamespaceSecrets::new).want(names));
        long now = System.nanoTime();
        return namespaces.values().stream().anyMatch(namespace -> namespace.isAwaited(now))
                ? Optional.of(PATIENCE)
                : Optional.empty();
    }

    /** Adds what is there, and says what is known not to be. */
    synchronized void addTo(SnapshotBuilder builder) {
        Set<ObjectName> absent = new HashSet<>();
        namespaces.values().forEach(namespace -> namespace.addTo(builder, absent));
        builder.secretsOnDemand(absent);
    }

    /** How many watches are open. */
    synchronized int size() {
        return namespaces.values().stream()
                .mapToInt(namespace -> namespace.byName.size() + namespace.whole.size())
                .sum();
    }

    @Override
    public synchronized void close() {
        namespaces.values().forEach(NamespaceSecrets::close);
        namespaces.clear();
    }

    /** Of one namespace; guarded by the outer object. */
    private final class NamespaceSecrets {
        private final String namespace;
        private final Map<String, KindWatch<Secret>> byName = new TreeMap<>();
        /** At most one is in use; a second one is being loaded to follow it. */
        private final List<Whole> whole = new ArrayList<>();

        NamespaceSecrets(String namespace) {
            this.namespace = namespace;
        }

        void want(Set<String> names) {
            settle();
            Set<String> single = new HashSet<>(names);
            whole.forEach(one -> single.removeAll(one.names()));
            if (single.size() > FEW) {
                // Those that are watched by name stay so until the new one is complete.
                whole.add(new Whole(Set.copyOf(names), open(Set.copyOf(names))));
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
            Map<String, Secret> found = new TreeMap<>();
            Set<String> known = new HashSet<>();
            for (Whole one : whole) {
                if (one.watch().isLoaded()) {
                    known.addAll(one.names());
                    one.watch()
                            .objects()
                            .filter(secret -> one.names().contains(Metadata.name(secret)))
                            .forEach(secret -> found.put(Metadata.name(secret), secret));
                }
            }
            byName.forEach((name, watch) -> {
                if (watch.isLoaded()) {
                    known.add(name);
                    watch.objects().forEach(secret -> found.put(name, secret));
                }
            });
            found.values().forEach(builder::add);
            known.removeAll(found.keySet());
            known.forEach(name -> absent.add(new ObjectName(namespace, name)));
        }

        private KindWatch<Secret> openOne(String name) {
            return new KindWatch<>(
                            Secret.class,
                            List.of(client.secrets().inNamespace(namespace).withField("metadata.name", name)),
                            new Telling(Set.of(name)))
                    .start();
        }

        private KindWatch<Secret> open(Set<String> names) {
            return new KindWatch<>(
                            Secret.class,
                            List.of(client.secrets().inNamespace(namespace)),
                            secret -> {
                                if (!names.contains(Metadata.name(secret))) {
                                    secret.setData(null);
                                    secret.setStringData(null);
                                    secret.getMetadata().setAnnotations(null);
                                    secret.getMetadata().setLabels(null);
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
    private record Whole(Set<String> names, KindWatch<Secret> watch) {}

    private final class Telling implements KindWatch.Listener<Secret> {
        private final Set<String> names;

        Telling(Set<String> names) {
            this.names = names;
        }

        @Override
        public void changed(Secret secret) {
            if (names.contains(Metadata.name(secret))) {
                changed.run();
            }
        }

        @Override
        public void vanished(Secret secret) {}

        @Override
        public void loaded() {
            changed.run();
        }
    }
}
