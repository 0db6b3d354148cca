package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.route.Rules;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.VirtualHost;
import dev.moorgate.routetable.VirtualHost.Unmatched;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The listeners of one port as virtual hosts: a request belongs to the listener with the most specific hostname that covers its host, and
 * to no other (listener isolation). Inside one listener a less specific host is tried next; at the listener's own hostname that ends.
 */
final class VirtualHosts {
    private static final Comparator<Rules.Ranked> PRECEDENCE = Comparator.comparing(Rules.Ranked::place);

    private final HostMemo.Hosts before;
    private final Map<HostPattern, HostMemo.Made> made = new HashMap<>();
    private final List<VirtualHost> hosts = new ArrayList<>();

    private VirtualHosts(HostMemo.Hosts before) {
        this.before = before;
    }

    /** @param before of the same port in the last compile */
    static HostMemo.Hosts compile(List<GatewayListener> listeners, HostMemo.Hosts before) {
        VirtualHosts all = new VirtualHosts(before);
        all.add(listeners);
        List<VirtualHost> inOrder = HostMemo.sorted(
                all.hosts, before.inOrder(), Comparator.comparing(VirtualHost::host, Hostnames::bySpecificity));
        return new HostMemo.Hosts(all.made, inOrder);
    }

    private void add(List<GatewayListener> listeners) {
        HostOwners<GatewayListener> owners = new HostOwners<>();
        listeners.forEach(listener -> owners.put(listener.hostname(), listener));
        for (GatewayListener listener : listeners) {
            listener.hosts().forEach((pattern, ranked) -> {
                boolean isOwn =
                        owners.find(pattern).filter(owner -> owner == listener).isPresent();
                if (isOwn && !pattern.equals(listener.hostname())) {
                    add(pattern, listener.section(), ranked, Unmatched.NEXT_HOST);
                }
            });
            List<Rules.Ranked> boundary = listener.hosts().getOrDefault(listener.hostname(), List.of());
            add(listener.hostname(), listener.section(), boundary, Unmatched.NOT_FOUND);
        }
    }

    private void add(HostPattern pattern, String section, List<Rules.Ranked> ranked, Unmatched unmatched) {
        HostMemo.Made known = before.made().get(pattern);
        if (known == null || !known.isFrom(section, unmatched, ranked)) {
            List<Rules.Ranked> sorted = HostMemo.sorted(ranked, known == null ? List.of() : known.sorted(), PRECEDENCE);
            known = new HostMemo.Made(ranked, sorted, new VirtualHost(pattern, section, routes(sorted), unmatched));
        }
        made.put(pattern, known);
        hosts.add(known.host());
    }

    /** A route that two of its hostnames brought here stands at its better place. */
    private static List<Route> routes(List<Rules.Ranked> sorted) {
        List<Route> routes = new ArrayList<>(sorted.size());
        Set<String> names = new HashSet<>();
        for (Rules.Ranked one : sorted) {
            if (names.add(one.route().name())) {
                routes.add(one.route());
            }
        }
        return routes;
    }
}
