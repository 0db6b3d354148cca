package dev.moorgate.routetable;

import dev.moorgate.routetable.KeyRing.Algorithm;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

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
 * @param limits past which new sessions go elsewhere
 * @param imports cookies of other balancers that tell where a client without a token was, in order
 * @param steering what all replicas are told about single endpoints
 * @param skip requests that begin no session
 * @param twin name of a second cookie with the same token for requests from other sites (SameSite=None); only over TLS
 * @param retryMovesSession a request that is repeated on another endpoint takes its session there
 * @param follows cookie of the application that sessions begin and end with; absent: they begin with the first request
 * @param drainDeadline longest stay on an endpoint that drains, where {@code onDraining} keeps it; 0: none
 * @param returnToOrigin a session that had to move goes back when its endpoint is there again
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
        boolean noStore,
        Limits limits,
        List<ImportedCookie> imports,
        Steering steering,
        List<Skip> skip,
        boolean retryMovesSession,
        Optional<String> twin,
        Optional<AppCookie> follows,
        Duration drainDeadline,
        boolean returnToOrigin,
        Algorithm algorithm) {
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
        Checks.notNegative(drainDeadline, "drainDeadline");
        Checks.require(
                follows.isEmpty() || token instanceof Token.Cookie,
                "sessions that follow a cookie have one themselves");
        imports = List.copyOf(imports);
        skip = List.copyOf(skip);
    }

    /** With nothing but what every session has. */
    public StickySession(
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
        this(
                id,
                source,
                token,
                binding,
                keyRing,
                absoluteTimeout,
                idleTimeout,
                onUnhealthy,
                unhealthyWait,
                onDraining,
                onEmptyPool,
                onZeroWeight,
                stripFromUpstream,
                noStore,
                Limits.NONE,
                List.of(),
                Steering.NONE,
                List.of(),
                false,
                Optional.empty(),
                Optional.empty(),
                Duration.ofMinutes(30),
                false,
                Algorithm.AES_256_GCM);
    }

    /** The same with these rules of where a session is put. */
    public StickySession seated(Limits cap, List<ImportedCookie> old, Steering told) {
        return copy(cap, old, told, skip, retryMovesSession, twin, follows, drainDeadline, returnToOrigin, algorithm);
    }

    /** The same with requests that begin no session, and a cookie that sessions follow or none. */
    public StickySession beginning(List<Skip> but, Optional<AppCookie> app) {
        return copy(
                limits, imports, steering, but, retryMovesSession, twin, app, drainDeadline, returnToOrigin, algorithm);
    }

    /** The same with these rules of when a session leaves its endpoint, and whether it comes back. */
    public StickySession leaving(boolean withRetries, Duration deadline, boolean returns) {
        return copy(limits, imports, steering, skip, withRetries, twin, follows, deadline, returns, algorithm);
    }

    /** The same with a second cookie or none, and tokens protected so. */
    public StickySession carried(Optional<String> twice, Algorithm by) {
        return copy(
                limits, imports, steering, skip, retryMovesSession, twice, follows, drainDeadline, returnToOrigin, by);
    }

    private StickySession copy(
            Limits bounds,
            List<ImportedCookie> imported,
            Steering steered,
            List<Skip> skipped,
            boolean retryMoves,
            Optional<String> twinName,
            Optional<AppCookie> cookie,
            Duration deadline,
            boolean returns,
            Algorithm wanted) {
        return new StickySession(
                id,
                source,
                token,
                binding,
                keyRing,
                absoluteTimeout,
                idleTimeout,
                onUnhealthy,
                unhealthyWait,
                onDraining,
                onEmptyPool,
                onZeroWeight,
                stripFromUpstream,
                noStore,
                bounds,
                imported,
                steered,
                skipped,
                retryMoves,
                twinName,
                cookie,
                deadline,
                returns,
                wanted);
    }

    /**
     * A cookie that the application sets.
     *
     * @param ttl longest life of a session since the application last set it; absent: none
     */
    public record AppCookie(String name, Optional<Duration> ttl) {
        public AppCookie {
            Checks.notBlank(name, "name of the application's cookie");
        }
    }

    /**
     * Requests that begin no session: both parts must hold.
     *
     * @param methods any of these; empty: every method
     */
    public record Skip(RouteMatch.PathMatch path, List<String> methods) {
        public Skip {
            methods = List.copyOf(methods);
        }
    }

    /**
     * How many sessions an endpoint may have before new ones go to another.
     *
     * @param maxSessions 0: unbounded
     * @param maxSkewPercent against the mean of all endpoints; 0: unbounded
     */
    public record Limits(int maxSessions, int maxSkewPercent) {
        public static final Limits NONE = new Limits(0, 0);

        public Limits {
            Checks.require(maxSessions >= 0, "maxSessions must not be negative");
            Checks.require(maxSkewPercent == 0 || maxSkewPercent >= 100, "maxSkewPercent must be 0 or at least 100");
        }
    }

    /**
     * A cookie of the balancer that was here before.
     *
     * @param until seconds since the epoch; from then on it is not read
     * @param backends what that balancer called our upstreams
     */
    public record ImportedCookie(Form form, String name, OptionalLong until, List<OldBackend> backends) {
        public ImportedCookie {
            Checks.notBlank(name, "name of an imported cookie");
            backends = List.copyOf(backends);
        }
    }

    /** An upstream's name in another balancer; it may have several. */
    public record OldBackend(String upstream, String name) {}

    /** What an imported cookie's value is: ingress-nginx's name of an endpoint, or anything that differs from client to client. */
    public enum Form {
        INGRESS_NGINX,
        OPAQUE
    }

    /**
     * What the leader found out and tells all replicas, so that they do the same.
     *
     * @param full keys of endpoints that get no further sessions, sorted
     * @param rebalance sessions that move to even the load
     * @param drains since when endpoints drain
     */
    public record Steering(List<String> full, Optional<Rebalance> rebalance, List<Drain> drains) {
        public static final Steering NONE = new Steering(List.of(), Optional.empty());

        public Steering {
            full = Checks.sorted(full, Function.identity(), "full endpoints");
            drains = Checks.sorted(drains, Drain::endpoint, "draining endpoints");
        }

        /** Nothing is said of endpoints that drain: each replica goes by what it has seen. */
        public Steering(List<String> full, Optional<Rebalance> rebalance) {
            this(full, rebalance, List.of());
        }
    }

    /**
     * An endpoint that drains.
     *
     * @param endpoint its key
     * @param since seconds since the epoch
     */
    public record Drain(String endpoint, long since) {
        public Drain {
            Checks.notBlank(endpoint, "endpoint that drains");
            Checks.require(since > 0, "an endpoint drains since a time after 1970");
        }
    }

    /**
     * A move of some sessions that began before it: which ones and whereto is told by their numbers.
     *
     * @param since seconds since the epoch; tells moves apart
     * @param shares endpoints that get sessions of the others
     * @param percentPerMinute of all sessions, how many move in a minute; 0: at once
     * @param minIdle only sessions that were idle for so long move
     */
    public record Rebalance(long since, List<Share> shares, int percentPerMinute, Duration minIdle) {
        public Rebalance {
            Checks.require(since > 0, "a rebalance begins after 1970");
            shares = Checks.sorted(shares, Share::endpoint, "shares of a rebalance");
            Checks.inRange(percentPerMinute, 0, 100, "percentPerMinute");
            Checks.notNegative(minIdle, "minIdle");
        }
    }

    /**
     * How many sessions an endpoint gets.
     *
     * @param endpoint its key
     * @param permyriad of the sessions of the others: 100 is one percent
     */
    public record Share(String endpoint, int permyriad) {
        public Share {
            Checks.notBlank(endpoint, "endpoint of a share");
            Checks.inRange(permyriad, 0, 10_000, "permyriad");
        }
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
