package dev.moorgate.dataplane.forward.state;

import dev.moorgate.dataplane.filter.Entrance;
import dev.moorgate.dataplane.filter.ForwardedHeaders;
import dev.moorgate.dataplane.filter.TrustedPeers;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.observe.RouteMetrics;
import dev.moorgate.dataplane.route.Router;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ProxySettings;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A listener as its connections use it. Immutable; two are the same only if they are one object. */
public final class ListenerState {
    private static final int LONGEST_METHOD = 32;

    public final HeadLimits limits;
    public final long headNanos;
    public final long keepAliveNanos;
    public final boolean proxyStatus;
    public final ProxySettings.Http2 http2;
    public final Entrance entrance;
    public final TrustedPeers trusted;
    public final RouteMetrics unrouted;
    /** Tells clients of TCP where HTTP/3 is spoken (RFC 7838 3, RFC 9114 3.1); null: it is not. */
    public final byte @Nullable [] altSvc;

    private final Listener listener;
    private final Router<RoutePlan> router;

    /** Without HTTP/3. */
    public ListenerState(Listener listener, Router<RoutePlan> router, ProxySettings settings, RouteMetrics unrouted) {
        this(listener, router, settings, unrouted, false);
    }

    /**
     * @param unrouted counters of requests that no route took
     * @param http3 it is offered
     */
    public ListenerState(
            Listener listener, Router<RoutePlan> router, ProxySettings settings, RouteMetrics unrouted, boolean http3) {
        var bounds = settings.limits();
        this.listener = listener;
        this.router = router;
        this.unrouted = unrouted;
        limits = new HeadLimits(bounds.requestLineBytes(), bounds.headBytes(), bounds.headFields(), LONGEST_METHOD);
        headNanos = bounds.head().toNanos();
        keepAliveNanos = bounds.keepAliveIdle().toNanos();
        proxyStatus = settings.proxyStatus();
        http2 = settings.http2().orElse(ProxySettings.Http2.STANDARD);
        altSvc = http3 ? ("h3=\":" + listener.publicPort() + "\"; ma=86400").getBytes(StandardCharsets.US_ASCII) : null;
        entrance = Entrance.of(listener);
        trusted = TrustedPeers.of(settings.trustedProxies());
    }

    public Listener listener() {
        return listener;
    }

    public Router<RoutePlan> router() {
        return router;
    }

    /** The listener as one connection knows it: of the state in force, or as it was before it was removed. */
    public static final class Known {
        public final String name;

        private final ClientFacts client;
        private ProxyState state = ProxyState.EMPTY;
        private @Nullable ListenerState listener;
        private @Nullable ForwardedHeaders forwarded;
        private @Nullable ListenerState forwardedFor;

        public Known(String name, ClientFacts client) {
            this.name = name;
            this.client = client;
        }

        /** Takes the state in force; null: the listener was never there. */
        @Nullable
        public ListenerState refresh(ProxyState now) {
            if (now != state) {
                state = now;
                ListenerState current = now.listener(name);
                listener = current == null ? listener : current;
            }
            return listener;
        }

        /** Whether HTTP/2 may begin in clear. */
        public boolean takesHttp2() {
            ListenerState known = listener;
            return known == null || known.http2.enabled();
        }

        public ProxyState state() {
            return state;
        }

        @Nullable
        public ListenerState last() {
            return listener;
        }

        /** The forwarded family as the connection's requests carry it. */
        public ForwardedHeaders forwarded(ListenerState on) {
            ForwardedHeaders known = forwarded;
            if (known == null || forwardedFor != on) {
                known = new ForwardedHeaders(
                        on.trusted, client.remote().getAddress(), on.entrance, client.certificate());
                forwarded = known;
                forwardedFor = on;
            }
            return known;
        }
    }
}
