package dev.moorgate.dataplane.listen.tls;

import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.VirtualHost;
import dev.moorgate.routetable.VirtualHost.Unmatched;
import java.util.HashMap;
import java.util.Map;

/**
 * Which listener of a Gateway a host belongs to: of those on one port the one with the most specific hostname. Ingresses have no
 * sections. Immutable.
 */
final class Sections {
    /** By host, by suffix with its leading dot, or empty for any host. */
    private final Map<String, String> owners = new HashMap<>();

    private Sections() {}

    /** A virtual host where the search ends is a listener's own hostname. */
    static Sections of(Listener listener) {
        var sections = new Sections();
        for (VirtualHost host : listener.virtualHosts()) {
            if (host.unmatched() == Unmatched.NOT_FOUND && host.host().kind() != HostPattern.Kind.ONE_LABEL) {
                sections.owners.put(host.host().value(), host.section());
            }
        }
        return sections;
    }

    /** Empty: of none. */
    String find(String host) {
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
