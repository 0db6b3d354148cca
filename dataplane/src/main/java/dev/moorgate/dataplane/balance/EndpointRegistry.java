package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.health.HealthObserver;
import dev.moorgate.dataplane.balance.health.UpstreamHealth;
import dev.moorgate.dataplane.balance.token.SessionToken;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.StickySession.Binding;
import dev.moorgate.routetable.Upstream;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** The state of every endpoint, by upstream and key: what outlives tables. One a process; any thread. */
public final class EndpointRegistry {
    private final Map<String, Known> upstreams = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;
    private final String zone;
    private final HealthObserver observer;

    /**
     * Knows nothing yet.
     *
     * @param nanoTime a monotonic clock: {@code System::nanoTime}
     */
    public EndpointRegistry(LongSupplier nanoTime) {
        this(nanoTime, "", HealthObserver.NONE);
    }

    /**
     * Knows nothing yet.
     *
     * @param zone that this process runs in; empty: not known
     */
    public EndpointRegistry(LongSupplier nanoTime, String zone, HealthObserver observer) {
        this.nanoTime = nanoTime;
        this.zone = zone;
        this.observer = observer;
    }

    /** What is known of an upstream, whatever its table. */
    private record Known(UpstreamHealth health, Departed departed) {}

    /** The endpoints that an upstream lost in the last minute, by what sessions know them by. Any thread. */
    static final class Departed {
        private static final long KEPT = TimeUnit.MINUTES.toNanos(1);

        private final Map<SessionToken.Bound, Long> gone = new ConcurrentHashMap<>();
        private Set<Endpoint> known = Set.of();

        synchronized void adopt(List<Endpoint> now, long nanoTime) {
            gone.values().removeIf(since -> nanoTime - since > KEPT);
            Set<Endpoint> present = Set.copyOf(now);
            Set<Endpoint> left = new HashSet<>(known);
            Set<Endpoint> came = new HashSet<>(present);
            left.removeAll(present);
            came.removeAll(known);
            for (Binding binding : Binding.values()) {
                // Another address is no other pod, but what a session is bound to may be the address.
                Set<SessionToken.Bound> here = came.stream()
                        .map(endpoint -> SessionToken.bound(binding, endpoint))
                        .collect(Collectors.toSet());
                for (Endpoint endpoint : left) {
                    SessionToken.Bound bound = SessionToken.bound(binding, endpoint);
                    if (!here.contains(bound)) {
                        gone.put(bound, nanoTime);
                    }
                }
            }
            known = present;
        }

        boolean has(SessionToken.Bound bound) {
            return gone.containsKey(bound);
        }
    }

    /** The endpoints of an upstream; those that were known keep their state. */
    public EndpointSet set(Upstream upstream, List<Endpoint> endpoints) {
        Known known = upstreams.computeIfAbsent(
                upstream.name(), name -> new Known(new UpstreamHealth(name, nanoTime, observer), new Departed()));
        var set = new EndpointSet(upstream, endpoints, known.health(), known.departed(), zone, nanoTime);
        if (known.health().isNew()) {
            set.adopt();
        }
        return set;
    }

    /** These are in force: forgets all other endpoints; older sets go on with what they hold. */
    public void retain(Collection<EndpointSet> sets) {
        Set<String> names = new HashSet<>();
        for (EndpointSet set : sets) {
            names.add(set.upstream().name());
            set.adopt();
        }
        upstreams.keySet().retainAll(names);
    }

    /** The endpoints that drain, by key, and for how many seconds this process has known it. */
    public Map<String, Long> draining() {
        Map<String, Long> found = new HashMap<>();
        upstreams.values().forEach(known -> known.health().addDraining(found));
        return found;
    }

    /** Does what time brings ({@link UpstreamHealth#tick}). */
    public void tick() {
        upstreams.values().forEach(known -> known.health().tick());
    }
}
