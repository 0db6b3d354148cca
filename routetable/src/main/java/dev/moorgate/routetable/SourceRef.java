package dev.moorgate.routetable;

/**
 * The Kubernetes object, and the rule in it, that a part of the table was compiled from.
 *
 * @param rule the rule's name, else its place such as {@code rules[2].matches[0]}; empty for the object as a whole
 */
public record SourceRef(String kind, String namespace, String name, String rule) implements Comparable<SourceRef> {
    public SourceRef {
        Checks.notBlank(kind, "kind");
        Checks.notBlank(name, "name");
    }

    public static SourceRef of(String kind, String namespace, String name) {
        return new SourceRef(kind, namespace, name, "");
    }

    public SourceRef withRule(String newRule) {
        return new SourceRef(kind, namespace, name, newRule);
    }

    @Override
    public int compareTo(SourceRef other) {
        int order = kind.compareTo(other.kind);
        order = order != 0 ? order : namespace.compareTo(other.namespace);
        order = order != 0 ? order : name.compareTo(other.name);
        return order != 0 ? order : rule.compareTo(other.rule);
    }

    /** {@code HTTPRoute shop/cart rules[0]}. */
    @Override
    public String toString() {
        String object = namespace.isEmpty() ? kind + " " + name : kind + " " + namespace + "/" + name;
        return rule.isEmpty() ? object : object + " " + rule;
    }
}
