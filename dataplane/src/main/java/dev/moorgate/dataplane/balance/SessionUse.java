package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.balance.token.SessionToken;
import dev.moorgate.dataplane.http.CookieScan;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.StickySession.Token;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What a sticky session does to one request and its response. */
public final class SessionUse {
    /** No session is asked of the request. */
    public static final SessionUse NONE = new SessionUse(null, null, null, null, 0);

    private static final byte[] COOKIE = "Cookie".getBytes(StandardCharsets.US_ASCII);

    /** How the client is connected: decides {@code Secure} where the policy leaves it to us. */
    public enum Transport {
        CLEAR,
        TLS
    }

    private final @Nullable SessionPolicy policy;
    private @Nullable SessionOutcome outcome;
    private @Nullable String token;
    private long age;
    /** The session that the client will have after this; null: as it was. */
    private final @Nullable SessionToken made;

    private @Nullable Served served;
    private boolean ends;

    /**
     * Where a request of a session that follows the application's cookie is served.
     *
     * @param known the session as it came; null: none
     */
    private record Served(
            EndpointSet endpoints,
            Candidate candidate,
            @Nullable SessionToken known) {}

    SessionUse(
            @Nullable SessionPolicy policy,
            @Nullable SessionOutcome outcome,
            @Nullable String token,
            @Nullable SessionToken made,
            long age) {
        this.policy = policy;
        this.outcome = outcome;
        this.token = token;
        this.made = made;
        this.age = age;
    }

    /** The answer may begin, move or end the session by the application's cookie. */
    void served(EndpointSet endpoints, Candidate candidate, @Nullable SessionToken known) {
        served = new Served(endpoints, candidate, made == null ? known : made);
    }

    /** Id of the StickySession; empty: none was asked. */
    public String id() {
        return policy == null ? "" : policy.session().id();
    }

    /** What became of it; null where no token is used. */
    public @Nullable SessionOutcome outcome() {
        return outcome;
    }

    /** The outcome's word; empty where no token is used. */
    public String word() {
        return outcome == null ? "" : outcome.word();
    }

    /** The token that the response will carry; null: the client's own stands. */
    public @Nullable String newToken() {
        return token;
    }

    /** Takes the token out of the request where the policy says so; before the fields are copied. */
    public void strip(RequestHead head, HeadWriter out) {
        if (policy == null || !policy.session().stripFromUpstream()) {
            return;
        }
        switch (policy.session().token()) {
            case Token.Cookie cookie -> {
                byte[] rest = CookieScan.strip(head, cookie.name(), policy.twin());
                if (rest != null) {
                    out.add(COOKIE, rest);
                }
            }
            case Token.Header header -> head.dropAll(policy.lowerName());
            case Token.Hash hash -> {}
        }
    }

    /** Looks what the answer does to the application's cookie, where the session follows it. Once for each answer. */
    public void follow(ResponseHead head) {
        Served here = served;
        if (policy == null || here == null) {
            return;
        }
        served = null;
        switch (policy.deed(head)) {
            case NOTHING -> {}
            case DELETED -> {
                if (here.known != null) {
                    ends = true;
                    outcome = SessionOutcome.ENDED;
                    token = null;
                }
            }
            case SET -> set(policy, here);
        }
    }

    /** Whoever set the cookie holds the application's session, be it for once or for want of anything better. */
    private void set(SessionPolicy by, Served here) {
        long now = by.now();
        SessionToken known = here.known;
        if (known != null && here.endpoints.isBound(by.session().binding(), here.candidate, known)) {
            if (token != null || by.isToBeFollowed(known, now)) {
                give(by, here, known.usedAt(now), now);
            }
        } else if (!here.candidate.isDraining()) {
            if (known == null) {
                outcome = outcome == null ? SessionOutcome.NEW : outcome;
                give(by, here, by.begin(here.endpoints, here.candidate, now), now);
            } else {
                outcome = SessionOutcome.MOVED_FOLLOWED;
                SessionToken.Bound bound = here.endpoints.bound(by.session().binding(), here.candidate);
                give(by, here, known.movedTo(bound, here.endpoints.backend(), now), now);
            }
        }
    }

    private void give(SessionPolicy by, Served here, SessionToken next, long now) {
        SessionToken followed = by.followed(next, now);
        by.moored(followed, here.candidate, now);
        token = by.encode(followed, now);
        age = now - followed.issued();
    }

    /** Adds the new token, if any, and keeps shared caches off it; before the fields are copied. */
    public void write(ResponseHead head, Transport transport, HeadWriter out) {
        follow(head);
        if (policy != null && (token != null || ends)) {
            if (token != null) {
                policy.cookie().write(token, age, transport, out);
            } else {
                policy.cookie().end(transport, out);
            }
            if (policy.session().noStore()) {
                SetCookie.keepPrivate(head, out);
            }
        }
    }
}
