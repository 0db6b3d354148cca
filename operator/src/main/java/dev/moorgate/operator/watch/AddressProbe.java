package dev.moorgate.operator.watch;

import dev.moorgate.operator.expose.ExposedPorts.Place;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Which addresses of Services clients can be told of: what brings a new one into force, such as kube-proxy, takes up to seconds after
 * the load balancer has named it, and who connects before waits in vain. Each is connected to until it answers, for five seconds at
 * most: it may be one that is not reached from here. Asked by walks, one at a time; connects on threads of its own.
 */
public final class AddressProbe {
    static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int CONNECT_MILLIS = 250;
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Dial dial;
    private final Runnable changed;
    private final Set<Place> believed = ConcurrentHashMap.newKeySet();
    private Set<Place> known = Set.of();

    /** @param changed called on a thread of ours when an address can be told of */
    public AddressProbe(Runnable changed) {
        this(AddressProbe::connects, changed);
    }

    AddressProbe(Dial dial, Runnable changed) {
        this.dial = dial;
        this.changed = changed;
    }

    /** Whether somebody answers; blocks for a moment. */
    interface Dial {
        boolean answers(String address, int port) throws InterruptedException;
    }

    /**
     * Those of the places that can be told of.
     *
     * @param areOld they were told of before this process began
     */
    Set<Place> believed(Set<Place> seen, boolean areOld) {
        // an address that goes and comes back may be another Service's
        believed.retainAll(seen);
        for (Place place : seen) {
            if (areOld) {
                believed.add(place);
            } else if (!known.contains(place)) {
                Thread.ofVirtual().name("probe-" + place.address()).start(() -> await(place));
            }
        }
        known = Set.copyOf(seen);
        Set<Place> told = new HashSet<>(seen);
        told.retainAll(believed);
        return told;
    }

    private void await(Place place) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (System.nanoTime() < end && !dial.answers(place.address(), place.port())) {
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        believed.add(place);
        changed.run();
    }

    private static boolean connects(String address, int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }
}
