package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.failure.ProxyFailure;
import java.time.Duration;

/** Where a request goes, or why nowhere. */
public sealed interface Pick {
    /** Place in the route's split; -1 where none was chosen. */
    int share();

    /** What its sticky session has to do with it. */
    SessionUse session();

    /** Its endpoint. */
    record Chosen(int share, EndpointSet endpoints, Candidate candidate, SessionUse session) implements Pick {}

    /** Nothing serves it. */
    record Refused(int share, ProxyFailure failure, SessionUse session) implements Pick {}

    /**
     * Its session's endpoint is unhealthy and the policy waits: pick again from time to time, and after {@code most} once
     * more behind {@link Attempts#waited}.
     */
    record Waiting(int share, Duration most, SessionUse session) implements Pick {}
}
