package dev.moorgate.dataplane.listen.staple;

/** No response that could be stapled, and why; carries no stack. */
final class OcspFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final StapleFault fault;

    OcspFailure(StapleFault fault, String detail) {
        super(detail, null, false, false);
        this.fault = fault;
    }

    StapleFault fault() {
        return fault;
    }
}
