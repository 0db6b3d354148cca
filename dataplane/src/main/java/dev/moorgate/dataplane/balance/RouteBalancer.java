package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.SessionCodec.Decoded;
import dev.moorgate.dataplane.balance.imported.ImportedCookies.OldCookie;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.StickySession.Draining;
import dev.moorgate.routetable.StickySession.EmptyPool;
import dev.moorgate.routetable.StickySession.Unhealthy;
import dev.moorgate.routetable.StickySession.ZeroWeight;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Picks for the requests of one route: first a share of its split, by weight or by a session that holds it; then an endpoint
 * of that share's upstream, by its session or its balancing. Only what every replica sees (endpoints that go or drain,
 * failed checks) moves a session, and each replica moves it to the same place: requests that a client has under way in
 * several meet again. An ejection or a retry serves a request elsewhere and leaves the token alone, and so does an endpoint that is
 * not known here where another replica has just sent the session to it: that one may only have heard of it first. Depends on nothing
 * but its route; any thread.
 */
public final class RouteBalancer {
    private static final String[] NO_SESSIONS = {};
    /** Seconds within which every replica has heard of an endpoint that one of them has heard of. */
    private static final long NEWS = 10;

    private final @Nullable String session;
    private final WeightedSplit split;
    /** By share; null: its reference is invalid. One string an upstream, so that look-ups meet the very same one. */
    private final @Nullable String[] upstreams;
    /** By share; null: those of its upstream, and so with all where there are none. */
    private final @Nullable String[] sessions;

    private RouteBalancer(Forward forward, int start) {
        List<WeightedUpstream> shares = forward.upstreams();
        session = forward.session().orElse(null);
        split = WeightedSplit.of(
                shares.stream().mapToInt(WeightedUpstream::weight).toArray(), start);
        upstreams = shares.stream()
                .map(share -> share.upstream().map(String::intern).orElse(null))
                .toArray(String[]::new);
        sessions = shares.stream().allMatch(share -> share.session().isEmpty())
                ? NO_SESSIONS
                : shares.stream().map(share -> share.session().orElse(null)).toArray(String[]::new);
    }

    public static RouteBalancer of(Forward forward) {
        return new RouteBalancer(forward, ThreadLocalRandom.current().nextInt());
    }

    /** The same with a known beginning of the split's turn. */
    static RouteBalancer startingAt(Forward forward, int start) {
        return new RouteBalancer(forward, start);
    }

    /** Where the request of {@code attempts} goes now; on a retry it keeps to its share. */
    public Pick pick(BalanceState state, Attempts attempts) {
        SessionPolicy holder = session == null ? null : state.session(session);
        if (holder != null) {
            return holder.isHash() ? hashed(holder, state, attempts) : held(holder, state, attempts);
        }
        return serve(dealt(attempts), null, state, attempts);
    }

    private int dealt(Attempts attempts) {
        return attempts.share() >= 0 ? attempts.share() : split.next();
    }

    /** StickToBackend by hash: the same share for the same key, in every process. */
    private Pick hashed(SessionPolicy holder, BalanceState state, Attempts attempts) {
        OptionalLong key = holder.key(attempts.head(), attempts.client());
        int share = attempts.share() < 0 && key.isPresent() ? split.at(ConsistentHash.mix(key.getAsLong())) : -1;
        return serve(share >= 0 ? share : dealt(attempts), holder, state, attempts);
    }

    /** StickToBackend by token: its share, whatever the weights say but zero where the policy moves on that. */
    private Pick held(SessionPolicy holder, BalanceState state, Attempts attempts) {
        long now = holder.now();
        Decoded decoded = holder.read(attempts.head(), now);
        SessionToken token = decoded.token();
        if (token == null) {
            OldCookie old = holder.imported(attempts.head(), decoded.outcome(), now);
            int share = old == null || attempts.share() >= 0 ? -1 : shareOf(old);
            return serve(share < 0 ? dealt(attempts) : share, holder, state, attempts);
        }
        int share = shareOf(token.backend());
        boolean closed =
                share >= 0 && split.weight(share) == 0 && holder.session().onZeroWeight() == ZeroWeight.MOVE;
        if (share >= 0 && !closed) {
            return serve(share, holder, state, attempts);
        }
        int next = split.at(ConsistentHash.mix(token.session()));
        return serve(next < 0 ? dealt(attempts) : next, holder, state, attempts);
    }

    private int shareOf(long backend) {
        for (int i = 0; i < upstreams.length; i++) {
            String upstream = upstreams[i];
            if (upstream != null && ConsistentHash.of(upstream) == backend) {
                return i;
            }
        }
        return -1;
    }

    /** The share that a cookie of another balancer says it is for; -1: it says nothing, or that one is closed. */
    private int shareOf(OldCookie cookie) {
        for (int i = 0; i < upstreams.length; i++) {
            String upstream = upstreams[i];
            if (upstream != null && split.weight(i) > 0 && !cookie.backend().isEmpty() && cookie.isFor(upstream)) {
                return i;
            }
        }
        return -1;
    }

    /** One share's upstream; {@code holder} is the policy that holds the split, null: each upstream has its own. */
    private Pick serve(int share, @Nullable SessionPolicy holder, BalanceState state, Attempts attempts) {
        if (share < 0) {
            return new Pick.Refused(share, ProxyFailure.INVALID_BACKEND, SessionUse.NONE);
        }
        attempts.chose(share);
        EndpointSet endpoints = set(share, state);
        if (endpoints == null) {
            return new Pick.Refused(share, ProxyFailure.INVALID_BACKEND, SessionUse.NONE);
        }
        SessionPolicy policy = holder == null ? policy(share, endpoints, state) : holder;
        if (policy == null) {
            return answer(share, endpoints, endpoints.pick(attempts), SessionUse.NONE);
        }
        if (!endpoints.canServe()) {
            int other = policy.session().onEmptyPool() == EmptyPool.REPOOL
                    ? split.next(place -> place != share && canServe(place, state))
                    : -1;
            return other < 0
                    ? new Pick.Refused(share, endpoints.whyNone(), policy.use(null))
                    : serve(other, holder, state, attempts);
        }
        return policy.isHash()
                ? byHash(share, endpoints, policy, attempts)
                : byToken(share, endpoints, policy, holder != null, attempts);
    }

    /** Where a request goes, or why nowhere; its token stands. */
    private static Pick answer(int share, EndpointSet endpoints, @Nullable Candidate candidate, SessionUse use) {
        return candidate == null
                ? new Pick.Refused(share, endpoints.whyNone(), use)
                : new Pick.Chosen(share, endpoints, candidate, use);
    }

    private @Nullable EndpointSet set(int share, BalanceState state) {
        String upstream = upstreams[share];
        return upstream == null ? null : state.set(upstream);
    }

    private boolean canServe(int share, BalanceState state) {
        EndpointSet endpoints = set(share, state);
        return endpoints != null && endpoints.canServe();
    }

    private @Nullable SessionPolicy policy(int share, EndpointSet endpoints, BalanceState state) {
        String own = sessions.length == 0 ? null : sessions[share];
        String id = own == null ? endpoints.upstream().session().orElse(null) : own;
        return id == null ? null : state.session(id);
    }

    private static Pick byHash(int share, EndpointSet endpoints, SessionPolicy policy, Attempts attempts) {
        OptionalLong key = policy.key(attempts.head(), attempts.client());
        Candidate candidate = key.isPresent()
                ? endpoints.pick(attempts, key.getAsLong(), policy.boundPercent())
                : endpoints.pick(attempts);
        return answer(share, endpoints, candidate, policy.use(null));
    }

    private Pick byToken(
            int share, EndpointSet endpoints, SessionPolicy policy, boolean holdsShare, Attempts attempts) {
        long now = policy.now();
        Decoded decoded = policy.read(attempts.head(), now);
        SessionToken token = decoded.token();
        if (token == null && policy.skips(attempts.head())) {
            return answer(share, endpoints, endpoints.pick(attempts), policy.use(null));
        }
        if (token == null) {
            OldCookie old = policy.imported(attempts.head(), decoded.outcome(), now);
            return old == null || !old.isFor(endpoints.upstream().name())
                    ? begin(share, endpoints, policy, decoded.outcome(), null, now, attempts)
                    : take(share, endpoints, policy, old, now, attempts);
        }
        if (token.backend() != endpoints.backend()) {
            if (holdsShare && isNews(token, now) && shareOf(token.backend()) < 0) {
                return elsewhere(share, endpoints, policy, token, attempts);
            }
            return holdsShare
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
        if (home.state().hasFailedCheck()) {
            Pick held = hold(share, policy, attempts);
            return held == null
                    ? begin(share, endpoints, policy, SessionOutcome.MOVED_UNHEALTHY, token, now, attempts)
                    : held;
        }
        String evened = policy.rebalanced(token, home, endpoints, now);
        Candidate next = evened == null ? null : endpoints.find(evened);
        if (next != null && !next.isDraining() && next.state().isGood() && !attempts.hasTried(next)) {
            policy.countRebalanced();
            return moor(share, endpoints, policy, SessionOutcome.MOVED_REBALANCED, token, next, now);
        }
        return resume(share, endpoints, policy, home, decoded, token, now, attempts);
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
                : token.movedTo(endpoints.bound(policy.session().binding(), candidate), endpoints.backend(), now);
        policy.moored(made, candidate, now);
        return new Pick.Chosen(share, endpoints, candidate, policy.use(outcome, made, now));
    }
}
