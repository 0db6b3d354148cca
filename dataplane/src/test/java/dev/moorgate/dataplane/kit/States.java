package dev.moorgate.dataplane.kit;

import dev.moorgate.dataplane.admission.AdmissionState;
import dev.moorgate.dataplane.balance.BalanceState;
import dev.moorgate.dataplane.balance.EndpointRegistry;
import dev.moorgate.dataplane.balance.StickySessions;
import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.dataplane.check.HealthChecker;
import dev.moorgate.dataplane.check.HealthLog;
import dev.moorgate.dataplane.compress.CompressionState;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.forward.state.RoutePlan;
import dev.moorgate.dataplane.forward.state.UpstreamState;
import dev.moorgate.dataplane.observe.ProxyMetrics;
import dev.moorgate.dataplane.route.Router;
import dev.moorgate.dataplane.upstream.EndpointTls;
import dev.moorgate.dataplane.upstream.UpstreamLoad;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.Upstream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** Builds states from tables, with what outlives a table kept by name. */
final class States {
    private final ProxyMetrics metrics = new ProxyMetrics();
    private final CompressionState compression;
    private final Map<String, UpstreamLoad> loads = new HashMap<>();
    private final StickySessions sticky = StickySessions.system();
    private final HealthLog log = new HealthLog();
    private final EndpointRegistry registry;
    private final Map<String, UpstreamState> targets = new HashMap<>();
    private BalanceState balance;
    private int built;

    /** The zone that the proxy runs in. */
    static final String ZONE = "zone-a";

    States(TestClock clock, CompressionState compression) {
        this.compression = compression;
        registry = new EndpointRegistry(clock::nanoTime, ZONE, log);
    }

    ProxyState build(RouteTable table, EndpointTable endpoints) {
        Map<String, ListenerState> listeners = new HashMap<>();
        for (Listener listener : table.listeners()) {
            Router<RoutePlan> router = Router.of(
                    listener,
                    route -> RoutePlan.of(listener.name(), route, metrics, new AdmissionState(), compression),
                    null);
            listeners.put(
                    listener.name(),
                    new ListenerState(
                            listener,
                            router,
                            table.settings(),
                            metrics.route(listener.name(), "", ""),
                            listener.tls()
                                    .filter(tls -> tls.alpn().contains("h3"))
                                    .isPresent()));
        }
        BalanceState next = sticky.state(table, endpoints, registry, balance);
        balance = next;
        Map<String, UpstreamState> upstreams = new HashMap<>();
        next.endpoints().forEach((name, set) -> {
            UpstreamLoad load = loads.computeIfAbsent(name, _ -> new UpstreamLoad());
            upstreams.put(name, UpstreamState.of(set, load, tls(table, set.upstream())));
        });
        registry.retain(next.endpoints().values());
        targets.clear();
        targets.putAll(upstreams);
        return new ProxyState("table-" + ++built, next, listeners, upstreams);
    }

    HealthLog log() {
        return log;
    }

    void tick() {
        registry.tick();
    }

    /** What is to be checked of the last table. */
    List<HealthChecker.Checked> checked() {
        return balance.endpoints().values().stream()
                .filter(set -> set.upstream().healthCheck().isPresent())
                .flatMap(set -> set.all().stream()
                        .map(each -> new HealthChecker.Checked(
                                targets.get(set.upstream().name()).targets().get(each.place()), each.state())))
                .toList();
    }

    EndpointState endpoint(String upstream, String key) {
        return balance.endpoints().get(upstream).all().stream()
                .filter(candidate -> candidate.endpoint().key().equals(key))
                .findFirst()
                .orElseThrow()
                .state();
    }

    int endpoints(String upstream) {
        return balance.endpoints().get(upstream).all().size();
    }

    int inFlight() {
        return balance.endpoints().values().stream()
                .flatMap(set -> set.all().stream())
                .mapToInt(candidate -> candidate.state().inFlight())
                .sum();
    }

    private static EndpointTls tls(RouteTable table, Upstream upstream) {
        if (upstream.tls().isEmpty()) {
            return null;
        }
        Upstream.UpstreamTls wanted = upstream.tls().get();
        Optional<Certificate> shown = wanted.clientCertificate()
                .map(id -> table.certificates().stream()
                        .filter(certificate -> certificate.id().equals(id))
                        .findFirst()
                        .orElseThrow());
        try {
            return EndpointTls.of(EndpointTls.Settings.of(upstream, wanted, shown));
        } catch (SSLException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
