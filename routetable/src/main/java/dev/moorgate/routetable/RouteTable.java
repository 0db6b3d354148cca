package dev.moorgate.routetable;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Everything the data plane obeys but the endpoints, which travel apart ({@link EndpointTable}). Immutable, comparable and
 * sorted by name; the constructor refuses dangling references, so that a table that exists can be installed.
 */
public record RouteTable(
        ProxySettings settings,
        List<Listener> listeners,
        List<Upstream> upstreams,
        List<StickySession> sessions,
        List<Certificate> certificates,
        List<KeyRing> keyRings) {
    public static final RouteTable EMPTY =
            new RouteTable(ProxySettings.STANDARD, List.of(), List.of(), List.of(), List.of(), List.of());

    public RouteTable {
        listeners = Checks.sorted(listeners, Listener::name, "listeners");
        upstreams = Checks.sorted(upstreams, Upstream::name, "upstreams");
        sessions = Checks.sorted(sessions, StickySession::id, "sessions");
        certificates = Checks.sorted(certificates, Certificate::id, "certificates");
        keyRings = Checks.sorted(keyRings, KeyRing::name, "keyRings");
        new References(upstreams, sessions, certificates, keyRings).check(listeners);
    }

    /** Routes, as people write them: one that several virtual hosts share counts once. */
    public int routeCount() {
        var names = new HashSet<RouteName>();
        for (Listener listener : listeners) {
            for (VirtualHost host : listener.virtualHosts()) {
                host.routes().forEach(route -> names.add(new RouteName(route.source(), route.name())));
            }
        }
        return names.size();
    }

    private record RouteName(SourceRef source, String name) {}

    /** Finds references to what the table does not hold. */
    private static final class References {
        private final Set<String> upstreams = new HashSet<>();
        private final Set<String> sessions = new HashSet<>();
        private final Set<String> certificates = new HashSet<>();

        References(
                List<Upstream> upstreams,
                List<StickySession> sessions,
                List<Certificate> certificates,
                List<KeyRing> keyRings) {
            certificates.forEach(certificate -> this.certificates.add(certificate.id()));
            var rings = new HashSet<String>();
            keyRings.forEach(ring -> rings.add(ring.name()));
            for (StickySession session : sessions) {
                this.sessions.add(session.id());
                Checks.require(
                        session.token() instanceof StickySession.Token.Hash || rings.contains(session.keyRing()),
                        "session " + session.id() + " names key ring " + session.keyRing() + ", which is absent");
            }
            for (Upstream upstream : upstreams) {
                this.upstreams.add(upstream.name());
                session(upstream.session(), "upstream", upstream.name());
                upstream.tls()
                        .flatMap(Upstream.UpstreamTls::clientCertificate)
                        .ifPresent(id -> certificate(id, "upstream", upstream.name()));
            }
        }

        void check(List<Listener> listeners) {
            for (Listener listener : listeners) {
                listener.tls().ifPresent(tls -> {
                    tls.fallback().ifPresent(id -> certificate(id, "listener", listener.name()));
                    tls.serverNames()
                            .forEach(name ->
                                    name.certificates().forEach(id -> certificate(id, "listener", listener.name())));
                });
                for (VirtualHost host : listener.virtualHosts()) {
                    host.routes().forEach(this::check);
                }
            }
        }

        private void check(Route route) {
            filters(route.filters(), "route", route.name());
            session(route.forward().session(), "route", route.name());
            for (Forward.WeightedUpstream share : route.forward().upstreams()) {
                if (share.upstream().isPresent()) {
                    require(upstreams, share.upstream().get(), "upstream", "route", route.name());
                }
                session(share.session(), "route", route.name());
                filters(share.filters(), "route", route.name());
            }
        }

        private void filters(List<Filter> filters, String kind, String user) {
            for (Filter filter : filters) {
                if (filter instanceof Filter.Mirror mirror) {
                    require(upstreams, mirror.upstream(), "upstream", kind, user);
                }
            }
        }

        private void certificate(String id, String kind, String user) {
            require(certificates, id, "certificate", kind, user);
        }

        private void session(Optional<String> id, String kind, String user) {
            if (id.isPresent()) {
                require(sessions, id.get(), "session", kind, user);
            }
        }

        /** The message is made only where it is needed: a table of ten thousand routes asks thirty thousand times. */
        private static void require(Set<String> known, String name, String what, String kind, String user) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException(
                        kind + " " + user + " names " + what + " " + name + ", which is absent");
            }
        }
    }
}
