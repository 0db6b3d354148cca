package dev.moorgate.dataplane.balance;

import static dev.moorgate.dataplane.balance.RouteBalancer.answer;

import dev.moorgate.dataplane.balance.imported.ImportedCookies.OldCookie;
import dev.moorgate.dataplane.balance.token.SessionCodec.Decoded;
import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.balance.token.SessionToken;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.StickySession.Draining;
import dev.moorgate.routetable.StickySession.Unhealthy;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Picks an endpoint of one upstream by the token of a session. Only what every replica sees (endpoints that go or drain, failed
 * checks, the application's own cookie) moves a session, and each replica moves it to the same place: requests that a client has
 * under way in several meet again. An ejection or a retry serves a request elsewhere and leaves the token alone, and so does an
 * endpoint that is not known here where another replica has just sent the session to it: that one may only have heard of it first.
 */
final class SessionPicks {
    /** Seconds within which every replica has heard of an endpoint that one of them has heard of. */
    private static final long NEWS = 10;

    private SessionPicks() {}

    /** @param split whose shares the session holds; null: it is of this upstream alone */
    static Pick pick(
            int share, EndpointSet endpoints, SessionPolicy policy, @Nullable RouteBalancer split, Attempts attempts) {
        long now = policy.now();
        Decoded decoded = policy.read(attempts.head(), now);
        SessionToken token = decoded.token();
        if (token == null && policy.skips(attempts.head())) {
            return answer(share, endpoints, endpoints.pick(attempts), policy.use(null));
        }
        Pick pick = token == null
                ? stranger(share, endpoints, policy, decoded.outcome(), now, attempts)
                : known(share, endpoints, policy, split, decoded, token, now, attempts);
        if (policy.isFollowing() && pick instanceof Pick.Chosen chosen) {
            chosen.session().served(chosen.endpoints(), chosen.candidate(), token);
        }
        return pick;
    }

    /** A request without a session. */
    private static Pick stranger(
            int share,
            EndpointSet endpoints,
            SessionPolicy policy,
            SessionOutcome outcome,
            long now,
            Attempts attempts) {
        OptionalLong followed = policy.followedKey(attempts.head());
        if (policy.isFollowing() && followed.isEmpty()) {
            // It begins where the application sets its cookie, if it does.
            return answer(share, endpoints, first(endpoints, policy, now, attempts), policy.use(null));
        }
        OldCookie old = policy.imported(attempts.head(), outcome, now);
        if (old != null && old.isFor(endpoints.upstream().name())) {
            return take(share, endpoints, policy, old, now, attempts);
        }
        if (followed.isPresent()) {
            // The application knows this client and we do not: until it sets its cookie anew all requests meet in one
            // place.
            Candidate candidate = endpoints.pickByKey(attempts, followed.getAsLong(), policy::isFull);
            return answer(share, endpoints, candidate, policy.use(outcome == SessionOutcome.NEW ? null : outcome));
        }
        return begin(share, endpoints, policy, outcome, null, now, attempts);
    }

    /** A request with a good token. */
    private static Pick known(
            int share,
            EndpointSet endpoints,
            SessionPolicy policy,
            @Nullable RouteBalancer split,
            Decoded decoded,
            SessionToken token,
            long now,
            Attempts attempts) {
        if (token.backend() != endpoints.backend()) {
            if (split != null && isNews(token, now) && split.shareOf(token.backend()) < 0) {
                return elsewhere(share, endpoints, policy, token, attempts);
            }
            return split != null
                    ? begin(share, endpoints, policy, SessionOutcome.MOVED_GONE, token, now, attempts)
                    : begin(share, endpoints, policy, SessionOutcome.FOREIGN, null, now, attempts);
        }
        Candidate home = endpoints.find(policy.session().binding(), token.bound());
        if (home == null) {
            return isNews(token, now) && !endpoints.hasLost(token.bound())
                    ? elsewhere(share, endpoints, policy, token, attempts)
                    : begin(share, endpoints, policy, SessionOutcome.MOVED_GONE, token, now, attempts);
        }
        if (home.isDraining() && policy.session().onDraining() == Draining.REBALANCE) {
            return begin(share, endpoints, policy, SessionOutcome.MOVED_DRAINING, token, now, attempts);
        }
        if (policy.isOverdue(endpoints, home, now) && endpoints.hasOther(home, attempts)) {
            return begin(share, endpoints, policy, SessionOutcome.MOVED_DEADLINE, token, now, attempts);
        }
        if (home.state().hasFailedCheck()) {
            Pick held = hold(share, policy, attempts);
            return held == null
                    ? begin(share, endpoints, policy, SessionOutcome.MOVED_UNHEALTHY, token, now, attempts)
                    : held;
        }
        Candidate origin = policy.session().returnToOrigin()
                ? endpoints.origin(policy.session().binding(), token)
                : null;
        if (origin != null && takes(origin, attempts) && !policy.isFull(origin)) {
            return moor(share, endpoints, policy, SessionOutcome.MOVED_RETURNED, token, origin, now);
        }
        String evened = policy.rebalanced(token, home, endpoints, now);
        Candidate next = evened == null ? null : endpoints.find(evened);
        if (next != null && takes(next, attempts)) {
            policy.countRebalanced();
            return moor(share, endpoints, policy, SessionOutcome.MOVED_REBALANCED, token, next, now);
        }
        return resume(share, endpoints, policy, home, decoded, token, now, attempts);
    }

    /** Whether an endpoint may be given a session that could stay where it is. */
    private static boolean takes(Candidate candidate, Attempts attempts) {
        return !candidate.isDraining() && candidate.state().isGood() && !attempts.hasTried(candidate);
    }

    private static boolean isNews(SessionToken token, long now) {
        return now - token.lastUsed() < NEWS;
    }

    /** Where the session would move to, should its endpoint be gone and not new; whether it is, is clear in a moment. */
    private static Pick elsewhere(
            int share, EndpointSet endpoints, SessionPolicy policy, SessionToken token, Attempts attempts) {
        Candidate candidate = endpoints.pickByKey(attempts, token.session(), policy::isFull);
        return answer(share, endpoints, candidate, policy.use(SessionOutcome.AHEAD));
    }

    /** A session that another balancer began goes on where it was; where that is not known, all its requests meet in one place. */
    private static Pick take(
            int share, EndpointSet endpoints, SessionPolicy policy, OldCookie old, long now, Attempts attempts) {
        Candidate home = old.namesEndpoint() ? endpoints.find(old) : null;
        boolean isHere = home != null
                && !home.state().hasFailedCheck()
                && !(home.isDraining() && policy.session().onDraining() == Draining.REBALANCE)
                && !attempts.hasTried(home);
        Candidate candidate =
                isHere ? home : endpoints.pickByKey(attempts, ConsistentHash.of(old.key()), policy::isFull);
        if (candidate == null) {
            return new Pick.Refused(share, endpoints.whyNone(), policy.use(SessionOutcome.IMPORTED));
        }
        return !isHere && candidate.isDraining()
                ? new Pick.Chosen(share, endpoints, candidate, policy.use(SessionOutcome.IMPORTED))
                : moor(share, endpoints, policy, SessionOutcome.IMPORTED, null, candidate, now);
    }

    /** What the policy says instead of going elsewhere; null: go. */
    private static @Nullable Pick hold(int share, SessionPolicy policy, Attempts attempts) {
        Unhealthy rule = policy.session().onUnhealthy();
        if (rule == Unhealthy.WAIT && !attempts.hasWaited()) {
            return new Pick.Waiting(share, policy.session().unhealthyWait(), policy.use(SessionOutcome.RESUMED));
        }
        return rule == Unhealthy.FAIL
                ? new Pick.Refused(share, ProxyFailure.SESSION_UNAVAILABLE, policy.use(SessionOutcome.RESUMED))
                : null;
    }

    private static Pick resume(
            int share,
            EndpointSet endpoints,
            SessionPolicy policy,
            Candidate home,
            Decoded decoded,
            SessionToken token,
            long now,
            Attempts attempts) {
        policy.moored(token, home, now);
        Candidate candidate = home;
        boolean failedUs = attempts.hasTried(home);
        if (failedUs) {
            Pick held = hold(share, policy, attempts);
            if (held != null) {
                return held;
            }
        }
        boolean out = policy.session().onUnhealthy() == Unhealthy.REBALANCE && endpoints.isEjected(home);
        if ((failedUs || out) && endpoints.hasOther(home, attempts)) {
            // By the session's own hash: for as long as home is out, all its requests meet at one other endpoint.
            Candidate other = endpoints.pick(attempts, token.session(), 0);
            candidate = other == null ? home : other;
        }
        if (failedUs && candidate.place() != home.place() && policy.session().retryMovesSession()) {
            return moor(share, endpoints, policy, SessionOutcome.MOVED_RETRIED, token, candidate, now);
        }
        SessionUse use = policy.isDue(decoded, token, now)
                ? policy.use(SessionOutcome.RESUMED, token.usedAt(now), now)
                : policy.use(SessionOutcome.RESUMED);
        return new Pick.Chosen(share, endpoints, candidate, use);
    }

    /** A new endpoint for a session that begins or, with its {@code token}, moves. */
    private static Pick begin(
            int share,
            EndpointSet endpoints,
            SessionPolicy policy,
            SessionOutcome outcome,
            @Nullable SessionToken token,
            long now,
            Attempts attempts) {
        Candidate candidate = token == null
                ? first(endpoints, policy, now, attempts)
                : endpoints.pickByKey(attempts, token.session(), policy::isFull);
        if (candidate == null) {
            return new Pick.Refused(share, endpoints.whyNone(), policy.use(outcome));
        }
        if (candidate.isDraining()) {
            // Served for want of anything better; a session is not moored to what is about to go.
            return new Pick.Chosen(share, endpoints, candidate, policy.use(outcome));
        }
        return moor(share, endpoints, policy, outcome, token, candidate, now);
    }

    /** The endpoint of a session that begins: one that is not full, or else the emptiest. */
    private static @Nullable Candidate first(EndpointSet endpoints, SessionPolicy policy, long now, Attempts attempts) {
        if (!policy.isLimited()) {
            return endpoints.pick(attempts);
        }
        Candidate[] ready = endpoints.ready();
        long total = 0;
        for (Candidate candidate : ready) {
            total += policy.moored(candidate, now);
        }
        long most = policy.most(ready.length, total);
        Candidate candidate = endpoints.pickRoomy(
                attempts, one -> policy.isFull(one) || policy.moored(one, now) >= most, one -> policy.moored(one, now));
        if (candidate == null) {
            candidate = endpoints.pickFewest(attempts, one -> policy.moored(one, now));
            if (candidate != null) {
                policy.beganOverLimit();
            }
        }
        return candidate;
    }

    private static Pick moor(
            int share,
            EndpointSet endpoints,
            SessionPolicy policy,
            SessionOutcome outcome,
            @Nullable SessionToken token,
            Candidate candidate,
            long now) {
        SessionToken made = token == null
                ? policy.begin(endpoints, candidate, now)
                : moved(policy, outcome, token, endpoints, candidate, now);
        policy.moored(made, candidate, now);
        return new Pick.Chosen(share, endpoints, candidate, policy.use(outcome, made, now));
    }

    /**
     * Who had to leave and is to come back keeps in mind where from. Who was led away for the sake of all does not, nor does who left an
     * endpoint that nothing but a request of its own found bad: that one would send it back at once.
     */
    private static SessionToken moved(
            SessionPolicy policy,
            SessionOutcome outcome,
            SessionToken token,
            EndpointSet endpoints,
            Candidate candidate,
            long now) {
        SessionToken moved =
                token.movedTo(endpoints.bound(policy.session().binding(), candidate), endpoints.backend(), now);
        boolean comesBack = policy.session().returnToOrigin()
                && token.backend() == endpoints.backend()
                && outcome != SessionOutcome.MOVED_RETURNED
                && outcome != SessionOutcome.MOVED_RETRIED
                && outcome != SessionOutcome.MOVED_REBALANCED;
        return comesBack ? moved.leaving(token) : moved;
    }
}
