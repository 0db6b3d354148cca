package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.imported.ImportedCookies.OldCookie;
import dev.moorgate.dataplane.balance.token.SessionCodec.Decoded;
import dev.moorgate.dataplane.balance.token.SessionToken;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.StickySession.EmptyPool;
import dev.moorgate.routetable.StickySession.ZeroWeight;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Picks for the requests of one route: first a share of its split, by weight or by a session that holds it; then an endpoint
 * of that share's upstream, by its session ({@link SessionPicks}) or its balancing. Depends on nothing but its route; any thread.
 */
public final class RouteBalancer {
    private static final String[] NO_SESSIONS = {};

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
            int share = attempts.share() >= 0 ? -1 : old == null ? shareOfFollowed(holder, attempts) : shareOf(old);
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

    /** A client that the application knows and we do not stays with one share as with one endpoint; -1: there is none. */
    private int shareOfFollowed(SessionPolicy holder, Attempts attempts) {
        OptionalLong key = holder.followedKey(attempts.head());
        return key.isPresent() ? split.at(ConsistentHash.mix(key.getAsLong())) : -1;
    }

    /** The share of an upstream that a token names; -1: it is none of the split. */
    int shareOf(long backend) {
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
                : SessionPicks.pick(share, endpoints, policy, holder == null ? null : this, attempts);
    }

    /** Where a request goes, or why nowhere; its token stands. */
    static Pick answer(int share, EndpointSet endpoints, @Nullable Candidate candidate, SessionUse use) {
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
}
