package dev.moorgate.operator.snapshot;

import java.util.Comparator;

/** Where an object is; by namespace, then name. The namespace is empty for cluster-scoped kinds. */
public record ObjectName(String namespace, String name) implements Comparable<ObjectName> {
    private static final Comparator<ObjectName> ORDER =
            Comparator.comparing(ObjectName::namespace).thenComparing(ObjectName::name);

    @Override
    public int compareTo(ObjectName other) {
        return ORDER.compare(this, other);
    }
}
