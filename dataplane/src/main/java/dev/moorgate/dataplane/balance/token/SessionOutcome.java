package dev.moorgate.dataplane.balance.token;

import java.util.Locale;

/** What became of a client's session: the closed list of words in the access log and the metrics. */
public enum SessionOutcome {
    /** The request carried no token. */
    NEW,
    /** It carried none but a cookie of the balancer that was here before, which told where to begin. */
    IMPORTED,
    /** Its endpoint was found; the request may still have been served elsewhere for once (ejection, retry). */
    RESUMED,
    /** Its endpoint, or its upstream's place in the split, is no more. */
    MOVED_GONE,
    /** Its token is a moment old and names an endpoint that nobody told us of: served elsewhere for once, for it may be new. */
    AHEAD,
    /** An active check says that its endpoint does not serve. */
    MOVED_UNHEALTHY,
    /** Its endpoint drains and the policy says to leave it. */
    MOVED_DRAINING,
    /** Its endpoint drains, and has done so for longer than drainDeadline. */
    MOVED_DEADLINE,
    /** It had to leave its first endpoint, which is there again, and the policy says to go back. */
    MOVED_RETURNED,
    /** The application set its cookie while another endpoint served it: its session lives there now. */
    MOVED_FOLLOWED,
    /** The application deleted its cookie, and the session ended with that. */
    ENDED,
    /** The leader evens the load, and the session is one of those that move. */
    MOVED_REBALANCED,
    /** Its endpoint failed a request, which was repeated on another, and the policy says that the session goes along. */
    MOVED_RETRIED,
    /** The token does not verify: changed, cut, or made for another policy. */
    TAMPERED,
    /** Older than absoluteTimeout, or made further back than keys are derived for. */
    EXPIRED,
    /** Not used for idleTimeout. */
    IDLE,
    /** A good token of this policy for another upstream. */
    FOREIGN,
    /** Made with a key that the ring does not hold. */
    UNKNOWN_KEY,
    /** Not the form of a token. */
    MALFORMED;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** {@code moved_gone}. */
    public String word() {
        return word;
    }
}
