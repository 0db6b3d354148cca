package dev.moorgate.operator.compile;

import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.routetable.Listener;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The listeners of the table in the making; upstreams and certificates gather themselves. Confined to one compile. */
public final class TableDraft {
    private final List<Listener> listeners = new ArrayList<>();
    private final Map<String, String> sockets = new HashMap<>();

    /**
     * Takes a socket for a listener; false where another has it. Port 0 lets the system choose, so that it is never taken.
     *
     * @param listener name of the routetable listener
     */
    public boolean claim(BindPoint socket, String listener) {
        if (socket.bindPort() == 0) {
            return true;
        }
        String holder = sockets.putIfAbsent(socket.bindAddress() + " " + socket.bindPort(), listener);
        return holder == null || holder.equals(listener);
    }

    public void add(Listener listener) {
        listeners.add(listener);
    }

    /** Sorted by name. */
    List<Listener> listeners() {
        return listeners.stream().sorted(Comparator.comparing(Listener::name)).toList();
    }
}
