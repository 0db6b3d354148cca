package dev.moorgate.operator.expose;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a Gateway's Service holds already.
 *
 * @param gateway {@code namespace/name}
 * @param age sorts the oldest first: of two Services that lead to one port, it keeps it
 * @param ports of the pods, by declared port
 */
public record PortHolding(String gateway, String age, NavigableMap<Integer, Integer> ports)
        implements Comparable<PortHolding> {
    public PortHolding {
        ports = Collections.unmodifiableNavigableMap(new TreeMap<>(ports));
    }

    public static PortHolding of(String gateway, String age, Map<Integer, Integer> ports) {
        return new PortHolding(gateway, age, new TreeMap<>(ports));
    }

    @Override
    public int compareTo(PortHolding other) {
        int order = age.compareTo(other.age);
        return order != 0 ? order : gateway.compareTo(other.gateway);
    }
}
