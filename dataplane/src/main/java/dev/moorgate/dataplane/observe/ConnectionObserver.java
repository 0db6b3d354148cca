package dev.moorgate.dataplane.observe;

/** Is told of client connections by the name of their listener; called on event loops, must not block. */
public interface ConnectionObserver {
    ConnectionObserver NONE = new ConnectionObserver() {
        @Override
        public void opened(String listener) {}

        @Override
        public void closed(String listener) {}
    };

    void opened(String listener);

    /** Once for each {@code opened}. */
    void closed(String listener);

    /** A connection was closed before it began; {@code reason} is a constant word of ours. */
    default void refused(String listener, String reason) {}

    /** A TLS handshake ended without a session; {@code reason} is a constant word of ours, never text of the peer. */
    default void handshakeFailed(String listener, String reason) {}

    /** HTTP/2 and HTTP/3: a connection was ended for what its client did; {@code why} is a constant of ours. */
    default void goneAway(String listener, String why) {}

    /** HTTP/2 and HTTP/3: a connection is told to end for its age. */
    default void aged(String listener) {}

    /** HTTP/2 and HTTP/3: a stream ended before its end, for a cause that is a constant word of ours. */
    default void streamReset(String listener, String cause) {}
}
