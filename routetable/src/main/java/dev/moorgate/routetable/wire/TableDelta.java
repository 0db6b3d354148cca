package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The difference of two route tables, part by part: a part that changed travels whole, one that did not not at all.
 *
 * @param base digest of the table that it changes
 * @param result digest of what it makes of it
 */
public record TableDelta(
        String base,
        String result,
        Optional<ProxySettings> settings,
        List<ListenerDelta> listeners,
        List<String> removedListeners,
        List<Upstream> upstreams,
        List<String> removedUpstreams,
        List<StickySession> sessions,
        List<String> removedSessions,
        List<Certificate> certificates,
        List<String> removedCertificates,
        List<KeyRing> keyRings,
        List<String> removedKeyRings) {
    public TableDelta {
        listeners = List.copyOf(listeners);
        removedListeners = List.copyOf(removedListeners);
        upstreams = List.copyOf(upstreams);
        removedUpstreams = List.copyOf(removedUpstreams);
        sessions = List.copyOf(sessions);
        removedSessions = List.copyOf(removedSessions);
        certificates = List.copyOf(certificates);
        removedCertificates = List.copyOf(removedCertificates);
        keyRings = List.copyOf(keyRings);
        removedKeyRings = List.copyOf(removedKeyRings);
    }

    public static TableDelta between(RouteTable old, RouteTable next) {
        return between(old, Digest.of(old), next, Digest.of(next));
    }

    static TableDelta between(RouteTable old, String oldDigest, RouteTable next, String nextDigest) {
        Map<String, List<VirtualHost>> hosts = hosts(old);
        var listeners = Parts.between(old.listeners(), next.listeners(), Listener::name);
        var upstreams = Parts.between(old.upstreams(), next.upstreams(), Upstream::name);
        var sessions = Parts.between(old.sessions(), next.sessions(), StickySession::id);
        var certificates = Parts.between(old.certificates(), next.certificates(), Certificate::id);
        var keyRings = Parts.between(old.keyRings(), next.keyRings(), KeyRing::name);
        return new TableDelta(
                oldDigest,
                nextDigest,
                Optional.of(next.settings()).filter(settings -> !settings.equals(old.settings())),
                listeners.changed().stream()
                        .map(listener ->
                                ListenerDelta.between(hosts.getOrDefault(listener.name(), List.of()), listener))
                        .toList(),
                listeners.removed(),
                upstreams.changed(),
                upstreams.removed(),
                sessions.changed(),
                sessions.removed(),
                certificates.changed(),
                certificates.removed(),
                keyRings.changed(),
                keyRings.removed());
    }

    /** The table that {@link #between} was given as the next one; refused where {@code old} is another than its base. */
    public RouteTable apply(RouteTable old) throws WireException {
        return apply(old, Digest.of(old), new Digest.Memo());
    }

    RouteTable apply(RouteTable old, String oldDigest, Digest.Memo memo) throws WireException {
        Parts.requireBase(base, oldDigest);
        RouteTable next = replay(old);
        if (!result.equals(memo.of(next))) {
            throw new WireException("result", "is not the digest of what came out");
        }
        return next;
    }

    /** Without a look at digests. */
    RouteTable replay(RouteTable old) throws WireException {
        Map<String, List<VirtualHost>> hosts = hosts(old);
        var changed = new ArrayList<Listener>();
        for (ListenerDelta delta : listeners) {
            changed.add(delta.apply(hosts.getOrDefault(delta.listener().name(), List.of())));
        }
        return table(old, changed);
    }

    private RouteTable table(RouteTable old, List<Listener> changed) throws WireException {
        try {
            return new RouteTable(
                    settings.orElse(old.settings()),
                    new Parts<>(changed, removedListeners).apply("removedListeners", old.listeners(), Listener::name),
                    new Parts<>(upstreams, removedUpstreams).apply("removedUpstreams", old.upstreams(), Upstream::name),
                    new Parts<>(sessions, removedSessions).apply("removedSessions", old.sessions(), StickySession::id),
                    new Parts<>(certificates, removedCertificates)
                            .apply("removedCertificates", old.certificates(), Certificate::id),
                    new Parts<>(keyRings, removedKeyRings).apply("removedKeyRings", old.keyRings(), KeyRing::name));
        } catch (IllegalArgumentException refusal) {
            throw new WireException("", String.valueOf(refusal.getMessage()));
        }
    }

    private static Map<String, List<VirtualHost>> hosts(RouteTable table) {
        var hosts = new HashMap<String, List<VirtualHost>>();
        table.listeners().forEach(listener -> hosts.put(listener.name(), listener.virtualHosts()));
        return hosts;
    }
}
