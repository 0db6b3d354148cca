package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.httproute.HttpRules;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.VirtualHost;
import dev.moorgate.routetable.VirtualHost.Unmatched;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The listeners of one port as virtual hosts: a request belongs to the listener with the most specific hostname that covers its host, and
 * to no other (listener isolation). Inside one listener a less specific host is tried next; at the listener's own hostname that ends.
 */
final class VirtualHosts {
    private VirtualHosts() {}

    static List<VirtualHost> compile(List<GatewayListener> listeners) {
        HostOwners<GatewayListener> owners = new HostOwners<>();
        listeners.forEach(listener -> owners.put(listener.hostname(), listener));
        List<VirtualHost> hosts = new ArrayList<>();
        for (GatewayListener listener : listeners) {
            listener.hosts().forEach((pattern, ranked) -> {
                boolean isOwn =
                        owners.find(pattern).filter(owner -> owner == listener).isPresent();
                if (isOwn && !pattern.equals(listener.hostname())) {
                    hosts.add(new VirtualHost(pattern, listener.name(), ordered(ranked), Unmatched.NEXT_HOST));
                }
            });
            List<HttpRules.Ranked> boundary = listener.hosts().getOrDefault(listener.hostname(), List.of());
            hosts.add(new VirtualHost(listener.hostname(), listener.name(), ordered(boundary), Unmatched.NOT_FOUND));
        }
        hosts.sort(Comparator.comparing(VirtualHost::host, Hostnames::bySpecificity));
        return hosts;
    }

    /** In order of precedence; a route that two of its hostnames brought here stands at its better place. */
    private static List<Route> ordered(List<HttpRules.Ranked> ranked) {
        List<HttpRules.Ranked> sorted = new ArrayList<>(ranked);
        sorted.sort(Comparator.comparing(HttpRules.Ranked::place));
        List<Route> routes = new ArrayList<>(sorted.size());
        Set<String> names = new HashSet<>();
        for (HttpRules.Ranked one : sorted) {
            if (names.add(one.route().name())) {
                routes.add(one.route());
            }
        }
        return routes;
    }
}
