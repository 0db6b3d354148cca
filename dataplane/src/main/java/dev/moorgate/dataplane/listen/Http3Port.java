package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.listen.quic.QuicPort;
import dev.moorgate.dataplane.listen.quic.QuicTerms;
import dev.moorgate.dataplane.listen.tls.QuicTls;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The UDP port beside a listener's TCP socket. A listener that goes leaves its connections to their ends: the port stays open for
 * them, and takes no more. Thread-safe.
 */
final class Http3Port {
    private final AtomicInteger connections = new AtomicInteger();
    private volatile ListenSocket socket;
    private volatile boolean accepting;
    private @Nullable QuicPort port;
    private @Nullable QuicTls tls;

    Http3Port(ListenSocket socket) {
        this.socket = socket;
    }

    /** @param beside another port of ours has the address and stays for a while */
    void open(QuicPort.Opener opener, InetSocketAddress address, boolean beside, QuicTerms terms, Intake intake)
            throws BindException {
        var names = new QuicTls(() -> socket.serving().tls());
        tls = names;
        var opening = new QuicOpening(this, intake);
        port = opener.open(address, beside, terms, opening::engine, opening);
    }

    /** Whose connections come in here. */
    ListenSocket socket() {
        return socket;
    }

    QuicTls tls() {
        return Objects.requireNonNull(tls, "not open yet");
    }

    InetSocketAddress localAddress() {
        return Objects.requireNonNull(port, "not open yet").localAddress();
    }

    boolean isAccepting() {
        return accepting;
    }

    /** Takes connections for {@code now}, from here on or again; false where it is closed. */
    synchronized boolean accept(ListenSocket now) {
        QuicPort known = port;
        if (known == null) {
            return false;
        }
        socket = now;
        accepting = true;
        known.start();
        return true;
    }

    /** Stays open until {@link #leave}, whoever else leaves; false where it is closed. */
    synchronized boolean hold() {
        if (port == null) {
            return false;
        }
        enter();
        return true;
    }

    void enter() {
        connections.incrementAndGet();
    }

    void leave() {
        if (connections.decrementAndGet() == 0) {
            closeIfUnused();
        }
    }

    /** Takes no more connections, and closes with the last one. */
    void retire() {
        accepting = false;
        closeIfUnused();
    }

    private synchronized void closeIfUnused() {
        if (!accepting && connections.get() == 0) {
            close();
        }
    }

    /** Closes at once, connections too. */
    synchronized void close() {
        QuicPort known = port;
        accepting = false;
        port = null;
        if (known != null) {
            known.close();
        }
    }

    /** Whether it was closed, so that it cannot take connections again. */
    synchronized boolean isClosed() {
        return port == null;
    }
}
