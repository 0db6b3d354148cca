package dev.moorgate.operator.snapshot;

/** Tells whether two snapshots have the very same Services and imports, without a look at any of them. */
public final class ServicesMark {
    /** Of no snapshot. */
    public static final ServicesMark NONE = new ServicesMark(new Object(), new Object());

    private final Object services;
    private final Object imports;

    ServicesMark(Object services, Object imports) {
        this.services = services;
        this.imports = imports;
    }

    /** False may also mean that nobody knows. */
    @SuppressWarnings("ReferenceEquality") // maps that nothing was put into are handed on
    public boolean isSame(ServicesMark other) {
        return services == other.services && imports == other.imports;
    }
}
