package dev.moorgate.dataplane.balance;

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
    public static final SessionUse NONE = new SessionUse(null, null, null, 0);

    private static final byte[] COOKIE = "Cookie".getBytes(StandardCharsets.US_ASCII);

    /** How the client is connected: decides {@code Secure} where the policy leaves it to us. */
    public enum Transport {
        CLEAR,
        TLS
    }

    private final @Nullable SessionPolicy policy;
    private final @Nullable SessionOutcome outcome;
    private final @Nullable String token;
    private final long age;

    SessionUse(@Nullable SessionPolicy policy, @Nullable SessionOutcome outcome, @Nullable String token, long age) {
        this.policy = policy;
        this.outcome = outcome;
        this.token = token;
        this.age = age;
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

    /** Adds the new token, if any, and keeps shared caches off it; before the fields are copied. */
    public void write(ResponseHead head, Transport transport, HeadWriter out) {
        if (policy != null && token != null) {
            policy.cookie().write(token, age, transport, out);
            if (policy.session().noStore()) {
                SetCookie.keepPrivate(head, out);
            }
        }
    }
}
