package dev.moorgate.dataplane.listen.tls;

import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.VirtualHost;
import dev.moorgate.routetable.VirtualHost.Unmatched;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which listener of a Gateway a host belongs to: of those on one port the one with the most specific hostname. Ingresses have no
 * sections. Immutable.
 */
final class Sections {
    /** By host, by suffix with its leading dot, or empty for any host. */
    private final Map<String, String> owners;

    /** Whether every host belongs to the same one, or to none: most Gateways and all Ingresses. */
    private final boolean areOne;

    private Sections(Map<String, String> owners) {
        this.owners = Map.copyOf(owners);
        Set<String> all = new HashSet<>(owners.values());
        all.add(find(""));
        areOne = all.size() == 1;
    }

    /** A virtual host where the search ends is a listener's own hostname. */
    static Sections of(Listener listener) {
        Map<String, String> owners = new HashMap<>();
        for (VirtualHost host : listener.virtualHosts()) {
            if (host.unmatched() == Unmatched.NOT_FOUND && host.host().kind() != HostPattern.Kind.ONE_LABEL) {
                owners.put(host.host().value(), host.section());
            }
        }
        return new Sections(owners);
    }

    /** Whether both hosts belong to the same. Asked for each request over TLS. */
    boolean isOne(String host, String other) {
        return areOne || find(host).equals(find(other));
    }

    /** Empty: of none. */
    private String find(String host) {
        String rest = host;
        String owner = owners.get(rest);
        while (owner == null && !rest.isEmpty()) {
            int dot = rest.indexOf('.', 1);
            rest = dot < 0 ? "" : rest.substring(dot);
            owner = owners.get(rest);
        }
        return owner == null ? "" : owner;
    }
}
