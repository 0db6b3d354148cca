package dev.moorgate.dataplane.balance;

import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.Upstream;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** The state of every endpoint, by upstream and key: what outlives tables. One a process; any thread. */
public final class EndpointRegistry {
    private final Map<String, Group> groups = new ConcurrentHashMap<>();
    private final LongSupplier nanoTime;

    /** What the endpoints of one upstream share; its monitor guards ejections. */
    static final class Group {
        final Map<String, EndpointState> states = new ConcurrentHashMap<>();
        final AtomicInteger turn = new AtomicInteger();
    }

    /**
     * Knows nothing yet.
     *
     * @param nanoTime a monotonic clock: {@code System::nanoTime}
     */
    public EndpointRegistry(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The endpoints of an upstream; those that were known keep their state. */
    public EndpointSet set(Upstream upstream, List<Endpoint> endpoints) {
        Group group = groups.computeIfAbsent(upstream.name(), name -> new Group());
        return new EndpointSet(upstream, endpoints, group, nanoTime);
    }

    /** Forgets all endpoints but those of these sets; older sets go on with what they hold. */
    public void retain(Collection<EndpointSet> sets) {
        Set<String> names = new HashSet<>();
        for (EndpointSet set : sets) {
            names.add(set.upstream().name());
            Group group = groups.get(set.upstream().name());
            if (group != null) {
                Set<String> keys = new HashSet<>();
                set.all().forEach(candidate -> keys.add(candidate.endpoint().key()));
                group.states.keySet().retainAll(keys);
            }
        }
        groups.keySet().retainAll(names);
    }
}
