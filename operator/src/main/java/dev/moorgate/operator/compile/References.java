package dev.moorgate.operator.compile;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.VirtualHost;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the listeners of a table use, directly and through each other: a rule that was dropped, or that no listener took, leaves no
 * upstream, session or certificate behind.
 */
final class References {
    private final Set<String> upstreams = new HashSet<>();
    private final Set<String> sessions = new HashSet<>();
    private final Set<String> certificates = new HashSet<>();

    References(List<Listener> listeners) {
        for (Listener listener : listeners) {
            listener.tls().ifPresent(this::add);
            for (VirtualHost host : listener.virtualHosts()) {
                host.routes().forEach(this::add);
            }
        }
    }

    List<Upstream> keepUpstreams(List<Upstream> all) {
        List<Upstream> used = all.stream()
                .filter(upstream -> upstreams.contains(upstream.name()))
                .toList();
        for (Upstream upstream : used) {
            upstream.session().ifPresent(sessions::add);
            upstream.tls().flatMap(Upstream.UpstreamTls::clientCertificate).ifPresent(certificates::add);
        }
        return used;
    }

    EndpointTable keepEndpoints(EndpointTable all) {
        List<UpstreamEndpoints> used = all.upstreams().stream()
                .filter(endpoints -> upstreams.contains(endpoints.upstream()))
                .toList();
        return new EndpointTable(used);
    }

    /** After {@link #keepUpstreams}, which names sessions too. Sorted by id. */
    List<StickySession> keepSessions(List<StickySession> all) {
        return all.stream()
                .filter(session -> sessions.contains(session.id()))
                .sorted(Comparator.comparing(StickySession::id))
                .toList();
    }

    /** After {@link #keepUpstreams}, which names certificates too. */
    List<Certificate> keepCertificates(List<Certificate> all) {
        return all.stream()
                .filter(certificate -> certificates.contains(certificate.id()))
                .toList();
    }

    private void add(ListenerTls tls) {
        tls.fallback().ifPresent(certificates::add);
        tls.serverNames().forEach(name -> certificates.addAll(name.certificates()));
    }

    private void add(Route route) {
        addMirrors(route.filters());
        route.forward().session().ifPresent(sessions::add);
        for (WeightedUpstream share : route.forward().upstreams()) {
            share.upstream().ifPresent(upstreams::add);
            share.session().ifPresent(sessions::add);
            addMirrors(share.filters());
        }
    }

    private void addMirrors(List<Filter> filters) {
        for (Filter filter : filters) {
            if (filter instanceof Filter.Mirror mirror) {
                upstreams.add(mirror.upstream());
            }
        }
    }
}
