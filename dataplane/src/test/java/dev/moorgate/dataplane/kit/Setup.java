package dev.moorgate.dataplane.kit;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * A small table in a line or two: one listener {@code web}, any host, one route {@code all} for every path, one upstream
 * {@code app} whose endpoints are loopback ports with the keys {@code app-0}, {@code app-1}, …; each part can be replaced.
 */
public final class Setup {
    public static final SourceRef SOURCE = SourceRef.of("Test", "test", "setup");
    public static final String LISTENER = "web";
    public static final String UPSTREAM = "app";

    private final List<Integer> ports = new ArrayList<>();
    private final List<Route> routes = new ArrayList<>();
    private final List<Filter> filters = new ArrayList<>();
    private final List<StickySession> sessions = new ArrayList<>();
    private final List<KeyRing> keyRings = new ArrayList<>();
    private final List<Certificate> certificates = new ArrayList<>();
    private final Map<Upstream, List<Endpoint>> others = new HashMap<>();
    private RoutePolicy policy = RoutePolicy.STANDARD;
    private ProxySettings settings = ProxySettings.STANDARD;
    private Upstream upstream = Upstream.http(UPSTREAM, SOURCE);
    private String listener = LISTENER;

    private Setup() {}

    public static Setup to(ScriptedUpstream... upstreams) {
        var setup = new Setup();
        for (ScriptedUpstream each : upstreams) {
            setup.ports.add(each.port());
        }
        return setup;
    }

    public static Setup toPorts(int... ports) {
        var setup = new Setup();
        IntStream.of(ports).forEach(setup.ports::add);
        return setup;
    }

    public Setup policy(RoutePolicy newPolicy) {
        policy = newPolicy;
        return this;
    }

    public Setup admission(RoutePolicy.Admission admission) {
        policy = new RoutePolicy(
                policy.timeouts(),
                policy.retry(),
                policy.buffering(),
                policy.bodyLimit(),
                policy.compression(),
                Optional.of(admission),
                policy.errorBodies());
        return this;
    }

    public Setup errorBodies(RoutePolicy.ErrorBody... bodies) {
        policy = new RoutePolicy(
                policy.timeouts(),
                policy.retry(),
                policy.buffering(),
                policy.bodyLimit(),
                policy.compression(),
                policy.admission(),
                Optional.of(new RoutePolicy.ErrorBodies(List.of(bodies))));
        return this;
    }

    public Setup compression(RoutePolicy.Compression compression) {
        policy = new RoutePolicy(
                policy.timeouts(),
                policy.retry(),
                policy.buffering(),
                policy.bodyLimit(),
                Optional.of(compression),
                policy.admission(),
                policy.errorBodies());
        return this;
    }

    public Setup timeouts(RoutePolicy.Timeouts timeouts) {
        policy =
                new RoutePolicy(timeouts, policy.retry(), policy.buffering(), policy.bodyLimit(), policy.compression());
        return this;
    }

    public Setup retry(RoutePolicy.Retry retry) {
        policy =
                new RoutePolicy(policy.timeouts(), retry, policy.buffering(), policy.bodyLimit(), policy.compression());
        return this;
    }

    public Setup bodyLimit(long bytes) {
        policy = new RoutePolicy(
                policy.timeouts(), policy.retry(), policy.buffering(), OptionalLong.of(bytes), policy.compression());
        return this;
    }

    public Setup buffering(RoutePolicy.Buffering buffering) {
        policy =
                new RoutePolicy(policy.timeouts(), policy.retry(), buffering, policy.bodyLimit(), policy.compression());
        return this;
    }

    public Setup filters(Filter... newFilters) {
        filters.addAll(List.of(newFilters));
        return this;
    }

    public Setup settings(ProxySettings newSettings) {
        settings = newSettings;
        return this;
    }

    /** The standard limits but for those of connections. */
    public static ProxySettings.DownstreamLimits connections(int all, int perClient, int handshakes) {
        var standard = ProxySettings.DownstreamLimits.STANDARD;
        return new ProxySettings.DownstreamLimits(
                standard.head(),
                standard.handshake(),
                standard.keepAliveIdle(),
                standard.requestLineBytes(),
                standard.headBytes(),
                standard.headFields(),
                all,
                perClient,
                handshakes);
    }

    public Setup limits(ProxySettings.DownstreamLimits limits) {
        settings = new ProxySettings(settings.trustedProxies(), settings.accessLog(), settings.proxyStatus(), limits);
        return this;
    }

    public Setup upstream(Upstream newUpstream) {
        upstream = newUpstream;
        return this;
    }

    /** What the endpoints speak. */
    public Setup protocol(Upstream.Protocol protocol) {
        upstream = new Upstream(
                upstream.name(),
                upstream.source(),
                protocol,
                upstream.balancing(),
                upstream.session(),
                upstream.healthCheck(),
                upstream.outlierDetection(),
                upstream.limits(),
                upstream.tls());
        return this;
    }

    public Setup upstreamLimits(Upstream.Limits limits) {
        upstream = upstream.with(limits);
        return this;
    }

    public Setup upstreamTls(Upstream.UpstreamTls tls) {
        upstream = upstream.with(tls);
        return this;
    }

    /** A certificate that upstreams can name. */
    public Setup certificate(Certificate certificate) {
        certificates.add(certificate);
        return this;
    }

    public Setup healthCheck(Upstream.HealthCheck check) {
        upstream = upstream.with(check);
        return this;
    }

    public Setup outliers(Upstream.OutlierDetection outliers) {
        upstream = upstream.with(outliers);
        return this;
    }

    public Setup balancing(Upstream.Balancing balancing) {
        upstream = upstream.with(balancing);
        return this;
    }

    /** A further upstream, which filters and routes can name. */
    public Setup alsoUpstream(Upstream other, List<Endpoint> endpoints) {
        others.put(other, endpoints);
        return this;
    }

    /** A session policy and the keys that it names. */
    public Setup session(StickySession session, KeyRing... keys) {
        sessions.add(session);
        keyRings.addAll(List.of(keys));
        return this;
    }

    public Setup listener(String name) {
        listener = name;
        return this;
    }

    /** Stands before the route for everything. */
    public Setup route(Route route) {
        routes.add(route);
        return this;
    }

    public RouteTable table() {
        var all = new ArrayList<>(routes);
        all.add(new Route(
                "all",
                SOURCE,
                RouteMatch.path(RouteMatch.PathMatch.ALL),
                filters,
                new Forward(List.of(Forward.WeightedUpstream.to(upstream.name())), Optional.empty()),
                policy));
        var host = new VirtualHost(HostPattern.ANY, "", all, VirtualHost.Unmatched.NOT_FOUND);
        var web = new Listener(
                listener, SOURCE, Listener.Protocol.HTTP, 80, "127.0.0.1", 0, 80, Optional.empty(), List.of(host));
        List<Upstream> upstreams = new ArrayList<>(others.keySet());
        upstreams.add(upstream);
        upstreams.sort(Comparator.comparing(Upstream::name));
        return new RouteTable(settings, List.of(web), upstreams, sessions, certificates, keyRings);
    }

    public EndpointTable endpoints() {
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < ports.size(); i++) {
            endpoints.add(endpoint(upstream.name() + "-" + i, ports.get(i)));
        }
        List<EndpointTable.UpstreamEndpoints> sets = new ArrayList<>();
        sets.add(new EndpointTable.UpstreamEndpoints(upstream.name(), endpoints));
        others.forEach((other, list) -> sets.add(new EndpointTable.UpstreamEndpoints(other.name(), list)));
        sets.sort(Comparator.comparing(EndpointTable.UpstreamEndpoints::upstream));
        return new EndpointTable(sets);
    }

    /** A ready endpoint on the loopback address. */
    public static Endpoint endpoint(String key, int port) {
        return new Endpoint(
                key, key, Optional.of("127.0.0.1"), Optional.empty(), port, Optional.empty(), Endpoint.State.READY);
    }

    /** The same endpoint on its way out. */
    public static Endpoint draining(Endpoint ready) {
        return new Endpoint(
                ready.key(),
                ready.podName(),
                ready.ipv4(),
                ready.ipv6(),
                ready.port(),
                ready.zone(),
                Endpoint.State.DRAINING);
    }
}
