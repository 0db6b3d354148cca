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
                session(upstream.session(), "upstream " + upstream.name());
                upstream.tls()
                        .flatMap(Upstream.UpstreamTls::clientCertificate)
                        .ifPresent(id -> certificate(id, "upstream " + upstream.name()));
            }
        }

        void check(List<Listener> listeners) {
            for (Listener listener : listeners) {
                listener.tls().ifPresent(tls -> {
                    tls.fallback().ifPresent(id -> certificate(id, "listener " + listener.name()));
                    tls.serverNames()
                            .forEach(name ->
                                    name.certificates().forEach(id -> certificate(id, "listener " + listener.name())));
                });
                for (VirtualHost host : listener.virtualHosts()) {
                    host.routes().forEach(this::check);
                }
            }
        }

        private void check(Route route) {
            String user = "route " + route.name();
            filters(route.filters(), user);
            session(route.forward().session(), user);
            for (Forward.WeightedUpstream share : route.forward().upstreams()) {
                share.upstream().ifPresent(name -> upstream(name, user));
                session(share.session(), user);
                filters(share.filters(), user);
            }
        }

        private void filters(List<Filter> filters, String user) {
            for (Filter filter : filters) {
                if (filter instanceof Filter.Mirror mirror) {
                    upstream(mirror.upstream(), user);
                }
            }
        }

        private void upstream(String name, String user) {
            Checks.require(upstreams.contains(name), user + " names upstream " + name + ", which is absent");
        }

        private void certificate(String id, String user) {
            Checks.require(certificates.contains(id), user + " names certificate " + id + ", which is absent");
        }

        private void session(Optional<String> id, String user) {
            id.ifPresent(name ->
                    Checks.require(sessions.contains(name), user + " names session " + name + ", which is absent"));
        }
    }
}
