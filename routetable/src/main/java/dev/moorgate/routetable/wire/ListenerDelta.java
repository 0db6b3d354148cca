package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A listener that is new or different, with the virtual hosts that are.
 *
 * @param listener without virtual hosts
 * @param hosts all that it has, in their order
 * @param changed the new and different ones of them; the others stay as they were
 */
public record ListenerDelta(Listener listener, List<HostPattern> hosts, List<VirtualHost> changed) {
    public ListenerDelta {
        hosts = List.copyOf(hosts);
        changed = List.copyOf(changed);
    }

    static ListenerDelta between(List<VirtualHost> old, Listener next) {
        Map<HostPattern, VirtualHost> before = byHost(old);
        List<VirtualHost> changed = next.virtualHosts().stream()
                .filter(host -> !host.equals(before.get(host.host())))
                .toList();
        List<HostPattern> hosts =
                next.virtualHosts().stream().map(VirtualHost::host).toList();
        return new ListenerDelta(with(next, List.of()), hosts, changed);
    }

    Listener apply(List<VirtualHost> old) throws WireException {
        Map<HostPattern, VirtualHost> known = byHost(old);
        known.putAll(byHost(changed));
        var result = new ArrayList<VirtualHost>();
        for (HostPattern pattern : hosts) {
            VirtualHost host = known.get(pattern);
            if (host == null) {
                throw new WireException(
                        "listeners", listener.name() + " keeps host " + pattern + ", which it did not have");
            }
            result.add(host);
        }
        return with(listener, result);
    }

    private static Map<HostPattern, VirtualHost> byHost(List<VirtualHost> hosts) {
        var map = new HashMap<HostPattern, VirtualHost>();
        hosts.forEach(host -> map.put(host.host(), host));
        return map;
    }

    private static Listener with(Listener listener, List<VirtualHost> hosts) {
        return new Listener(
                listener.name(),
                listener.source(),
                listener.protocol(),
                listener.port(),
                listener.bindAddress(),
                listener.bindPort(),
                listener.publicPort(),
                listener.tls(),
                hosts);
    }
}
