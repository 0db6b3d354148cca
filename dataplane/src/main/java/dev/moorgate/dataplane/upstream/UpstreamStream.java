package dev.moorgate.dataplane.upstream;

/**
 * What a request has on lease of an endpoint: a connection of HTTP/1.1 as a whole, or a stream of one of HTTP/2. The lease ends
 * with {@link #release}, {@link #discard} or {@link UpstreamReader#upstreamClosed}. Its event loop only.
 */
public interface UpstreamStream extends Outlet {
    /** Who hears of what comes. */
    void setReader(UpstreamReader reader);

    /** Whether the connection has served others before: then it may have been closed under us. */
    boolean isReused();

    /** Whether the endpoint cannot have looked at the request: no byte has left, or the peer says so itself. */
    boolean isUnsent();

    /** The lease ends and what it was of is as good as new: the answer was whole and so was the request. */
    void release();

    /** The lease ends in the middle: nobody shall use the connection, or the stream, again. */
    void discard();

    /** Whether the head that is sent may ask for a tunnel. */
    boolean mayTunnel();

    /** What follows is no message: bytes go both ways, and one direction may end before the other. */
    void beginTunnel();

    /** The end of our direction of a tunnel. */
    void endOutput();
}
