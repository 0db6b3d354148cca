package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.forward.state.ProxyState;

/** A client's connection as its event loop keeps it, whatever it speaks. That event loop only. */
public interface ClientConnection {
    /** Where it came in. */
    ListenerState.Known listener();

    /** Whether {@code state} still wants connections of its kind there. */
    default boolean isWantedBy(ProxyState state) {
        return state.listener(listener().name) != null;
    }

    /** No further request is wanted: without one under way it is closed, else the client is told. */
    void closeIfIdle();

    /** Cuts what is under way. */
    void close();
}
