package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Digests of what a table says by the object that it was compiled from, so that replicas can be compared object by object.
 * A route counts with the upstreams and sessions that it needs, a session with its users, a policy of upstreams as those that
 * it rules, a certificate as its Secret, a key
 * ring as {@code KeyRing}. The digests of parts that are the same objects as in the table before are not computed again. One thread.
 */
public final class SourceDigests {
    private final Digest.Memo parts = new Digest.Memo();
    private Map<SourceRef, Told> before = Map.of();

    /** A list that is digested. */
    private record Lines(List<String> lines) {}

    /** What was last said of an object. */
    private record Told(List<String> lines, String digest) {}

    /** By {@code SourceRef} without rule. */
    public Map<SourceRef, String> of(RouteTable table) {
        Map<SourceRef, List<String>> objects = new HashMap<>(2 * before.size());
        new Walk(table, objects).run();
        parts.turn();
        Map<SourceRef, Told> told = HashMap.newHashMap(objects.size());
        Map<SourceRef, String> digests = HashMap.newHashMap(objects.size());
        objects.forEach((object, lines) -> {
            Told last = before.get(object);
            Told now = last != null && last.lines().equals(lines)
                    ? last
                    : new Told(List.copyOf(lines), Digest.of(new Lines(lines)));
            told.put(object, now);
            digests.put(object, now.digest());
        });
        before = told;
        return Map.copyOf(digests);
    }

    private String digest(Record part) {
        return parts.part(part);
    }

    /** One table. */
    private final class Walk {
        private final RouteTable table;
        private final Map<SourceRef, List<String>> objects;
        private final Map<String, String> certificates = new HashMap<>();
        private final Map<String, String> upstreams = new HashMap<>();
        private final Map<String, StickySession> sessions = new HashMap<>();

        Walk(RouteTable table, Map<SourceRef, List<String>> objects) {
            this.table = table;
            this.objects = objects;
        }

        void run() {
            for (KeyRing ring : table.keyRings()) {
                say(SourceRef.of("KeyRing", "", ring.name()), digest(ring));
            }
            for (Certificate certificate : table.certificates()) {
                certificates.put(certificate.id(), digest(certificate));
                say(secret(certificate.id()), digest(certificate));
            }
            for (StickySession session : table.sessions()) {
                sessions.put(session.id(), session);
                say(session.source(), digest(session));
            }
            for (Upstream upstream : table.upstreams()) {
                upstreams.put(upstream.name(), digest(upstream));
                say(upstream.source(), digest(upstream));
                upstream.policy().ifPresent(policy -> say(policy, digest(upstream)));
                used(upstream.session(), "upstream " + upstream.name());
            }
            table.listeners().forEach(this::listener);
        }

        private void listener(Listener listener) {
            var bare = new Listener(
                    listener.name(),
                    listener.source(),
                    listener.protocol(),
                    listener.port(),
                    listener.bindAddress(),
                    listener.bindPort(),
                    listener.publicPort(),
                    listener.tls(),
                    List.of());
            say(listener.source(), Digest.of(bare));
            Map<Object, List<String>> names = new HashMap<>();
            listener.tls().ifPresent(tls -> {
                tls.fallback().ifPresent(id -> say(listener.source(), certificate(id)));
                for (ListenerTls.ServerName name : tls.serverNames()) {
                    List<String> shown = new ArrayList<>(
                            name.certificates().stream().map(this::certificate).toList());
                    shown.forEach(digest -> say(listener.source(), digest));
                    name.policy().ifPresent(policy -> shown.add(policy.word()));
                    names.put(name.host(), shown);
                }
            });
            for (VirtualHost host : listener.virtualHosts()) {
                String place = listener.name() + " " + host.host().kind() + " " + host.host() + " " + host.section();
                List<String> shown = names.getOrDefault(host.host(), List.of());
                host.routes().forEach(route -> route(route, place, shown));
            }
        }

        private void route(Route route, String place, List<String> certificatesOfHost) {
            SourceRef object = route.source();
            say(object, place);
            say(object, digest(route));
            certificatesOfHost.forEach(digest -> say(object, digest));
            session(object, route.forward().session(), place + " " + route.name());
            for (Forward.WeightedUpstream share : route.forward().upstreams()) {
                share.upstream().ifPresent(name -> say(object, upstreams.getOrDefault(name, "")));
                session(object, share.session(), place + " " + route.name());
            }
        }

        private void session(SourceRef object, Optional<String> id, String user) {
            id.map(sessions::get).ifPresent(session -> say(object, digest(session)));
            used(id, user);
        }

        private void used(Optional<String> id, String user) {
            id.map(sessions::get).ifPresent(session -> say(session.source(), user));
        }

        private String certificate(String id) {
            return certificates.getOrDefault(id, "");
        }

        private void say(SourceRef source, String line) {
            objects.computeIfAbsent(source.rule().isEmpty() ? source : source.withRule(""), object -> new ArrayList<>())
                    .add(line);
        }
    }

    private static SourceRef secret(String id) {
        int slash = id.indexOf('/');
        return slash > 0 && slash < id.length() - 1
                ? SourceRef.of("Secret", id.substring(0, slash), id.substring(slash + 1))
                : SourceRef.of("Secret", "", id);
    }
}
