package dev.moorgate.operator.compile.policy;

import dev.moorgate.routetable.SourceRef;

/**
 * What one policy of a kind at most can have: an object, or one named part of it.
 *
 * @param section the listener's or rule's name, or the port's number; empty for the object as a whole
 */
public record Scope(String kind, String namespace, String name, String section) {
    public Scope whole() {
        return new Scope(kind, namespace, name, "");
    }

    /** The object that it is, or is a part of. */
    public SourceRef object() {
        return SourceRef.of(kind, namespace, name);
    }

    /** {@code HTTPRoute shop/cart rule checkout}. */
    @Override
    public String toString() {
        String object = kind + " " + namespace + "/" + name;
        return section.isEmpty() ? object : object + " " + part(kind) + " " + section;
    }

    /** What a section of the kind is called. */
    static String part(String kind) {
        return switch (kind) {
            case "Service", "ServiceImport" -> "port";
            case "Gateway" -> "listener";
            default -> "rule";
        };
    }
}
