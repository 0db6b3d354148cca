package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.EndpointRegistry.Departed;
import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.dataplane.balance.health.UpstreamHealth;
import dev.moorgate.dataplane.balance.imported.ImportedCookies.OldCookie;
import dev.moorgate.dataplane.balance.imported.NginxNames;
import dev.moorgate.dataplane.balance.token.SessionToken;
import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.StickySession.Binding;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one upstream in one version. Immutable; health is looked at with every pick. New requests go to ready
 * endpoints that are neither ejected nor failed by a check, those of the proxy's zone first; where too many of these are
 * ejected, ejection is ignored (panic); where none is ready, draining ones that still serve are better than none (Kubernetes
 * KEP-1669).
 */
public final class EndpointSet {
    private static final int ROOMY_DRAWS = 8;

    private final Upstream upstream;
    private final String name;
    private final List<Endpoint> endpoints;
    private final List<Candidate> all;
    private final Candidate[] ready;
    private final Candidate[] draining;
    private final Candidate[] local;
    private final UpstreamHealth health;
    private final Departed departed;
    private final LongSupplier nanoTime;
    private final Balancer balancer;
    private final Balancer localBalancer;
    /** For what no draw found. */
    private final Balancer last;

    private final long backend;
    private boolean inForce;
    /** By binding; made when the first session asks. */
    private final Map<Binding, Bindings> bound = new ConcurrentHashMap<>();
    /** By the other balancer's names of this upstream; made when the first cookie of it comes. */
    private final Map<List<String>, NginxNames> old = new ConcurrentHashMap<>();

    /** Both ways; {@code places} has what each endpoint is bound by at its place. */
    private record Bindings(Map<SessionToken.Bound, Candidate> candidates, List<SessionToken.Bound> places) {}

    EndpointSet(
            Upstream upstream,
            List<Endpoint> endpoints,
            UpstreamHealth health,
            Departed departed,
            String zone,
            LongSupplier nanoTime) {
        this.upstream = upstream;
        this.name = upstream.name().intern();
        this.endpoints = List.copyOf(endpoints);
        this.health = health;
        this.departed = departed;
        this.nanoTime = nanoTime;
        List<Candidate> candidates = new ArrayList<>(endpoints.size());
        for (Endpoint endpoint : endpoints) {
            EndpointState state = health.state(endpoint);
            candidates.add(new Candidate(endpoint, state, candidates.size(), ConsistentHash.of(endpoint.key())));
        }
        all = List.copyOf(candidates);
        ready = all.stream().filter(candidate -> !candidate.isDraining()).toArray(Candidate[]::new);
        draining = all.stream().filter(Candidate::isDraining).toArray(Candidate[]::new);
        local = Zones.local(ready, upstream.zones(), zone);
        balancer = Balancer.of(upstream.balancing(), health.turn(), nanoTime);
        localBalancer = Balancer.of(upstream.balancing(), health.localTurn(), nanoTime);
        last = balancer instanceof Balancer.Least ? balancer : Balancer.of(Balancing.RANDOM, health.turn(), nanoTime);
        backend = ConsistentHash.of(upstream.name());
    }

    /** This set is in force. */
    void adopt() {
        if (!inForce) {
            inForce = true;
            health.retain(
                    all.stream().map(candidate -> candidate.endpoint().key()).collect(Collectors.toSet()));
            health.adopt(upstream, states(ready), states(local));
            departed.adopt(endpoints, nanoTime.getAsLong());
        }
    }

    private static List<EndpointState> states(Candidate[] candidates) {
        return Arrays.stream(candidates).map(Candidate::state).toList();
    }

    public Upstream upstream() {
        return upstream;
    }

    /** The upstream's; one object, whatever table it is of. */
    public String name() {
        return name;
    }

    /** In the order they were given; {@link Candidate#place} is the index. */
    public List<Candidate> all() {
        return all;
    }

    boolean hasSame(List<Endpoint> others) {
        return endpoints.equals(others);
    }

    /** How tokens name this upstream. */
    long backend() {
        return backend;
    }

    /** Takes part in outlier detection: it answered with {@code status}. */
    public void answered(Candidate candidate, int status) {
        health.answered(candidate.state(), status);
    }

    /** Takes part in outlier detection: it took a connection whose bytes are not looked at. */
    public void connected(Candidate candidate) {
        health.answered(candidate.state(), 200);
    }

    /** Takes part in outlier detection: it could not be connected, broke off, or did not answer in time. */
    public void failed(Candidate candidate) {
        health.failedLocally(candidate.state());
    }

    /** Whether picks want to know how long answers take. */
    public boolean measuresTime() {
        return upstream.balancing() == Balancing.LEAST_TIME;
    }

    /** An endpoint for a new request by the upstream's balancing; null: see {@link #whyNone}. */
    public @Nullable Candidate pick(Attempts attempts) {
        Candidate near = local.length > 0 && staysLocal() ? draw(local, localBalancer, attempts) : null;
        Candidate candidate = near != null ? near : draw(ready, balancer, attempts);
        if (candidate != null) {
            return candidate;
        }
        Candidate[] pool = pool(attempts);
        return pool.length == 0 ? null : last.choose(pool);
    }

    /**
     * An endpoint by the upstream's balancing for a new session, one of those that are not full; null: all are, or none is good.
     *
     * @param sessions of an endpoint
     */
    @Nullable
    Candidate pickRoomy(Attempts attempts, Predicate<Candidate> isFull, ToLongFunction<Candidate> sessions) {
        for (int draws = Math.min(ready.length, ROOMY_DRAWS); draws > 0; draws--) {
            Candidate candidate = pick(attempts);
            if (candidate == null || !isFull.test(candidate)) {
                return candidate;
            }
        }
        return fewest(some(pool(attempts), candidate -> !isFull.test(candidate)), sessions);
    }

    /** The good endpoint with the fewest sessions; null: see {@link #whyNone}. */
    @Nullable
    Candidate pickFewest(Attempts attempts, ToLongFunction<Candidate> sessions) {
        return fewest(pool(attempts), sessions);
    }

    private static @Nullable Candidate fewest(Candidate[] pool, ToLongFunction<Candidate> sessions) {
        Candidate best = null;
        long least = Long.MAX_VALUE;
        for (Candidate candidate : pool) {
            long count = sessions.applyAsLong(candidate);
            if (count < least) {
                least = count;
                best = candidate;
            }
        }
        return best;
    }

    /** Those that take new requests, good or not. */
    Candidate[] ready() {
        return ready;
    }

    private boolean staysLocal() {
        int percent = health.localPercent();
        return percent >= 100 || ThreadLocalRandom.current().nextInt(100) < percent;
    }

    private @Nullable Candidate draw(Candidate[] pool, Balancer by, Attempts attempts) {
        // Drawing again, rather than taking a neighbour, spreads the share of what is out over all others.
        for (int draws = pool.length; draws > 0; draws--) {
            Candidate candidate = by.choose(pool);
            if (takes(candidate, attempts)) {
                return candidate;
            }
            if (by.comparesAll(pool)) {
                // It would be the same one again.
                Candidate[] rest = some(pool, other -> takes(other, attempts));
                return rest.length == 0 ? null : by.choose(rest);
            }
        }
        return null;
    }

    private static boolean takes(Candidate candidate, Attempts attempts) {
        EndpointState state = candidate.state();
        return state.isGood() && state.isWarm() && !attempts.hasTried(candidate);
    }

    /** The endpoint that a key hashes to; null: see {@link #whyNone}. */
    public @Nullable Candidate pick(Attempts attempts, long key, int boundPercent) {
        Candidate[] pool = pool(attempts);
        return pool.length == 0 ? null : ConsistentHash.choose(pool, key, boundPercent);
    }

    /** The endpoint that a key hashes to among those that are not full, or among all where all are; null: see {@link #whyNone}. */
    @Nullable
    Candidate pickByKey(Attempts attempts, long key, Predicate<Candidate> isFull) {
        Candidate[] pool = pool(attempts);
        Candidate[] roomy = some(pool, candidate -> !isFull.test(candidate));
        pool = roomy.length > 0 ? roomy : pool;
        return pool.length == 0 ? null : ConsistentHash.choose(pool, key, 0);
    }

    /** The best there are: of each kind first those that have not failed this request yet. */
    private Candidate[] pool(Attempts attempts) {
        Predicate<Candidate> untried = candidate -> !attempts.hasTried(candidate);
        Predicate<Candidate> serving = candidate -> !candidate.state().hasFailedCheck();
        Candidate[] pool = some(ready, untried.and(this::isGood));
        pool = pool.length > 0 ? pool : some(ready, this::isGood);
        pool = pool.length > 0 ? pool : some(ready, untried.and(serving));
        pool = pool.length > 0 ? pool : some(ready, serving);
        pool = pool.length > 0 ? pool : some(draining, untried.and(serving));
        return pool.length > 0 ? pool : some(draining, serving);
    }

    private static Candidate[] some(Candidate[] candidates, Predicate<Candidate> wanted) {
        Candidate[] found = new Candidate[candidates.length];
        int count = 0;
        for (Candidate candidate : candidates) {
            if (wanted.test(candidate)) {
                found[count++] = candidate;
            }
        }
        return count == found.length ? candidates : Arrays.copyOf(found, count);
    }

    private boolean isGood(Candidate candidate) {
        return candidate.state().isGood();
    }

    boolean isEjected(Candidate candidate) {
        return candidate.state().isOut();
    }

    /** Whether another endpoint than this one is good for a request. */
    boolean hasOther(Candidate than, Attempts attempts) {
        for (Candidate candidate : ready) {
            if (candidate.place() != than.place() && isGood(candidate) && !attempts.hasTried(candidate)) {
                return true;
            }
        }
        return false;
    }

    /** Whether {@link #pick} would find one. */
    boolean canServe() {
        for (Candidate candidate : all) {
            if (!candidate.state().hasFailedCheck()) {
                return true;
            }
        }
        return false;
    }

    /** Why a pick found nothing. */
    public ProxyFailure whyNone() {
        return all.isEmpty() ? ProxyFailure.NO_ENDPOINTS : ProxyFailure.ALL_UNHEALTHY;
    }

    /** The endpoint that a session is bound to; a ready one before a draining one of the same name. */
    @Nullable
    Candidate find(Binding binding, SessionToken.Bound to) {
        return bindings(binding).candidates.get(to);
    }

    /** Whether an endpoint that a session is bound to was here a moment ago. */
    boolean hasLost(SessionToken.Bound to) {
        return departed.has(to);
    }

    /** The endpoint of a key. */
    @Nullable
    Candidate find(String key) {
        for (Candidate candidate : all) {
            if (candidate.endpoint().key().equals(key)) {
                return candidate;
            }
        }
        return null;
    }

    /** The endpoint that a cookie of another balancer names; null: none that is here. */
    @Nullable
    Candidate find(OldCookie cookie) {
        List<String> names = cookie.names(upstream.name());
        int place = old.computeIfAbsent(
                        names,
                        some -> new NginxNames(
                                all.stream().map(Candidate::endpoint).toList(), some))
                .find(cookie.key());
        return place < 0 ? null : all.get(place);
    }

    SessionToken.Bound bound(Binding binding, Candidate candidate) {
        return bindings(binding).places.get(candidate.place());
    }

    /** Whether a session is bound to an endpoint. */
    boolean isBound(Binding binding, Candidate candidate, SessionToken token) {
        return token.backend() == backend && token.bound().equals(bound(binding, candidate));
    }

    /** The endpoint that a session came from; null: it is not here. */
    @Nullable
    Candidate origin(Binding binding, SessionToken token) {
        List<SessionToken.Bound> places = bindings(binding).places;
        for (int place = 0; token.origin() != 0 && place < places.size(); place++) {
            if (places.get(place).high() == token.origin()) {
                return find(binding, places.get(place));
            }
        }
        return null;
    }

    /** For how long an endpoint has been draining, as far as this process knows; negative: it does not. */
    long drainsForSeconds(Candidate candidate) {
        return candidate.isDraining() ? candidate.state().drainsForSeconds(nanoTime.getAsLong()) : -1;
    }

    private Bindings bindings(Binding binding) {
        Bindings known = bound.get(binding);
        return known != null ? known : bound.computeIfAbsent(binding, this::make);
    }

    private Bindings make(Binding binding) {
        List<SessionToken.Bound> places = all.stream()
                .map(candidate -> SessionToken.bound(binding, candidate.endpoint()))
                .toList();
        Map<SessionToken.Bound, Candidate> found = HashMap.newHashMap(all.size());
        for (Candidate candidate : ready) {
            found.putIfAbsent(places.get(candidate.place()), candidate);
        }
        for (Candidate candidate : draining) {
            found.putIfAbsent(places.get(candidate.place()), candidate);
        }
        return new Bindings(found, places);
    }
}
