package dev.moorgate.operator.compile;

import org.jspecify.annotations.Nullable;

/** A place in a Kubernetes object, as messages name it: {@code spec.rules[2].matches[0].path}. Text is made only when asked for. */
public final class Field {
    public static final Field SPEC = new Field(null, "spec", -1);

    private final @Nullable Field parent;
    private final String name;
    private final int index;

    private Field(@Nullable Field parent, String name, int index) {
        this.parent = parent;
        this.name = name;
        this.index = index;
    }

    /** A place that is known as text. */
    public static Field at(String path) {
        return new Field(null, path, -1);
    }

    /** The field {@code name} of this object. */
    public Field of(String child) {
        return new Field(this, child, -1);
    }

    /** The item {@code position} of the list {@code child} of this object. */
    public Field of(String child, int position) {
        return new Field(this, child, position);
    }

    @Override
    public String toString() {
        String own = index < 0 ? name : name + "[" + index + "]";
        return parent == null ? own : parent + "." + own;
    }
}
