package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.census.SessionSample;
import dev.moorgate.dataplane.balance.imported.ImportedCookies;
import dev.moorgate.dataplane.balance.imported.ImportedCookies.OldCookie;
import dev.moorgate.dataplane.balance.steer.Rebalancing;
import dev.moorgate.dataplane.balance.steer.SkipRules;
import dev.moorgate.dataplane.balance.token.SessionCodec;
import dev.moorgate.dataplane.balance.token.SessionCodec.Decoded;
import dev.moorgate.dataplane.balance.token.SessionKeys;
import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.balance.token.SessionToken;
import dev.moorgate.dataplane.http.CookieScan;
import dev.moorgate.dataplane.http.QueryString;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Token;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A StickySession with its keys: reads tokens out of requests, judges them by the clock and makes new ones. A client is
 * never believed, and never answered with an error for what it sends. Immutable; any thread.
 */
public final class SessionPolicy {
    /** Tokens are made anew each UTC day they are used, so that one that is older has been out of use for so long. */
    private static final long LEAST_DAYS = 7;

    private static final long CLOCK_LEEWAY_SECONDS = 300;
    private static final int LONGEST_TOKEN = 128;
    /** After its last request a session still counts for so long. */
    private static final int CENSUS_SECONDS = 600;

    private static final Decoded ABSENT = Decoded.failed(SessionOutcome.NEW);
    private static final Decoded EXPIRED = Decoded.failed(SessionOutcome.EXPIRED);
    private static final Decoded IDLE = Decoded.failed(SessionOutcome.IDLE);
    private static final Decoded MALFORMED = Decoded.failed(SessionOutcome.MALFORMED);

    private final StickySession session;
    private final @Nullable KeyRing ring;
    private final StickySessions sessions;
    private final String lowerName;
    private final @Nullable SessionCodec codec;
    private final @Nullable SetCookie cookie;
    private final long absolute;
    private final long idle;
    private final long oldestDays;
    private final SessionSample sample;
    private final Set<String> full;
    private final boolean isLimited;
    private final @Nullable Rebalancing rebalancing;
    private final @Nullable ImportedCookies imports;
    private final @Nullable SkipRules skip;
    private final @Nullable String twin;
    private final @Nullable FollowedCookie followed;
    /** Longest time since the application set its cookie. */
    private final long ttl;

    private final long drainDeadline;
    /** Since when endpoints drain, by what all replicas are told. */
    private final Map<String, Long> drains = new HashMap<>();
    /** Least time without a request that something depends on. */
    private final long shortestIdle;
    /** What most requests get: one object, for it changes only where a session follows the application's cookie. */
    private final SessionUse resumed = new SessionUse(this, SessionOutcome.RESUMED, null, null, 0);

    SessionPolicy(StickySession session, @Nullable KeyRing ring, StickySessions sessions) {
        this.session = session;
        this.ring = ring;
        this.sessions = sessions;
        absolute = session.absoluteTimeout().map(Duration::toSeconds).orElse(Long.MAX_VALUE);
        idle = session.idleTimeout().map(Duration::toSeconds).orElse(Long.MAX_VALUE);
        full = Set.copyOf(session.steering().full());
        isLimited = !full.isEmpty() || !session.limits().equals(StickySession.Limits.NONE);
        sample = sessions.census().sample(session.id(), (int) Math.min(CENSUS_SECONDS, Math.max(1, idle)), isLimited);
        rebalancing = session.steering().rebalance().map(Rebalancing::new).orElse(null);
        twin = session.twin().orElse(null);
        followed = session.follows().map(app -> new FollowedCookie(app.name())).orElse(null);
        ttl = session.follows()
                .flatMap(StickySession.AppCookie::ttl)
                .map(Duration::toSeconds)
                .orElse(Long.MAX_VALUE);
        drainDeadline = session.drainDeadline().isZero()
                ? Long.MAX_VALUE
                : session.drainDeadline().toSeconds();
        session.steering().drains().forEach(drain -> drains.put(drain.endpoint(), drain.since()));
        skip = session.skip().isEmpty() ? null : new SkipRules(session.skip());
        imports = session.imports().isEmpty() ? null : new ImportedCookies(session.imports());
        shortestIdle = session.steering()
                .rebalance()
                .map(rebalance -> rebalance.minIdle().toSeconds())
                .filter(seconds -> seconds > 0)
                .map(seconds -> Math.min(seconds, idle))
                .orElse(idle);
        oldestDays = absolute == Long.MAX_VALUE ? LEAST_DAYS : Math.max(LEAST_DAYS, absolute / 86_400 + 1);
        String name = switch (session.token()) {
            case Token.Cookie made -> made.name();
            case Token.Header made -> made.name();
            case Token.Hash hash -> "";
        };
        lowerName = name.toLowerCase(Locale.ROOT);
        cookie = switch (session.token()) {
            case Token.Cookie made -> SetCookie.of(made, session.twin());
            case Token.Header made -> SetCookie.of(made);
            case Token.Hash hash -> null;
        };
        if (cookie == null) {
            codec = null;
        } else if (ring == null) {
            throw new IllegalArgumentException("session " + session.id() + " has no key ring");
        } else {
            String bindingName = session.token() instanceof Token.Header ? lowerName : name;
            codec = new SessionCodec(
                    new SessionKeys(ring, session.id()),
                    session.algorithm(),
                    session.id(),
                    bindingName,
                    sessions.random(),
                    oldestDays);
        }
    }

    public StickySession session() {
        return session;
    }

    boolean isFor(StickySession other, @Nullable KeyRing otherRing) {
        return session.equals(other) && Objects.equals(ring, otherRing);
    }

    String lowerName() {
        return lowerName;
    }

    /** Name of the second cookie; null: there is none. */
    @Nullable
    String twin() {
        return twin;
    }

    SetCookie cookie() {
        return Objects.requireNonNull(cookie, "hashing has no token");
    }

    private SessionCodec codec() {
        return Objects.requireNonNull(codec, "hashing has no token");
    }

    boolean isHash() {
        return codec == null;
    }

    long now() {
        return sessions.now();
    }

    // ------------------------------------------------------------------ tokens

    /**
     * The first token of the request that is good; else why the first one is not; else NEW. Without the application's cookie that it
     * follows a token is none.
     */
    Decoded read(RequestHead head, long now) {
        if (followed != null && followed.key(head).isEmpty()) {
            return ABSENT;
        }
        Decoded first = null;
        byte[] bytes = head.bytes();
        if (session.token() instanceof Token.Cookie made) {
            CookieScan scan = new CookieScan(head, made.name(), twin);
            while (scan.next()) {
                Decoded decoded = judge(bytes, scan.valueStart(), scan.valueEnd(), now);
                if (decoded.token() != null) {
                    return decoded;
                }
                first = first == null ? decoded : first;
            }
            return first == null ? ABSENT : first;
        }
        for (int i = head.indexOf(lowerName, 0); i >= 0; i = head.indexOf(lowerName, i + 1)) {
            Decoded decoded = judge(bytes, head.valueStart(i), head.valueEnd(i), now);
            if (decoded.token() != null) {
                return decoded;
            }
            first = first == null ? decoded : first;
        }
        return first == null ? ABSENT : first;
    }

    /** Expiry is by our own clock alone; a token from the future is believed as far as clocks may differ. */
    private Decoded judge(byte[] bytes, int start, int end, long now) {
        if (end - start > LONGEST_TOKEN) {
            return MALFORMED;
        }
        Decoded decoded = sessions.decode(this, codec(), bytes, start, end, now);
        SessionToken token = decoded.token();
        if (token == null) {
            return decoded;
        }
        boolean tooNew = token.issued() > now + CLOCK_LEEWAY_SECONDS || token.lastUsed() > now + CLOCK_LEEWAY_SECONDS;
        boolean isLeft = now - followedAt(token) >= ttl;
        if (tooNew
                || isLeft
                || now - token.issued() >= absolute
                || SessionCodec.day(now) - decoded.day() > oldestDays) {
            return EXPIRED;
        }
        return now - token.lastUsed() >= idle ? IDLE : decoded;
    }

    /** Whether a good token is to be made anew: a tenth of idleTimeout, a day, or a key change has passed. */
    boolean isDue(Decoded decoded, SessionToken token, long now) {
        boolean worn = shortestIdle != Long.MAX_VALUE && (now - token.lastUsed()) * 10 >= Math.max(shortestIdle, 1);
        return worn || !codec().isCurrent(decoded, now);
    }

    /** A session that begins now. */
    SessionToken begin(EndpointSet endpoints, Candidate candidate, long now) {
        byte[] id = new byte[8];
        sessions.random().accept(id);
        return new SessionToken(
                ByteBuffer.wrap(id).getLong(),
                endpoints.bound(session.binding(), candidate),
                endpoints.backend(),
                now,
                now,
                (short) 0);
    }

    /** Counts a session as moored to an endpoint. */
    void moored(SessionToken token, Candidate home, long now) {
        sample.seen(token.session(), home.endpoint().key(), now);
    }

    // ------------------------------------------------------------------ which endpoints

    /** Whether new sessions are kept from endpoints that have enough of them. */
    boolean isLimited() {
        return isLimited;
    }

    /** Whether the leader told all replicas that an endpoint gets no further sessions. */
    boolean isFull(Candidate candidate) {
        return full.contains(candidate.endpoint().key());
    }

    /** How many sessions are moored to an endpoint, as far as this process has seen them. */
    long moored(Candidate candidate, long now) {
        return sample.moored(candidate.endpoint().key(), now);
    }

    /** How many sessions an endpoint must be below to get another, by what this process has seen: {@code total} at all. */
    long most(int endpoints, long total) {
        StickySession.Limits limits = session.limits();
        long cap = limits.maxSessions() == 0 ? Long.MAX_VALUE : limits.maxSessions();
        if (limits.maxSkewPercent() == 0) {
            return cap;
        }
        long share = 100L * endpoints;
        return Math.min(cap, ((total + 1) * limits.maxSkewPercent() + share - 1) / share);
    }

    /** A session begins though every endpoint has as many as it may have. */
    void beganOverLimit() {
        sample.beganOverLimit();
    }

    /** Key of the endpoint that a session is to move to, for the leader evens the load; null: it stays. */
    @Nullable
    String rebalanced(SessionToken token, Candidate home, EndpointSet endpoints, long now) {
        return rebalancing == null
                ? null
                : rebalancing.target(
                        token.session(),
                        token.issued(),
                        token.lastUsed(),
                        now,
                        home.endpoint().key(),
                        key -> endpoints.find(key) != null);
    }

    /** Counts a session that moved to even the load. */
    void countRebalanced() {
        if (rebalancing != null) {
            sample.rebalanced(rebalancing.since());
        }
    }

    /** Whether a session has been on an endpoint that drains for as long as it may. */
    boolean isOverdue(EndpointSet endpoints, Candidate home, long now) {
        if (!home.isDraining()) {
            return false;
        }
        Long told = drains.get(home.endpoint().key());
        return (told == null ? endpoints.drainsForSeconds(home) : now - told) >= drainDeadline;
    }

    /** Whether a request that has no session is to begin none. */
    boolean skips(RequestHead head) {
        return skip != null && skip.matches(head);
    }

    /** What a request without a token of ours brings of another balancer; null: nothing. */
    @Nullable
    OldCookie imported(RequestHead head, SessionOutcome outcome, long now) {
        boolean isFirst = outcome == SessionOutcome.NEW || outcome == SessionOutcome.MALFORMED;
        return imports == null || !isFirst ? null : imports.find(head, now);
    }

    // ------------------------------------------------------------------ the application's cookie

    /** Whether sessions begin and end with a cookie of the application. */
    boolean isFollowing() {
        return followed != null;
    }

    /** Tells the application's sessions apart; empty: the request has none. */
    OptionalLong followedKey(RequestHead head) {
        return followed == null ? OptionalLong.empty() : followed.key(head);
    }

    /** What an answer does to the application's cookie. */
    FollowedCookie.Deed deed(ResponseHead head) {
        return followed == null ? FollowedCookie.Deed.NOTHING : followed.deed(head, now());
    }

    private static long followedAt(SessionToken token) {
        return token.followed() == 0 ? token.issued() : token.followed();
    }

    /** Whether it is to be noted in the token that the application has set its cookie: a tenth of its time has passed. */
    boolean isToBeFollowed(SessionToken token, long now) {
        return ttl != Long.MAX_VALUE && (now - followedAt(token)) * 10 >= ttl;
    }

    /** The application has set its cookie. */
    SessionToken followed(SessionToken token, long now) {
        return ttl == Long.MAX_VALUE ? token : token.followedAt(now);
    }

    // ------------------------------------------------------------------ uses

    /** What the request gets: this outcome and a new token. */
    SessionUse use(SessionOutcome outcome, SessionToken token, long now) {
        return new SessionUse(this, outcome, encode(token, now), token, now - token.issued());
    }

    String encode(SessionToken token, long now) {
        return codec().encode(token, now);
    }

    /** What the request gets: this outcome, and the token it came with stands. */
    SessionUse use(@Nullable SessionOutcome outcome) {
        return followed == null && outcome == SessionOutcome.RESUMED
                ? resumed
                : new SessionUse(this, outcome, null, null, 0);
    }

    // ------------------------------------------------------------------ hashing

    /** The hash of the part of the request that the policy names; empty where the request has no such part. */
    OptionalLong key(RequestHead head, String client) {
        if (!(session.token() instanceof Token.Hash hash)) {
            return OptionalLong.empty();
        }
        String part = switch (hash.on()) {
            case SOURCE_IP -> client;
            case PATH -> head.path();
            case HEADER -> head.joinedValue(hash.name().toLowerCase(Locale.ROOT));
            case COOKIE -> head.cookie(hash.name());
            case QUERY -> QueryString.first(head.query(), hash.name());
        };
        return part == null ? OptionalLong.empty() : OptionalLong.of(ConsistentHash.of(part));
    }

    int boundPercent() {
        return session.token() instanceof Token.Hash hash ? hash.boundPercent() : 0;
    }
}
