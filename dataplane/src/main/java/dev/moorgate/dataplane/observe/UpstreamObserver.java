package dev.moorgate.dataplane.observe;

import dev.moorgate.dataplane.failure.ProxyFailure;

/** Is told of connections to endpoints by the name of their upstream; called on event loops, must not block. */
public interface UpstreamObserver {
    UpstreamObserver NONE = new UpstreamObserver() {
        @Override
        public void opened(String upstream) {}

        @Override
        public void closed(String upstream) {}

        @Override
        public void failed(String upstream, ProxyFailure failure) {}
    };

    void opened(String upstream);

    /** Once for each {@code opened}. */
    void closed(String upstream);

    /** A connection that could not be opened; {@code opened} was not called for it. */
    void failed(String upstream, ProxyFailure failure);
}
