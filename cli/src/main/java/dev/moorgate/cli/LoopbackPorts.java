package dev.moorgate.cli;

import dev.moorgate.operator.compile.ListenerPorts;
import dev.moorgate.routetable.SourceRef;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where declared ports are bound on one machine: each is moved up by an offset. Owners (the Ingresses together, each Gateway) that
 * want the same port get loopback addresses of their own, 127.0.0.1, 127.0.0.2, …, so that they stay apart; where the system has
 * only one loopback address they get further ports. An owner keeps its place while it lives.
 */
final class LoopbackPorts implements ListenerPorts {
    private static final int MOST_PLACES = 250;
    private static final int PORT_STEP = 1000;

    private final String bindAddress;
    private final int offset;
    private final boolean manyLoopbacks;
    private final NavigableMap<SourceRef, Place> places = new TreeMap<>();

    /** @param manyLoopbacks whether all of 127.0.0.0/8 can be bound (Linux) */
    LoopbackPorts(String bindAddress, int offset, boolean manyLoopbacks) {
        this.bindAddress = bindAddress;
        this.offset = offset;
        this.manyLoopbacks = manyLoopbacks && bindAddress.startsWith("127.");
    }

    /** The n-th loopback address, or the n-th step of further ports; 0 is the plain one. */
    private record Place(int number, NavigableSet<Integer> ports) {}

    /** Gives every owner its place: those that have one keep it, others take the first where all their ports are free. */
    void allot(NavigableMap<SourceRef, NavigableSet<Integer>> wanted) {
        var before = new TreeMap<>(places);
        places.clear();
        Map<Integer, NavigableSet<Integer>> taken = new HashMap<>();
        before.forEach((owner, place) -> {
            NavigableSet<Integer> ports = wanted.get(owner);
            if (ports != null && isFree(taken, place.number(), ports)) {
                take(taken, owner, new Place(place.number(), ports));
            }
        });
        NavigableSet<Integer> ingress = wanted.get(INGRESS);
        if (ingress != null) {
            settle(taken, INGRESS, ingress);
        }
        wanted.forEach((owner, ports) -> settle(taken, owner, ports));
    }

    private void settle(Map<Integer, NavigableSet<Integer>> taken, SourceRef owner, NavigableSet<Integer> ports) {
        for (int number = 0; number < MOST_PLACES && !places.containsKey(owner); number++) {
            if (isFree(taken, number, ports)) {
                take(taken, owner, new Place(number, ports));
            }
        }
    }

    private void take(Map<Integer, NavigableSet<Integer>> taken, SourceRef owner, Place place) {
        places.put(owner, place);
        taken.computeIfAbsent(place.number(), number -> new java.util.TreeSet<>())
                .addAll(place.ports());
    }

    private static boolean isFree(Map<Integer, NavigableSet<Integer>> taken, int number, NavigableSet<Integer> ports) {
        NavigableSet<Integer> there = taken.get(number);
        return there == null || ports.stream().noneMatch(there::contains);
    }

    @Override
    public Optional<BindPoint> find(SourceRef owner, int declaredPort) {
        Place place = places.get(owner);
        if (place == null || !place.ports().contains(declaredPort)) {
            return Optional.empty();
        }
        int port = declaredPort + offset + (manyLoopbacks ? 0 : place.number() * PORT_STEP);
        return port > 65535 ? Optional.empty() : Optional.of(new BindPoint(address(place), port, port));
    }

    /** The address in the owner's status; a wildcard address is published as this machine's loopback. */
    List<String> addresses(SourceRef owner) {
        Place place = places.get(owner);
        if (place == null) {
            return List.of();
        }
        String address = address(place);
        return List.of(
                switch (address) {
                    case "", "0.0.0.0", "::" -> "127.0.0.1";
                    default -> address;
                });
    }

    private String address(Place place) {
        if (!manyLoopbacks || place.number() == 0) {
            return bindAddress;
        }
        int last = bindAddress.lastIndexOf('.');
        int host = Integer.parseInt(bindAddress.substring(last + 1)) + place.number();
        return host > 254 ? bindAddress : bindAddress.substring(0, last + 1) + host;
    }
}
