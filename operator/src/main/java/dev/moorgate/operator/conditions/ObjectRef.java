package dev.moorgate.operator.conditions;

import dev.moorgate.routetable.SourceRef;

/**
 * A Kubernetes object that a status is about, at one generation of its spec; ordered by kind, namespace and name.
 *
 * @param apiVersion group and version as in the manifest, such as {@code gateway.networking.k8s.io/v1}
 * @param namespace empty for cluster-scoped kinds
 * @param generation of the spec that was read; goes out as observedGeneration
 */
public record ObjectRef(String apiVersion, String kind, String namespace, String name, long generation)
        implements Comparable<ObjectRef> {
    /** The API group; empty for the core group. */
    public String group() {
        int slash = apiVersion.indexOf('/');
        return slash < 0 ? "" : apiVersion.substring(0, slash);
    }

    public SourceRef source() {
        return SourceRef.of(kind, namespace, name);
    }

    @Override
    public int compareTo(ObjectRef other) {
        int order = kind.compareTo(other.kind);
        order = order != 0 ? order : namespace.compareTo(other.namespace);
        order = order != 0 ? order : name.compareTo(other.name);
        order = order != 0 ? order : apiVersion.compareTo(other.apiVersion);
        return order != 0 ? order : Long.compare(generation, other.generation);
    }

    /** {@code HTTPRoute shop/cart}. */
    @Override
    public String toString() {
        return source().toString();
    }
}
