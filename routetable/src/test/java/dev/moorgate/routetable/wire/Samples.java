package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderEdits;
import dev.moorgate.routetable.Filter.HeaderField;
import dev.moorgate.routetable.Filter.PathRewrite;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RouteMatch.GrpcMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.SourceRef;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.Token;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.VirtualHost;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** Tables for tests; their keys and certificates are dummies. */
final class Samples {
    private static final SourceRef ROUTE = new SourceRef("HTTPRoute", "shop", "cart", "rules[0]");
    private static final SourceRef SERVICE = SourceRef.of("Service", "shop", "cart");

    private Samples() {}

    static Route route(String name, PathMatch path, List<Filter> filters, Forward forward) {
        return new Route(name, ROUTE, RouteMatch.path(path), filters, forward, RoutePolicy.STANDARD);
    }

    static VirtualHost host(HostPattern pattern, Route... routes) {
        return new VirtualHost(pattern, "", List.of(routes), VirtualHost.Unmatched.NEXT_HOST);
    }

    static Listener http(VirtualHost... hosts) {
        return new Listener(
                "ingress/80",
                SourceRef.of("IngressClass", "", "moorgate"),
                Listener.Protocol.HTTP,
                80,
                "",
                8080,
                8080,
                Optional.empty(),
                List.of(hosts));
    }

    static Forward to(String upstream) {
        return new Forward(List.of(WeightedUpstream.to(upstream)), Optional.empty());
    }

    /** One host, one route, one upstream. */
    static RouteTable simple() {
        return new RouteTable(
                ProxySettings.STANDARD,
                List.of(http(host(
                        HostPattern.exact("shop.example.com"),
                        route("shop/cart/0", PathMatch.prefix("/cart"), List.of(), to("shop/cart/8080"))))),
                List.of(Upstream.http("shop/cart/8080", SERVICE)),
                List.of(),
                List.of(),
                List.of());
    }

    /** One of everything that the contract can say. */
    static RouteTable everything() {
        return new RouteTable(
                new ProxySettings(
                        new ProxySettings.TrustedProxies(2, List.of("10.0.0.0/8", "fd00::/8")),
                        ProxySettings.AccessLog.COMBINED,
                        true,
                        ProxySettings.DownstreamLimits.STANDARD,
                        Optional.of(new ProxySettings.ProxyProtocol(List.of("ingress/*"), List.of("10.0.0.0/8"))),
                        Optional.of(new ProxySettings.Http2(false, 50, Duration.ofHours(1)))),
                List.of(https(), passthrough(), http(plainHosts())).stream()
                        .sorted((a, b) -> a.name().compareTo(b.name()))
                        .toList(),
                List.of(fullUpstream(), Upstream.http("shop/search/80", SERVICE)),
                List.of(
                        SessionSamples.session(
                                "cookie",
                                new Token.Cookie(
                                        "moorgate",
                                        "/",
                                        Optional.of("example.com"),
                                        StickySession.Secure.AUTO,
                                        true,
                                        StickySession.SameSite.LAX,
                                        true,
                                        Optional.of(Duration.ofHours(8)))),
                        SessionSamples.session("hash", new Token.Hash(StickySession.HashOn.HEADER, "x-user", 125)),
                        SessionSamples.session("header", new Token.Header("x-session"))),
                List.of(certificate("shop/example"), certificate("shop/fallback")),
                List.of(new KeyRing(
                        "moorgate",
                        List.of(
                                new KeyRing.SessionKey(
                                        "k2", new Redacted("ZHVtbXktZHVtbXktZHVtbXktZHVtbXktZHVtbXktMDI=")),
                                new KeyRing.SessionKey(
                                        "k1", new Redacted("ZHVtbXktZHVtbXktZHVtbXktZHVtbXktZHVtbXktMDE="))))));
    }

    private static Certificate certificate(String id) {
        return new Certificate(
                id,
                "-----BEGIN CERTIFICATE-----\nZHVtbXk=\n-----END CERTIFICATE-----\n",
                new Redacted("-----BEGIN PRIVATE KEY-----\nZHVtbXk=\n-----END PRIVATE KEY-----\n"));
    }

    private static Upstream fullUpstream() {
        return new Upstream(
                "shop/cart/8443",
                SERVICE,
                Upstream.Protocol.H2,
                Upstream.Balancing.LEAST_REQUEST,
                Optional.of("cookie"),
                Optional.of(new Upstream.HealthCheck(
                        Upstream.HealthCheck.Kind.HTTP,
                        "/healthz",
                        Optional.of("cart.internal"),
                        List.of(200, 204),
                        "\"up\"",
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(1),
                        2,
                        3,
                        true)),
                new Upstream.OutlierDetection(
                        7,
                        5,
                        3,
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(5),
                        50,
                        30,
                        Optional.of(new Upstream.SuccessRate(Duration.ofSeconds(10), 5, 100, 190))),
                Optional.of(new Upstream.SlowStart(Duration.ofSeconds(30), 10)),
                Upstream.ZonePreference.SAME_ZONE,
                new Upstream.Limits(100, 10, 1_000, 20, 8, Duration.ofSeconds(20)),
                Optional.of(new Upstream.UpstreamTls(
                        "cart.internal",
                        Optional.of("-----BEGIN CERTIFICATE-----\nZHVtbXk=\n-----END CERTIFICATE-----\n"),
                        List.of("cart.internal", "spiffe://shop/cart"),
                        Optional.of("shop/example"))),
                Optional.of(SourceRef.of("UpstreamPolicy", "shop", "cart")));
    }

    private static Listener https() {
        var names = List.of(
                ListenerTls.ServerName.terminated(
                        HostPattern.exact("shop.example.com"),
                        List.of("shop/example"),
                        Optional.of(ListenerTls.Policy.NIST)),
                ListenerTls.ServerName.terminated(HostPattern.wildcard("*.example.com"), List.of()));
        return new Listener(
                "gateway/shop/edge/443",
                new SourceRef("Gateway", "shop", "edge", "listeners[1]"),
                Listener.Protocol.HTTPS,
                443,
                "127.0.0.2",
                8443,
                443,
                Optional.of(new ListenerTls(
                        names,
                        Optional.of("shop/fallback"),
                        Optional.of(new ListenerTls.ClientValidation("-----BEGIN CERTIFICATE-----", true)),
                        ListenerTls.Version.TLS_1_3,
                        List.of("h2", "http/1.1"),
                        Optional.of(ListenerTls.Policy.MODERN))),
                List.of(new VirtualHost(
                        HostPattern.ANY,
                        "https",
                        List.of(fullRoute(), redirecting()),
                        VirtualHost.Unmatched.NOT_FOUND)));
    }

    private static Listener passthrough() {
        return new Listener(
                "gateway/shop/edge/8883",
                new SourceRef("Gateway", "shop", "edge", "listeners[2]"),
                Listener.Protocol.TLS,
                8883,
                "",
                18883,
                8883,
                Optional.of(new ListenerTls(
                        List.of(
                                ListenerTls.ServerName.passedThrough(HostPattern.exact("mail.example.com")),
                                ListenerTls.ServerName.terminated(
                                        HostPattern.wildcard("*.example.com"), List.of("shop/example"))),
                        Optional.empty(),
                        Optional.empty(),
                        ListenerTls.Version.TLS_1_2,
                        List.of())),
                List.of(host(
                        HostPattern.exact("mail.example.com"),
                        route("mail", PathMatch.ALL, List.of(), to("shop/search/80")))));
    }

    private static VirtualHost[] plainHosts() {
        var rewrites = List.<Filter>of(
                new Filter.UrlRewrite(Optional.of("cart.internal"), Optional.of(new PathRewrite.Full("/all"))),
                new Filter.UrlRewrite(Optional.empty(), Optional.of(new PathRewrite.Prefix("/cart", "/"))),
                new Filter.UrlRewrite(Optional.empty(), Optional.of(new PathRewrite.Regex("^/v(\\d+)/", "/$1/"))));
        return new VirtualHost[] {
            host(HostPattern.exact("a.example.com"), route("a", PathMatch.exact("/a"), rewrites, to("shop/search/80"))),
            host(HostPattern.oneLabel("*.example.com"), route("b", PathMatch.regex("/b+"), List.of(), Forward.NOWHERE)),
            host(HostPattern.wildcard("*.example.org"), route("c", PathMatch.ALL, List.of(), to("shop/search/80")))
        };
    }

    private static Route redirecting() {
        var redirect = new Filter.Redirect(
                Optional.of("https"),
                Optional.of("example.org"),
                OptionalInt.of(8443),
                Optional.of(new PathRewrite.Prefix("/old", "/new")),
                308);
        return route("redirect", PathMatch.prefix("/old"), List.of(redirect), Forward.NOWHERE);
    }

    private static RoutePolicy.Admission admission() {
        return new RoutePolicy.Admission(
                false,
                List.of(new RoutePolicy.Clients(List.of("10.0.0.0/8", "2001:db8::/32"), List.of("10.9.0.0/16"))),
                Optional.of(new RoutePolicy.RateLimit(
                        "HTTPRoute shop/all", 10, Duration.ofSeconds(1), 20, RoutePolicy.RateLimit.Key.CLIENT)),
                Optional.of(new RoutePolicy.BasicAuth(
                        "shop",
                        List.of(new RoutePolicy.BasicAuth.User(
                                "ada", new Redacted("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="))))),
                Optional.of(new RoutePolicy.Fault(Duration.ofMillis(100), 50, 503, 1)));
    }

    private static Route fullRoute() {
        var edits = new HeaderEdits(
                List.of(new HeaderField("x-set", "a\tb")), List.of(new HeaderField("x-add", "é")), List.of("x-gone"));
        var match = new RouteMatch(
                PathMatch.prefix("/shop"),
                List.of("GET", "POST"),
                List.of(FieldMatch.exact("x-canary", "always"), FieldMatch.present("x-any")),
                List.of(FieldMatch.regex("page", "[0-9]+")),
                List.of(FieldMatch.exact("beta", "1")),
                Optional.of(new GrpcMatch(Optional.of("shop.Cart"), Optional.of("Get"), true)));
        var policy = new RoutePolicy(
                RoutePolicy.Timeouts.STANDARD,
                new RoutePolicy.Retry(
                        3,
                        List.of(502, 503),
                        List.of("POST"),
                        Duration.ofMillis(25),
                        Duration.ofSeconds(1),
                        RoutePolicy.RetryBudget.STANDARD,
                        Optional.of(new RoutePolicy.GrpcStatuses(
                                List.of(GrpcStatus.RESOURCE_EXHAUSTED, GrpcStatus.UNAVAILABLE)))),
                new RoutePolicy.Buffering(true, false, 65_536, 1L << 33),
                OptionalLong.of(10L << 30),
                Optional.of(new RoutePolicy.Compression(
                        List.of(RoutePolicy.Compression.Algorithm.BROTLI, RoutePolicy.Compression.Algorithm.GZIP),
                        RoutePolicy.Compression.Level.SMALL,
                        List.of("image/svg+xml", "text/*"),
                        256)),
                Optional.of(admission()),
                Optional.of(new RoutePolicy.ErrorBodies(
                        List.of(new RoutePolicy.ErrorBody(503, "text/html", "<p>Sorry ☂</p>")))));
        return new Route(
                "shop/all/0",
                ROUTE,
                match,
                List.of(
                        new Filter.RequestHeaders(edits),
                        new Filter.ResponseHeaders(edits),
                        new Filter.Mirror("shop/search/80", 1, 10),
                        new Filter.Cors(
                                List.of("https://*.example.com"),
                                true,
                                List.of("GET"),
                                List.of("x-a"),
                                List.of("x-b"),
                                Duration.ofMinutes(10)),
                        new Filter.DirectResponse(418, "text/plain", "no \"tea\"\u2028 \uD83D\uDE00\n")),
                new Forward(
                        List.of(
                                new WeightedUpstream(
                                        Optional.of("shop/cart/8443"),
                                        9,
                                        List.of(new Filter.RequestHeaders(edits)),
                                        Optional.of("header")),
                                new WeightedUpstream(Optional.empty(), 1, List.of(), Optional.empty())),
                        Optional.of("cookie")),
                policy);
    }

    static EndpointTable endpoints() {
        return new EndpointTable(List.of(
                new UpstreamEndpoints(
                        "shop/cart/8443",
                        List.of(
                                endpoint("uid-1/8443", "10.1.0.7", Endpoint.State.READY),
                                endpoint("uid-2/8443", "10.1.0.8", Endpoint.State.DRAINING),
                                new Endpoint(
                                        "uid-3/8443",
                                        "",
                                        Optional.empty(),
                                        Optional.of("fd00::9"),
                                        8443,
                                        Optional.empty(),
                                        List.of("eu-1a", "eu-1b"),
                                        Endpoint.State.READY))),
                new UpstreamEndpoints("shop/search/80", List.of())));
    }

    static Endpoint endpoint(String key, String address, Endpoint.State state) {
        return new Endpoint(key, "cart-0", Optional.of(address), Optional.empty(), 8443, Optional.of("eu-1a"), state);
    }

    static TableVersion version() {
        return new TableVersion("0000019ac2e1a400", 12, 3);
    }

    /** As many routes, ten a host. */
    static RouteTable large(int routes) {
        VirtualHost[] hosts = IntStream.range(0, routes / 10)
                .mapToObj(host -> host(
                        HostPattern.exact("h%05d.example.com".formatted(host)),
                        IntStream.range(0, 10)
                                .mapToObj(route -> route(
                                        "shop/r%d/%d".formatted(host, route),
                                        PathMatch.prefix("/p" + route),
                                        List.of(),
                                        to("shop/cart/8080")))
                                .toArray(Route[]::new)))
                .toArray(VirtualHost[]::new);
        return new RouteTable(
                ProxySettings.STANDARD,
                List.of(http(hosts)),
                List.of(Upstream.http("shop/cart/8080", SERVICE)),
                List.of(),
                List.of(),
                List.of());
    }
}
