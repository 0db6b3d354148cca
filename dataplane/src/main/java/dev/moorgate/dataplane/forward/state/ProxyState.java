package dev.moorgate.dataplane.forward.state;

import dev.moorgate.dataplane.balance.BalanceState;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything a request needs to know of one table, routes and endpoints alike. Immutable, shared by all event loops: an
 * exchange takes it once, with its head, and lives on it to its end. Two are the same only if they are one object.
 */
public final class ProxyState {
    /** Nothing is served yet. */
    public static final ProxyState EMPTY = new ProxyState("none", BalanceState.EMPTY, Map.of(), Map.of());

    private final String version;
    private final BalanceState balance;
    private final Map<String, ListenerState> listeners;
    private final Map<String, UpstreamState> upstreams;
    private final Set<UpstreamTarget> targets;

    /**
     * Puts the parts together; {@code balance} and {@code upstreams} must be of the same endpoints.
     *
     * @param version as logs show it
     * @param listeners by name
     * @param upstreams by name
     */
    public ProxyState(
            String version,
            BalanceState balance,
            Map<String, ListenerState> listeners,
            Map<String, UpstreamState> upstreams) {
        this.version = version;
        this.balance = balance;
        this.listeners = Map.copyOf(listeners);
        this.upstreams = Map.copyOf(upstreams);
        var all = new HashSet<UpstreamTarget>();
        upstreams.values().forEach(upstream -> all.addAll(upstream.targets()));
        targets = Set.copyOf(all);
    }

    public String version() {
        return version;
    }

    public BalanceState balance() {
        return balance;
    }

    public Map<String, ListenerState> listeners() {
        return listeners;
    }

    public Map<String, UpstreamState> upstreams() {
        return upstreams;
    }

    public @Nullable ListenerState listener(String name) {
        return listeners.get(name);
    }

    public @Nullable UpstreamState upstream(String name) {
        return upstreams.get(name);
    }

    /** Every endpoint of every upstream: connections to others are closed. */
    public Set<UpstreamTarget> targets() {
        return targets;
    }

    @Override
    public String toString() {
        return version;
    }
}
