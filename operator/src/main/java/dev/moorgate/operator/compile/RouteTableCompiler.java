package dev.moorgate.operator.compile;

import dev.moorgate.operator.compile.filter.RouteFilters;
import dev.moorgate.operator.compile.gateway.GatewayCompiler;
import dev.moorgate.operator.compile.gateway.GatewayMemo;
import dev.moorgate.operator.compile.ingress.IngressCompiler;
import dev.moorgate.operator.compile.ingress.IngressMemo;
import dev.moorgate.operator.compile.pem.KeyPairMemo;
import dev.moorgate.operator.compile.routepolicy.RoutePolicies;
import dev.moorgate.operator.compile.settings.DataPlanes;
import dev.moorgate.operator.compile.sticky.StickyPolicies;
import dev.moorgate.operator.compile.upstream.BackendTls;
import dev.moorgate.operator.compile.upstream.Backends;
import dev.moorgate.operator.compile.upstream.EndpointMemo;
import dev.moorgate.operator.compile.upstream.UpstreamPolicies;
import dev.moorgate.operator.compile.upstream.Upstreams;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.EndpointAddresses;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import java.util.List;

/**
 * Compiles a snapshot: first what others refer to, then each API, then the table. Pure: equal snapshots and settings make equal
 * compilations. Between compiles it remembers checked key pairs and what became of single routes, Ingresses and virtual hosts, by their
 * inputs: a compile after others equals a first one. One compile at a time.
 */
public final class RouteTableCompiler {
    private final KeyPairMemo keyPairs = new KeyPairMemo();
    private final GatewayMemo gateways = new GatewayMemo();
    private final IngressMemo ingresses = new IngressMemo();
    private final EndpointMemo endpoints = new EndpointMemo();

    public Compilation compile(ClusterSnapshot snapshot, CompileSettings release) {
        ReportBuilder report = StatusReport.builder();
        CompileSettings settings = DataPlanes.apply(snapshot, release, report);
        RouteFilters extensions = new RouteFilters(snapshot, settings, report);
        Grants grants = new Grants(snapshot);
        StickyPolicies sessions = new StickyPolicies(snapshot, settings, grants, report);
        BackendTls backendTls = new BackendTls(snapshot, settings, report);
        UpstreamPolicies upstreamPolicies = new UpstreamPolicies(snapshot, settings, report);
        Upstreams upstreams = new Upstreams(snapshot, settings, sessions, backendTls, upstreamPolicies, report);
        Backends backends = new Backends(upstreams, grants);
        RoutePolicies policies = new RoutePolicies(snapshot, settings, grants, backends, report);
        Parts parts = new Parts(
                snapshot,
                settings,
                report,
                new TableDraft(),
                grants,
                upstreams,
                backends,
                backendTls,
                new Certificates(snapshot, settings.now(), settings.proxy().ocspStapling(), keyPairs),
                extensions,
                sessions,
                policies);

        new GatewayCompiler(parts, gateways).compile();
        new IngressCompiler(parts, ingresses).compile();
        sessions.report();
        policies.report();
        upstreamPolicies.report();
        extensions.report();
        backendTls.report();

        keyPairs.turn();
        gateways.turn();
        ingresses.turn();
        List<Listener> listeners = parts.table().listeners();
        References used = new References(listeners);
        return new Compilation(
                table(parts, listeners, used),
                used.keepEndpoints(upstreams.endpoints()),
                report.build(),
                sessions.keyWishes());
    }

    /**
     * The endpoints of a table's upstreams as a new snapshot knows them. Enough where only endpoints changed: routes are not compiled.
     */
    public EndpointTable endpoints(ClusterSnapshot snapshot, EndpointAddresses believed, RouteTable table) {
        return endpoints.of(snapshot, believed, table.upstreams());
    }

    private static RouteTable table(Parts parts, List<Listener> listeners, References used) {
        List<Upstream> upstreams = used.keepUpstreams(parts.upstreams().upstreams());
        List<StickySession> sessions = used.keepSessions(parts.sessions().handedOut());
        return new RouteTable(
                parts.settings().proxy(),
                listeners,
                upstreams,
                sessions,
                used.keepCertificates(parts.certificates().certificates()),
                parts.sessions().keyRings(sessions));
    }
}
