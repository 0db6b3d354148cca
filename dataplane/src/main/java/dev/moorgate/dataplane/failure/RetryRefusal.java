package dev.moorgate.dataplane.failure;

import java.util.Locale;

/** Why a failed try was not followed by another: one word of a closed list, for log and metrics. */
public enum RetryRefusal {
    /** The route has no retries. */
    SWITCHED_OFF,
    /** As many as the route allows are made. */
    ATTEMPTS_SPENT,
    /** Such a failure would only come again. */
    NOT_RETRYABLE,
    /** The endpoint may have seen it, and its method does not bear that twice (RFC 9110 9.2.2). */
    NOT_IDEMPOTENT,
    /** Its body is gone, or has not come yet. */
    BODY_NOT_HELD,
    /** A byte of the answer has reached the client. */
    ANSWER_BEGUN,
    /** A trusted proxy in front of us is repeating it already. */
    ALREADY_A_RETRY,
    /** As many requests of the upstream are being repeated as may be at a time. */
    TOO_MANY_REPEATING,
    /** The upstream's retry budget is used up. */
    BUDGET_SPENT,
    /** The endpoint wants to be asked later than the request may wait, or not again. */
    TOO_LATE;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** As log and metrics have it. */
    public String word() {
        return word;
    }

    /** Whether retries are withheld to spare the upstream. */
    public boolean sparesTheUpstream() {
        return this == TOO_MANY_REPEATING || this == BUDGET_SPENT;
    }
}
