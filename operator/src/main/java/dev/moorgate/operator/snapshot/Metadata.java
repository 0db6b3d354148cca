package dev.moorgate.operator.snapshot;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What Kubernetes knows of every object, with values for what a manifest leaves out. */
public final class Metadata {
    /**
     * Oldest first, then by namespace and name: how Kubernetes settles conflicts. Objects without a creation time (manifests that no
     * API server has seen) count as made now, all at once.
     */
    public static final Comparator<HasMetadata> OLDEST_FIRST = Comparator.comparing(Metadata::created)
            .thenComparing(Metadata::namespace)
            .thenComparing(Metadata::name);

    private Metadata() {}

    /** Empty for cluster-scoped objects. */
    public static String namespace(HasMetadata object) {
        return Objects.requireNonNullElse(meta(object).getNamespace(), "");
    }

    public static String name(HasMetadata object) {
        return Objects.requireNonNullElse(meta(object).getName(), "");
    }

    /** Of the spec; 1, that of a new object, where a manifest has none. */
    public static long generation(HasMetadata object) {
        Long generation = meta(object).getGeneration();
        return generation == null ? 1 : generation;
    }

    /** Kubernetes' own id, else {@code namespace/name}: stable as long as the object is. */
    public static String uid(HasMetadata object) {
        String uid = meta(object).getUid();
        return uid != null && !uid.isEmpty() ? uid : namespace(object) + "/" + name(object);
    }

    public static SortedMap<String, String> labels(HasMetadata object) {
        return sorted(meta(object).getLabels());
    }

    public static SortedMap<String, String> annotations(HasMetadata object) {
        return sorted(meta(object).getAnnotations());
    }

    static ObjectMeta meta(HasMetadata object) {
        return Objects.requireNonNullElseGet(object.getMetadata(), ObjectMeta::new);
    }

    private static SortedMap<String, String> sorted(@Nullable Map<String, String> map) {
        return Collections.unmodifiableSortedMap(map == null ? new TreeMap<>() : new TreeMap<>(map));
    }

    private static Instant created(HasMetadata object) {
        String text = meta(object).getCreationTimestamp();
        if (text == null) {
            return Instant.MAX;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException unreadable) {
            return Instant.MAX;
        }
    }
}
