package dev.moorgate.routetable;

import java.time.Duration;
import java.util.Optional;

/**
 * How a client is kept on its endpoint.
 *
 * @param id of the policy (UID, else namespace/name) and, where the token's name differs by it, the upstream; part of what a token
 *     is bound to
 * @param keyRing name of the ring that signs its tokens
 * @param absoluteTimeout from the session's first issue; absent: none
 * @param idleTimeout since its last use; absent: none
 * @param stripFromUpstream the token is removed before the request goes on
 * @param noStore responses that carry a new token get {@code Cache-Control: private}
 */
public record StickySession(
        String id,
        SourceRef source,
        Token token,
        Binding binding,
        String keyRing,
        Optional<Duration> absoluteTimeout,
        Optional<Duration> idleTimeout,
        Unhealthy onUnhealthy,
        Duration unhealthyWait,
        Draining onDraining,
        EmptyPool onEmptyPool,
        ZeroWeight onZeroWeight,
        boolean stripFromUpstream,
        boolean noStore) {
    /** What the token names: the pod, its name (StatefulSets), or address and port. */
    public enum Binding {
        POD_UID,
        POD_NAME,
        ENDPOINT
    }

    /** The session's endpoint failed: move to another, wait {@code unhealthyWait} for it, or answer 503. */
    public enum Unhealthy {
        REBALANCE,
        WAIT,
        FAIL
    }

    /** The session's endpoint terminates: keep it there while it serves, or move. */
    public enum Draining {
        KEEP,
        REBALANCE
    }

    /** The session's upstream has no endpoint: go to another of the split, or answer 503. */
    public enum EmptyPool {
        REPOOL,
        FAIL
    }

    /** The session's upstream has weight 0 now: keep the session there, or move it. */
    public enum ZeroWeight {
        NO_NEW_SESSIONS,
        MOVE
    }

    public StickySession {
        Checks.notBlank(id, "session id");
        Checks.notBlank(keyRing, "keyRing");
        Checks.notNegative(unhealthyWait, "unhealthyWait");
    }

    /** Where the client carries it. */
    public sealed interface Token {
        /**
         * A cookie made by us.
         *
         * @param maxAge absent: a session cookie
         */
        record Cookie(
                String name,
                String path,
                Optional<String> domain,
                Secure secure,
                boolean httpOnly,
                SameSite sameSite,
                boolean partitioned,
                Optional<Duration> maxAge)
                implements Token {
            public Cookie {
                Checks.notBlank(name, "cookie name");
                Checks.require(path.startsWith("/"), "cookie path starts with '/'");
            }
        }

        /** A header with the value that a cookie would have; set on responses. */
        record Header(String name) implements Token {
            public Header {
                Checks.notBlank(name, "session header name");
            }
        }

        /**
         * Weak stickiness without state: consistent hashing of a part of the request with bounded load.
         *
         * @param name of the header, cookie or query parameter; empty for the others
         * @param boundPercent most load of an endpoint against the mean, 100 to 1000; 0: unbounded
         */
        record Hash(HashOn on, String name, int boundPercent) implements Token {
            public Hash {
                boolean named = on == HashOn.HEADER || on == HashOn.COOKIE || on == HashOn.QUERY;
                Checks.require(named != name.isEmpty(), "hash name belongs to HEADER, COOKIE and QUERY");
                Checks.require(
                        boundPercent == 0 || boundPercent >= 100 && boundPercent <= 1000,
                        "boundPercent must be 0 or 100 to 1000");
            }
        }
    }

    /** AUTO: on where the listener has TLS. */
    public enum Secure {
        AUTO,
        ON,
        OFF
    }

    /** RFC 6265bis 5.6.7. */
    public enum SameSite {
        STRICT,
        LAX,
        NONE
    }

    /** The part of a request that is hashed. */
    public enum HashOn {
        SOURCE_IP,
        HEADER,
        COOKIE,
        QUERY,
        PATH
    }
}
