package dev.moorgate.operator.conditions;

/** What a condition is about, and its truth when nothing is wrong. */
public enum ConditionType {
    ACCEPTED("Accepted", true, Reason.ACCEPTED),
    RESOLVED_REFS("ResolvedRefs", true, Reason.RESOLVED_REFS),
    PROGRAMMED("Programmed", true, Reason.PROGRAMMED),
    CONFLICTED("Conflicted", false, Reason.NO_CONFLICTS),
    PARTIALLY_INVALID("PartiallyInvalid", false, Reason.ALL_VALID),
    OVERLAPPING_TLS_CONFIG("OverlappingTLSConfig", false, Reason.NO_OVERLAP),
    INSECURE_FRONTEND_VALIDATION_MODE("InsecureFrontendValidationMode", false, Reason.SECURE_CONFIGURATION),
    SUPPORTED_VERSION("SupportedVersion", true, Reason.SUPPORTED_VERSION),
    PROPAGATED("moorgate.dev/Propagated", true, Reason.PROPAGATED),
    KEYS_ROTATED("moorgate.dev/KeysRotated", true, Reason.KEYS_ROTATED);

    private final String word;
    private final boolean good;
    private final Reason goodReason;

    ConditionType(String word, boolean good, Reason goodReason) {
        this.word = word;
        this.good = good;
        this.goodReason = goodReason;
    }

    /** As users read it. */
    public String word() {
        return word;
    }

    /** The status that means that all is well: false for conditions such as Conflicted. */
    public boolean good() {
        return good;
    }

    /** The reason that goes with {@link #good}. */
    public Reason goodReason() {
        return goodReason;
    }

    /** Whether a bad status is a mistake of the user, and not only worth knowing. */
    public boolean isError() {
        return this != OVERLAPPING_TLS_CONFIG
                && this != INSECURE_FRONTEND_VALIDATION_MODE
                && this != SUPPORTED_VERSION
                && this != KEYS_ROTATED;
    }

    @Override
    public String toString() {
        return word;
    }
}
