package dev.moorgate.dataplane.kit;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.observe.ConnectionObserver;
import dev.moorgate.dataplane.observe.UpstreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Connections of both sides as the proxy tells of them. */
final class OpenCounts implements ConnectionObserver {
    final AtomicInteger clients = new AtomicInteger();
    final AtomicInteger endpoints = new AtomicInteger();
    final AtomicInteger aged = new AtomicInteger();
    final List<String> goneAway = new CopyOnWriteArrayList<>();

    final UpstreamObserver upstreams = new UpstreamObserver() {
        @Override
        public void opened(String upstream) {
            endpoints.incrementAndGet();
        }

        @Override
        public void closed(String upstream) {
            endpoints.decrementAndGet();
        }

        @Override
        public void failed(String upstream, ProxyFailure failure) {
            // The exchange's own record tells of it.
        }
    };

    @Override
    public void opened(String listener) {
        clients.incrementAndGet();
    }

    @Override
    public void closed(String listener) {
        clients.decrementAndGet();
    }

    @Override
    public void aged(String listener) {
        aged.incrementAndGet();
    }

    @Override
    public void goneAway(String listener, String why) {
        goneAway.add(why);
    }
}
