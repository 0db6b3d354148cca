package dev.moorgate.dataplane.live;

import dev.moorgate.dataplane.balance.EndpointSet;
import dev.moorgate.dataplane.check.HealthChecker;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.listen.BindFailure;
import dev.moorgate.dataplane.listen.Listeners;
import dev.moorgate.dataplane.listen.Preparation;
import dev.moorgate.dataplane.listen.Serving;
import dev.moorgate.dataplane.listen.SocketChange;
import dev.moorgate.dataplane.listen.proxy.ProxyRule;
import dev.moorgate.dataplane.listen.tls.TlsStore;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.RouteTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table in force. A next one is built beside it, its sockets are opened, then one reference is swapped: every request sees
 * exactly one version. A table that cannot be served changes nothing. One install at a time, on any thread that may block;
 * reading is any thread's.
 */
public final class LiveTable {
    private static final Logger LOG = LoggerFactory.getLogger(LiveTable.class);

    private final AtomicReference<ProxyState> states;
    private final Listeners listeners;
    private final TlsStore tls;
    private final Consumer<ProxyState> adopted;
    private final StateBuilder builder;
    private final HealthChecker checker;
    private final InstallObserver observer;
    private final Http3Offers http3;
    private final ReentrantLock installing = new ReentrantLock();
    private volatile Map<String, EndpointSet> endpointSets = Map.of();
    private volatile Installed installed =
            new Installed(ProxyState.EMPTY.version(), RouteTable.EMPTY, EndpointTable.EMPTY);

    /** What is in force, as it came. */
    public record Installed(String version, RouteTable table, EndpointTable endpoints) {}

    /**
     * Nothing is in force yet.
     *
     * @param states what connections read; written here alone
     * @param adopted told of each state in force
     */
    public LiveTable(
            AtomicReference<ProxyState> states,
            Listeners listeners,
            TlsStore tls,
            Consumer<ProxyState> adopted,
            StateBuilder builder,
            HealthChecker checker,
            InstallObserver observer) {
        this.states = states;
        this.listeners = listeners;
        this.tls = tls;
        this.adopted = adopted;
        this.builder = builder;
        this.http3 = builder.http3();
        this.checker = checker;
        this.observer = observer;
    }

    /** What became of listeners that are asked to offer HTTP/3. */
    public Http3Offers http3() {
        return http3;
    }

    /** The endpoints in force, by upstream; for people who ask. */
    public Map<String, EndpointSet> endpoints() {
        return endpointSets;
    }

    /** What is in force; version {@code none} before the first install. */
    public Installed installed() {
        return installed;
    }

    /** Puts a table and its endpoints in force, or tells why not. */
    public InstallResult install(String version, RouteTable table, EndpointTable endpoints) {
        installing.lock();
        try {
            InstallResult result = replace(version, table, endpoints);
            if (result instanceof InstallResult.Refused) {
                observer.refused();
            }
            return result;
        } finally {
            installing.unlock();
        }
    }

    private InstallResult replace(String version, RouteTable table, EndpointTable endpoints) {
        for (Listener listener : table.listeners()) {
            Optional<String> unserved = unserved(listener);
            if (unserved.isPresent()) {
                return new InstallResult.Refused(
                        "listener " + listener.name() + " (" + listener.source() + "): " + unserved.get());
            }
        }
        return switch (tls.prepare(table)) {
            case TlsStore.Outcome.Refused refused -> new InstallResult.Refused(refused.reason());
            case TlsStore.Outcome.Ready ready -> replace(version, table, endpoints, ready.next());
        };
    }

    private InstallResult replace(String version, RouteTable table, EndpointTable endpoints, TlsStore.Next nextTls) {
        StateBuilder.Next next;
        try {
            next = builder.next(version, table, endpoints);
        } catch (IllegalArgumentException e) {
            return new InstallResult.Refused(String.valueOf(e.getMessage()));
        }
        List<Serving> servings;
        try {
            servings = servings(table, nextTls);
        } catch (IllegalArgumentException e) {
            return new InstallResult.Refused("networks of proxyProtocol: " + e.getMessage());
        }
        Preparation prepared = listeners.prepare(servings);
        return switch (prepared) {
            case BindFailure failure -> new InstallResult.Refused(failure.toString());
            case SocketChange change -> {
                swap(next, new Installed(version, table, endpoints));
                behindSwap("sockets", change::commit);
                behindSwap("certificates", nextTls::commit);
                behindSwap("HTTP/3", () -> http3.adopt(table));
                behindSwap("observers", () -> observer.installed(table, version));
                yield new InstallResult.Applied(version);
            }
        };
    }

    /** Requests are on the new table already: a step that fails is told, and the others are still made. */
    private static void behindSwap(String what, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            LOG.error("the table is in force, but its {} could not be changed", what, e);
        }
    }

    private List<Serving> servings(RouteTable table, TlsStore.Next nextTls) {
        Optional<ProxyRule> proxy = table.settings().proxyProtocol().map(ProxyRule::of);
        return table.listeners().stream()
                .map(listener -> new Serving(
                        listener,
                        nextTls.of(listener.name()),
                        table.settings().limits(),
                        proxy.flatMap(rule -> rule.forListener(listener.name())),
                        http3.terms(listener, table.settings())))
                .toList();
    }

    /** Replaces all endpoints; routes, listeners and connections to endpoints that stay are untouched. */
    public InstallResult installEndpoints(String version, EndpointTable endpoints) {
        installing.lock();
        try {
            if (installed.version().equals(ProxyState.EMPTY.version())) {
                return new InstallResult.Refused("no table is installed");
            }
            RouteTable table = installed.table();
            swap(builder.next(version, table, endpoints), new Installed(version, table, endpoints));
            return new InstallResult.Applied(version);
        } finally {
            installing.unlock();
        }
    }

    /** Replaces the endpoints of one upstream. */
    public InstallResult installEndpoints(String version, UpstreamEndpoints endpoints) {
        installing.lock();
        try {
            var byUpstream = new TreeMap<String, UpstreamEndpoints>();
            installed.endpoints().upstreams().forEach(each -> byUpstream.put(each.upstream(), each));
            byUpstream.put(endpoints.upstream(), endpoints);
            return installEndpoints(version, new EndpointTable(List.copyOf(byUpstream.values())));
        } finally {
            installing.unlock();
        }
    }

    private void swap(StateBuilder.Next next, Installed now) {
        states.set(next.state());
        installed = now;
        builder.commit(next);
        endpointSets = next.balance().endpoints();
        adopted.accept(next.state());
        checker.adopt(next.checked());
    }

    private static Optional<String> unserved(Listener listener) {
        return switch (listener.protocol()) {
            case HTTP, HTTPS, TLS -> Optional.empty();
            case TCP -> Optional.of("protocol " + listener.protocol() + " is not served yet");
        };
    }
}
