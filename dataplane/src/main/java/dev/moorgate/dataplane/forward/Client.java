package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.forward.state.ListenerState;
import dev.moorgate.dataplane.upstream.Outlet;

/**
 * The client of one exchange: a connection of HTTP/1.1, which has one exchange at a time, or a stream of one of HTTP/2. It
 * hears of the end exactly once. Its event loop only.
 */
public interface Client extends Outlet {
    /** What is known of its connection. */
    ClientFacts facts();

    /** Where it came in. */
    ListenerState.Known listener();

    /** Whether the connection serves on after the answer under way; a protocol with frames has other ways to say so. */
    boolean isLasting();

    /** Whether it came over TCP, so that it may be told of HTTP/3. */
    default boolean isOverTcp() {
        return true;
    }

    /** The protocol as logs show it; {@code current}: the head says 1.1. */
    String protocol(boolean current);

    /** The answer is written and the request whole. */
    void exchangeDone();

    /**
     * The answer is written and is the last one.
     *
     * @param unread the client may be sending still: what comes is thrown away for a moment, so that it can read the answer
     */
    void exchangeDoneAndClose(boolean unread);

    /**
     * The answer broke off: the client must not take it for whole.
     *
     * @param endsByClose it would take a proper close for the end
     */
    void exchangeCut(ProxyFailure failure, boolean endsByClose);

    /** From now on bytes go both ways unread. What waits is handed over. */
    void beginTunnel();

    /** The upstream ended its side of the tunnel. */
    void endTunnelOutput();
}
