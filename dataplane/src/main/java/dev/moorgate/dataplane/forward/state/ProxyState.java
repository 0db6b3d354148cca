package dev.moorgate.dataplane.forward.state;

import dev.moorgate.dataplane.balance.BalanceState;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import java.util.Map;
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

    /** Whether it is an endpoint of one of the upstreams: connections to others are closed. */
    public boolean names(UpstreamTarget target) {
        UpstreamState upstream = upstreams.get(target.upstream().name());
        return upstream != null && upstream.targets().contains(target);
    }

    @Override
    public String toString() {
        return version;
    }
}
