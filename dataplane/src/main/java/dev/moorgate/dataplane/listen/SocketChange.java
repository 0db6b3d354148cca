package dev.moorgate.dataplane.listen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A change whose new sockets are open but silent: committed after the swap of tables, or taken back. Used by one thread. */
public final class SocketChange implements Preparation {
    private static final Logger LOG = LoggerFactory.getLogger(SocketChange.class);

    private final Listeners listeners;
    private final Map<SocketKey, Serving> wanted;
    private final List<ListenSocket> gone;
    private final List<ListenSocket> opened = new ArrayList<>();
    private final Map<SocketKey, Http3Port> openedHttp3 = new LinkedHashMap<>();
    private final List<Http3Port> heldHttp3 = new ArrayList<>();
    private final List<ListenSocket> displaced = new ArrayList<>();

    SocketChange(Listeners listeners, Map<SocketKey, Serving> wanted, List<ListenSocket> gone) {
        this.listeners = listeners;
        this.wanted = wanted;
        this.gone = gone;
    }

    void opened(ListenSocket socket) {
        opened.add(socket);
    }

    void opened(Http3Port port) {
        openedHttp3.put(port.socket().key(), port);
    }

    /** It is left when the change is over: until then its last connection may go, and it stays open. */
    void held(Http3Port port) {
        heldHttp3.add(port);
    }

    /**
     * Closes, ahead of the swap, sockets that are to go and stand in the way of {@code key}: the kernel does not have the same
     * port open on all addresses and on one. Whether there were any.
     */
    boolean closeColliding(SocketKey key) {
        boolean any = false;
        for (ListenSocket socket : gone) {
            if (!displaced.contains(socket) && socket.key().collidesWith(key)) {
                socket.suspend();
                displaced.add(socket);
                any = true;
            }
        }
        return any;
    }

    /** Starts to accept on the new sockets, serves the next table on those that stay, closes the others. */
    public void commit() {
        try {
            listeners.swap(wanted, opened, openedHttp3, gone);
        } finally {
            heldHttp3.forEach(Http3Port::leave);
        }
    }

    /** Closes what was opened; sockets that made way are opened again. */
    public void abort() {
        opened.forEach(ListenSocket::close);
        openedHttp3.values().forEach(Http3Port::close);
        heldHttp3.forEach(Http3Port::leave);
        for (ListenSocket socket : displaced) {
            Throwable error = listeners.bind(socket);
            if (error == null) {
                socket.accept();
            } else {
                LOG.error("cannot open {} again after a refused table", socket.key(), error);
            }
        }
    }
}
