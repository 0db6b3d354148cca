package dev.moorgate.dataplane.forward;

import dev.moorgate.dataplane.filter.Entrance;
import dev.moorgate.dataplane.filter.TrustedPeers;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.observe.RouteMetrics;
import dev.moorgate.dataplane.route.Router;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings;

/** A listener as its connections use it. Immutable; two are the same only if they are one object. */
public final class ListenerState {
    private static final int LONGEST_METHOD = 32;

    final HeadLimits limits;
    final long headNanos;
    final long keepAliveNanos;
    final boolean proxyStatus;
    final Entrance entrance;
    final TrustedPeers trusted;
    final RouteMetrics unrouted;

    private final Listener listener;
    private final Router<RoutePlan> router;

    /** @param unrouted counters of requests that no route took */
    public ListenerState(Listener listener, Router<RoutePlan> router, ProxySettings settings, RouteMetrics unrouted) {
        var bounds = settings.limits();
        this.listener = listener;
        this.router = router;
        this.unrouted = unrouted;
        limits = new HeadLimits(bounds.requestLineBytes(), bounds.headBytes(), bounds.headFields(), LONGEST_METHOD);
        headNanos = bounds.head().toNanos();
        keepAliveNanos = bounds.keepAliveIdle().toNanos();
        proxyStatus = settings.proxyStatus();
        entrance = Entrance.of(listener);
        trusted = TrustedPeers.of(settings.trustedProxies());
    }

    public Listener listener() {
        return listener;
    }

    public Router<RoutePlan> router() {
        return router;
    }
}
