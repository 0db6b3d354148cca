package dev.moorgate.dataplane.live;

import dev.moorgate.dataplane.admission.AdmissionState;
import dev.moorgate.dataplane.balance.BalanceState;
import dev.moorgate.dataplane.balance.EndpointRegistry;
import dev.moorgate.dataplane.balance.EndpointSet;
import dev.moorgate.dataplane.balance.StickySessions;
import dev.moorgate.dataplane.check.HealthChecker;
import dev.moorgate.dataplane.compress.CompressionState;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.forward.state.ProxyState;
import dev.moorgate.dataplane.forward.state.RoutePlan;
import dev.moorgate.dataplane.forward.state.UpstreamState;
import dev.moorgate.dataplane.listen.quic.QuicPort;
import dev.moorgate.dataplane.observe.ProxyMetrics;
import dev.moorgate.dataplane.route.Router;
import dev.moorgate.dataplane.upstream.EndpointTls;
import dev.moorgate.dataplane.upstream.UpstreamLoad;
import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.Upstream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Builds the next proxy state out of a table and of the pieces of the last one that did not change: indexes of virtual hosts,
 * endpoints of upstreams, session policies, TLS to endpoints; what is counted by upstream or endpoint outlives all tables.
 * Used under the lock of installs.
 */
public final class StateBuilder {
    private final ProxyMetrics metrics;
    private final EndpointRegistry registry;
    private final StickySessions sessions;
    private final AdmissionState admission = new AdmissionState();
    private final CompressionState compression;
    private final Http3Offers http3 = new Http3Offers(QuicPort::isAvailable);
    private Next last = new Next(ProxyState.EMPTY, BalanceState.EMPTY, ProxySettings.STANDARD, Map.of(), Map.of());

    public StateBuilder(
            ProxyMetrics metrics, EndpointRegistry registry, StickySessions sessions, CompressionState compression) {
        this.compression = compression;
        this.metrics = metrics;
        this.registry = registry;
        this.sessions = sessions;
    }

    Http3Offers http3() {
        return http3;
    }

    /** A state that is ready to be put in force, and what the one after it may take over. */
    record Next(
            ProxyState state,
            BalanceState balance,
            ProxySettings settings,
            Map<String, Known> upstreams,
            Map<EndpointTls.Settings, EndpointTls> secured) {
        /** Endpoints whose checks are asked for. */
        List<HealthChecker.Checked> checked() {
            List<HealthChecker.Checked> checked = new ArrayList<>();
            for (Known known : upstreams.values()) {
                if (known.endpoints().upstream().healthCheck().isPresent()) {
                    known.endpoints()
                            .all()
                            .forEach(each -> checked.add(new HealthChecker.Checked(
                                    known.state().targets().get(each.place()), each.state())));
                }
            }
            return checked;
        }
    }

    /** An upstream's state and what it was made from. */
    record Known(EndpointSet endpoints, @Nullable EndpointTls tls, UpstreamState state) {
        boolean isFrom(EndpointSet others, @Nullable EndpointTls otherTls) {
            return endpoints.equals(others) && Objects.equals(tls, otherTls);
        }
    }

    /**
     * The state of a table.
     *
     * @throws IllegalArgumentException for what no proxy can serve: a regular expression, a key, a certificate
     */
    Next next(String version, RouteTable table, EndpointTable endpoints) {
        Map<String, ListenerState> listeners =
                HashMap.newHashMap(table.listeners().size());
        for (Listener listener : table.listeners()) {
            listeners.put(listener.name(), listener(listener, table.settings()));
        }
        BalanceState balance = sessions.state(table, endpoints, registry, last.balance());
        Map<String, Certificate> certificates = new HashMap<>();
        table.certificates().forEach(certificate -> certificates.put(certificate.id(), certificate));
        Map<String, Known> upstreams = HashMap.newHashMap(table.upstreams().size());
        Map<String, UpstreamState> states = HashMap.newHashMap(table.upstreams().size());
        Map<EndpointTls.Settings, EndpointTls> secured = new HashMap<>();
        for (Upstream upstream : table.upstreams()) {
            EndpointTls tls = secured(upstream, certificates, secured);
            Known known = upstream(Objects.requireNonNull(balance.set(upstream.name())), tls);
            upstreams.put(known.endpoints().name(), known);
            states.put(known.endpoints().name(), known.state());
        }
        var state = new ProxyState(version, balance, listeners, states);
        return new Next(state, balance, table.settings(), upstreams, secured);
    }

    /** {@code next} is in force: what it does not name is forgotten. */
    void commit(Next next) {
        last = next;
        registry.retain(next.balance().endpoints().values());
    }

    private ListenerState listener(Listener listener, ProxySettings settings) {
        ListenerState before = last.state().listener(listener.name());
        if (before != null
                && before.listener().equals(listener)
                && last.settings().equals(settings)) {
            return before;
        }
        Router<RoutePlan> router = Router.of(
                listener,
                route -> RoutePlan.of(listener.name(), route, metrics, admission, compression),
                before == null ? null : before.router());
        return new ListenerState(
                listener,
                router,
                settings,
                metrics.route(listener.name(), "", ""),
                http3.terms(listener, settings).isPresent());
    }

    private @Nullable EndpointTls secured(
            Upstream upstream, Map<String, Certificate> certificates, Map<EndpointTls.Settings, EndpointTls> secured) {
        if (upstream.tls().isEmpty()) {
            return null;
        }
        Upstream.UpstreamTls wanted = upstream.tls().get();
        Optional<Certificate> own = wanted.clientCertificate().map(id -> Objects.requireNonNull(certificates.get(id)));
        var settings = EndpointTls.Settings.of(upstream, wanted, own);
        EndpointTls known = secured.get(settings);
        known = known == null ? last.secured().get(settings) : known;
        if (known == null) {
            try {
                known = EndpointTls.of(settings);
            } catch (SSLException e) {
                throw new IllegalArgumentException("TLS of upstream " + upstream.name() + ": " + e.getMessage(), e);
            }
        }
        secured.put(settings, known);
        return known;
    }

    private Known upstream(EndpointSet endpoints, @Nullable EndpointTls tls) {
        Known before = last.upstreams().get(endpoints.upstream().name());
        if (before != null && before.isFrom(endpoints, tls)) {
            return before;
        }
        UpstreamLoad load = before == null ? new UpstreamLoad() : before.state().load();
        return new Known(endpoints, tls, UpstreamState.of(endpoints, load, tls));
    }
}
