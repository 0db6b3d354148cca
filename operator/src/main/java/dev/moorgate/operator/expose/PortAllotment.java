package dev.moorgate.operator.expose;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which port of the pods each declared port of each Gateway leads to: no two share one, what a Service holds stays, and the rest is
 * found from a hash, so that replicas and restarts agree without a store. Immutable; the same for equal input in any order.
 */
public final class PortAllotment {
    /** First port that is allotted. */
    public static final int FIRST = 10_000;
    /** Last port that is allotted. */
    public static final int LAST = 29_999;

    private static final int SIZE = LAST - FIRST + 1;

    private final NavigableMap<String, NavigableMap<Integer, Integer>> ports;

    private PortAllotment(NavigableMap<String, NavigableMap<Integer, Integer>> ports) {
        this.ports = ports;
    }

    /**
     * Ports for all demands, as far as there are any left. A port that a Service leads to is nobody else's, even when nothing demands it
     * any more: until the Service is changed its clients would see another Gateway's routes.
     */
    public static PortAllotment of(Collection<PortDemand> demands, Collection<PortHolding> holdings) {
        NavigableMap<String, NavigableMap<Integer, Integer>> held = new TreeMap<>();
        Set<Integer> taken = new HashSet<>();
        for (PortHolding holding : new TreeSet<>(holdings)) {
            holding.ports().forEach((declared, port) -> {
                if (port >= FIRST && port <= LAST && taken.add(port)) {
                    held.computeIfAbsent(holding.gateway(), absent -> new TreeMap<>())
                            .putIfAbsent(declared, port);
                }
            });
        }
        NavigableMap<String, NavigableMap<Integer, Integer>> allotted = new TreeMap<>();
        for (PortDemand demand : new TreeSet<>(demands)) {
            NavigableMap<Integer, Integer> kept = held.getOrDefault(demand.gateway(), Collections.emptyNavigableMap());
            NavigableMap<Integer, Integer> own = allotted.computeIfAbsent(demand.gateway(), absent -> new TreeMap<>());
            for (int declared : demand.ports()) {
                Integer before = kept.get(declared);
                OptionalInt port = before != null ? OptionalInt.of(before) : free(demand.uid(), declared, taken);
                port.ifPresent(found -> own.putIfAbsent(declared, found));
            }
        }
        return new PortAllotment(allotted);
    }

    /**
     * The port of the pods for a declared one; empty when nothing demanded it or none is left.
     *
     * @param gateway {@code namespace/name}
     */
    public OptionalInt find(String gateway, int declared) {
        Integer port =
                ports.getOrDefault(gateway, Collections.emptyNavigableMap()).get(declared);
        return port == null ? OptionalInt.empty() : OptionalInt.of(port);
    }

    /** Ports of the pods by declared port; empty for a Gateway that is not known. */
    public NavigableMap<Integer, Integer> ports(String gateway) {
        return Collections.unmodifiableNavigableMap(ports.getOrDefault(gateway, Collections.emptyNavigableMap()));
    }

    private static OptionalInt free(String uid, int declared, Set<Integer> taken) {
        int start = start(uid, declared);
        for (int i = 0; i < SIZE; i++) {
            int port = FIRST + (start + i) % SIZE;
            if (taken.add(port)) {
                return OptionalInt.of(port);
            }
        }
        return OptionalInt.empty();
    }

    private static int start(String uid, int declared) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((uid + ":" + declared).getBytes(StandardCharsets.UTF_8));
            return Math.floorMod(ByteBuffer.wrap(hash).getInt(), SIZE);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PortAllotment allotment && ports.equals(allotment.ports);
    }

    @Override
    public int hashCode() {
        return ports.hashCode();
    }

    @Override
    public String toString() {
        return ports.toString();
    }
}
