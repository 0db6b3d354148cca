package dev.moorgate.operator.expose;

import java.util.Collection;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The ports that a Gateway wants, with those of the ListenerSets that are attached to it.
 *
 * @param gateway {@code namespace/name}
 * @param uid where the search for a free port of the pods starts
 * @param ports as declared; what is no port is left out
 */
public record PortDemand(String gateway, String uid, NavigableSet<Integer> ports) implements Comparable<PortDemand> {
    private static final int LAST_PORT = 65_535;

    public PortDemand {
        NavigableSet<Integer> valid = new TreeSet<>(ports);
        valid.removeIf(port -> port < 1 || port > LAST_PORT);
        ports = Collections.unmodifiableNavigableSet(valid);
    }

    public static PortDemand of(String gateway, String uid, Collection<Integer> ports) {
        return new PortDemand(gateway, uid, new TreeSet<>(ports));
    }

    @Override
    public int compareTo(PortDemand other) {
        int order = uid.compareTo(other.uid);
        return order != 0 ? order : gateway.compareTo(other.gateway);
    }
}
