package dev.moorgate.routetable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.Filter.HeaderField;
import dev.moorgate.routetable.Filter.PathRewrite;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.ProxySettings.DownstreamLimits;
import dev.moorgate.routetable.ProxySettings.Http2;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RouteMatch.GrpcMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.StickySession.HashOn;
import dev.moorgate.routetable.StickySession.Token;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What no proxy could serve cannot be said: each refusal names the field. */
class RefusalsTest {
    private static final SourceRef SOURCE = SourceRef.of("Service", "shop", "cart");
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration BACK = Duration.ofSeconds(-1);

    private static Arguments refused(String message, Supplier<?> making) {
        return Arguments.of(message, making);
    }

    static Stream<Arguments> parts() {
        return Stream.of(
                refused("secret must not be blank", () -> new Redacted(" ")),
                refused("certificate id must not be blank", () -> new Certificate("", "x", new Redacted("k"))),
                refused("certificate chain must not be blank", () -> new Certificate("a", "", new Redacted("k"))),
                refused("key ring name must not be blank", () -> new KeyRing("", List.of(key("a")))),
                refused("key ring r has no key", () -> new KeyRing("r", List.of())),
                refused("key ring r has a twice", () -> new KeyRing("r", List.of(key("a"), key("a")))),
                refused("kid must be 1 to 8 letters or digits: a.b", () -> key("a.b")),
                refused("kid must be 1 to 8 letters or digits: ", () -> key("")),
                refused("kid must be 1 to 8 letters or digits: 123456789", () -> key("123456789")),
                refused("kind must not be blank", () -> SourceRef.of("", "", "x")),
                refused("name must not be blank", () -> SourceRef.of("Service", "", "")),
                refused("endpoint key must not be blank", () -> endpoint("", "10.0.0.1", 80)),
                refused("endpoint port must be 1 to 65535, not 0", () -> endpoint("a", "10.0.0.1", 0)),
                refused("endpoint port must be 1 to 65535, not 65536", () -> endpoint("a", "10.0.0.1", 65536)),
                refused(
                        "endpoint a has no address",
                        () -> new Endpoint(
                                "a",
                                "",
                                Optional.empty(),
                                Optional.empty(),
                                80,
                                Optional.empty(),
                                Endpoint.State.READY)),
                refused("upstream must not be blank", () -> new UpstreamEndpoints("", List.of())),
                refused(
                        "endpoints of u must be sorted and unique: a follows b",
                        () -> new UpstreamEndpoints(
                                "u", List.of(endpoint("b", "10.0.0.1", 80), endpoint("a", "10.0.0.1", 80)))),
                refused(
                        "endpoint table must be sorted and unique: u follows u",
                        () -> new EndpointTable(List.of(
                                new UpstreamEndpoints("u", List.of()), new UpstreamEndpoints("u", List.of())))));
    }

    static Stream<Arguments> filters() {
        return Stream.of(
                refused(
                        "a rewrite changes host or path",
                        () -> new Filter.UrlRewrite(Optional.empty(), Optional.empty())),
                refused("redirect status must be 301, 302, 303, 307 or 308, not 304", () -> redirect(304)),
                refused("mirror upstream must not be blank", () -> new Filter.Mirror("", 1, 1)),
                refused("mirror denominator must be 1 to 2147483647, not 0", () -> new Filter.Mirror("u", 0, 0)),
                refused("mirror numerator must be 0 to 2, not 3", () -> new Filter.Mirror("u", 3, 2)),
                refused(
                        "maxAge must not be negative, not PT-1S",
                        () -> new Filter.Cors(List.of(), false, List.of(), List.of(), List.of(), BACK)),
                refused(
                        "direct response status must be 200 to 599, not 199",
                        () -> new Filter.DirectResponse(199, "text/plain", "")),
                refused("header name must not be blank", () -> new HeaderField("", "v")),
                refused("header name must be a lower-case token: X-A", () -> new HeaderField("X-A", "v")),
                refused("header name must be a lower-case token: x a", () -> new HeaderField("x a", "v")),
                refused("header name must be a lower-case token: x:a", () -> new HeaderField("x:a", "v")),
                refused("header name must be a lower-case token: x\r", () -> new HeaderField("x\r", "v")),
                refused(
                        "header x has a character that no header may carry",
                        () -> new HeaderField("x", "a\r\nset-cookie: b")),
                refused("header x has a character that no header may carry", () -> new HeaderField("x", "a\nb")),
                refused("header x has a character that no header may carry", () -> new HeaderField("x", "a\u0000")),
                refused("header x has a character that no header may carry", () -> new HeaderField("x", "a\u007f")),
                refused("header x has a character that no header may carry", () -> new HeaderField("x", "\u0100")),
                refused("a path starts with '/': x", () -> new PathRewrite.Full("x")),
                refused("rewrite pattern must not be blank", () -> new PathRewrite.Regex("", "")),
                refused("weight must be 0 to 1000000, not -1", () -> share(-1)),
                refused("weight must be 0 to 1000000, not 1000001", () -> share(1_000_001)));
    }

    static Stream<Arguments> matches() {
        return Stream.of(
                refused("an exact path starts with '/': x", () -> PathMatch.exact("x")),
                refused("an exact path starts with '/': ", () -> PathMatch.exact("")),
                refused(
                        "a path prefix starts with '/' and does not end with it: /a/",
                        () -> new PathMatch(PathMatch.Kind.PREFIX, "/a/")),
                refused("a path prefix starts with '/' and does not end with it: a", () -> PathMatch.prefix("a")),
                refused("path regex must not be blank", () -> PathMatch.regex("")),
                refused("match name must not be blank", () -> FieldMatch.exact("", "v")),
                refused("a PRESENT match has no value", () -> new FieldMatch("a", FieldMatch.Kind.PRESENT, "v")),
                refused(
                        "header names are lower case: X-A",
                        () -> new RouteMatch(
                                PathMatch.ALL,
                                List.of(),
                                List.of(FieldMatch.present("X-A")),
                                List.of(),
                                List.of(),
                                Optional.empty())),
                refused(
                        "a gRPC match names a service or a method",
                        () -> new GrpcMatch(Optional.empty(), Optional.empty(), false)));
    }

    static Stream<Arguments> policies() {
        return Stream.of(
                refused("request must not be negative, not PT-1S", () -> timeouts(0)),
                refused("perTry must not be negative, not PT-1S", () -> timeouts(1)),
                refused("connect must not be negative, not PT-1S", () -> timeouts(2)),
                refused("responseHead must not be negative, not PT-1S", () -> timeouts(3)),
                refused("bodyIdle must not be negative, not PT-1S", () -> timeouts(4)),
                refused("streamIdle must not be negative, not PT-1S", () -> timeouts(5)),
                refused("retry attempts must be 0 to 100, not 101", () -> retry(101, SECOND, SECOND)),
                refused("retry status must be 400 to 599, not 399", () -> retry(1, SECOND, SECOND, 399)),
                refused("retry statuses must be ascending and unique", () -> retry(1, SECOND, SECOND, 503, 502)),
                refused("backoff must not be negative, not PT-1S", () -> retry(1, BACK, SECOND)),
                refused("backoffLimit must not be negative, not PT-1S", () -> retry(1, SECOND, BACK)),
                refused("grpc statuses must not be empty", () -> new RoutePolicy.GrpcStatuses(List.of())),
                refused(
                        "grpc statuses must be failures, not OK",
                        () -> new RoutePolicy.GrpcStatuses(List.of(RoutePolicy.GrpcStatus.OK))),
                refused(
                        "grpc statuses must be ascending and unique",
                        () -> new RoutePolicy.GrpcStatuses(
                                List.of(RoutePolicy.GrpcStatus.UNAVAILABLE, RoutePolicy.GrpcStatus.UNAVAILABLE))),
                refused("retry budget percent must be 0 to 100, not 101", () -> new RoutePolicy.RetryBudget(101, 1)),
                refused("retry budget floor must be 0 to 1000000, not -1", () -> new RoutePolicy.RetryBudget(1, -1)),
                refused("buffer limits must not be negative", () -> new RoutePolicy.Buffering(true, true, -1, 0)),
                refused("buffer limits must not be negative", () -> new RoutePolicy.Buffering(true, true, 0, -1)),
                refused(
                        "allowed network must be a CIDR such as 10.0.0.0/8, not 10.0.0.0/33",
                        () -> new RoutePolicy.Clients(List.of("10.0.0.0/33"), List.of())),
                refused(
                        "denied network must be a CIDR such as 10.0.0.0/8, not shop/8",
                        () -> new RoutePolicy.Clients(List.of(), List.of("shop/8"))),
                refused("rate limit bucket must not be blank", () -> rateLimit("", 1, SECOND, 1)),
                refused("rate limit requests must be 1 to 1000000, not 0", () -> rateLimit("a", 0, SECOND, 1)),
                refused("rate limit burst must be 1 to 1000000, not 0", () -> rateLimit("a", 1, SECOND, 0)),
                refused(
                        "rate limit period must be longer than 0s and at most 24h, not PT-1S",
                        () -> rateLimit("a", 1, BACK, 1)),
                refused(
                        "realm must be printable ASCII without quotes and backslashes",
                        () -> new RoutePolicy.BasicAuth("a\"b", List.of())),
                refused(
                        "user name must not be blank",
                        () -> new RoutePolicy.BasicAuth.User("", new Redacted("{SHA}x"))),
                refused("fault delay must not be negative, not PT-1S", () -> new RoutePolicy.Fault(BACK, 1, 503, 1)),
                refused("fault status must be 400 to 599, not 200", () -> new RoutePolicy.Fault(SECOND, 1, 200, 1)),
                refused(
                        "fault delay percent must be 0 to 100, not 101",
                        () -> new RoutePolicy.Fault(SECOND, 101, 503, 1)),
                refused(
                        "fault abort percent must be 0 to 100, not -1",
                        () -> new RoutePolicy.Fault(SECOND, 1, 503, -1)),
                refused(
                        "error body status must be 400 to 599, not 200",
                        () -> new RoutePolicy.ErrorBody(200, "text/plain", "")),
                refused(
                        "error body contentType must be printable ASCII",
                        () -> new RoutePolicy.ErrorBody(503, "text/plain\r\nX: y", "")),
                refused(
                        "error bodies must be ascending and unique",
                        () -> new RoutePolicy.ErrorBodies(List.of(
                                new RoutePolicy.ErrorBody(503, "text/plain", ""),
                                new RoutePolicy.ErrorBody(502, "text/plain", "")))),
                refused("trusted hops must be 0 to 32, not 33", () -> new ProxySettings.TrustedProxies(33, List.of())),
                refused(
                        "head, handshake and keepAliveIdle must be positive",
                        () -> limits(Duration.ZERO, 8192, 32768, 200, 1)),
                refused("requestLineBytes must be 256 to 1048576, not 255", () -> limits(SECOND, 255, 32768, 200, 1)),
                refused("headBytes must be 1024 to 4194304, not 1023", () -> limits(SECOND, 8192, 1023, 200, 1)),
                refused("headFields must be 10 to 10000, not 9", () -> limits(SECOND, 8192, 32768, 9, 1)),
                refused("connections must be 1 to 10000000, not 0", () -> limits(SECOND, 8192, 32768, 200, 0)),
                refused("http2 streams must be 1 to 10000, not 0", () -> new Http2(true, 0, Duration.ZERO)),
                refused("http2 connectionAge must not be negative, not PT-1S", () -> new Http2(true, 1, BACK)));
    }

    static Stream<Arguments> upstreams() {
        return Stream.of(
                refused("upstream name must not be blank", () -> Upstream.http("", SOURCE)),
                refused("check interval and timeout must be positive", () -> check(Duration.ZERO, 1, 1)),
                refused("healthyAfter must be 1 to 100, not 0", () -> check(SECOND, 0, 1)),
                refused("unhealthyAfter must be 1 to 100, not 101", () -> check(SECOND, 1, 101)),
                refused(
                        "consecutiveFailures must be 0 to 1000000, not -1",
                        () -> new Upstream.OutlierDetection(-1, SECOND, 1)),
                refused("ejection must not be negative, not PT-1S", () -> new Upstream.OutlierDetection(1, BACK, 1)),
                refused(
                        "mostEjectedPercent must be 0 to 100, not 101",
                        () -> new Upstream.OutlierDetection(1, SECOND, 101)),
                refused("check path starts with '/'", () -> check("healthz", List.of())),
                refused("check path and host are visible ASCII", () -> check("/a\r\nX: y", List.of())),
                refused("check statuses must be 100 to 599, not 600", () -> check("/", List.of(200, 600))),
                refused("check statuses must be ascending and unique", () -> check("/", List.of(204, 200))),
                refused("consecutiveErrors must be 0 to 1000000, not -1", () -> outliers(-1, 0, SECOND, 0)),
                refused("consecutiveLocalFailures must be 0 to 1000000, not -1", () -> outliers(0, -1, SECOND, 0)),
                refused("longestEjection must not be below ejection", () -> outliers(0, 0, Duration.ZERO, 0)),
                refused("panicPercent must be 0 to 100, not 101", () -> outliers(0, 0, SECOND, 101)),
                refused(
                        "success rate interval must be 1 s or more",
                        () -> new Upstream.SuccessRate(Duration.ofMillis(999), 2, 1, 190)),
                refused("leastEndpoints must be 2 to 10000, not 1", () -> new Upstream.SuccessRate(SECOND, 1, 1, 190)),
                refused("leastRequests must be 1 to 1000000, not 0", () -> new Upstream.SuccessRate(SECOND, 2, 0, 190)),
                refused("factorPercent must be 50 to 1000, not 49", () -> new Upstream.SuccessRate(SECOND, 2, 1, 49)),
                refused("slow start window must be positive", () -> new Upstream.SlowStart(Duration.ZERO, 10)),
                refused("slow start leastPercent must be 1 to 100, not 0", () -> new Upstream.SlowStart(SECOND, 0)),
                refused("requests must be 0 to 10000000, not -1", () -> new Upstream.Limits(1, 1, -1, 0, 1, SECOND)),
                refused("retries must be 0 to 10000000, not -1", () -> new Upstream.Limits(1, 1, 0, -1, 1, SECOND)),
                refused(
                        "forZones must be sorted and unique: a follows b",
                        () -> new Endpoint(
                                "e",
                                "",
                                Optional.of("10.0.0.1"),
                                Optional.empty(),
                                1,
                                Optional.empty(),
                                List.of("b", "a"),
                                Endpoint.State.READY)),
                refused("connections must be 1 to 10000000, not 0", () -> new Upstream.Limits(0, 1, 1, SECOND)),
                refused("pending must be 0 to 10000000, not -1", () -> new Upstream.Limits(1, -1, 1, SECOND)),
                refused("idleConnections must be 0 to 1000000, not -1", () -> new Upstream.Limits(1, 1, -1, SECOND)),
                refused("keepAliveIdle must not be negative, not PT-1S", () -> new Upstream.Limits(1, 1, 1, BACK)),
                refused(
                        "serverName must not be blank",
                        () -> new Upstream.UpstreamTls("", Optional.empty(), List.of(), Optional.empty())),
                refused("session id must not be blank", () -> session("", "r", SECOND)),
                refused("keyRing must not be blank", () -> session("s", "", SECOND)),
                refused("unhealthyWait must not be negative, not PT-1S", () -> session("s", "r", BACK)),
                refused("cookie name must not be blank", () -> cookie("", "/")),
                refused("cookie path starts with '/'", () -> cookie("a", "x")),
                refused("session header name must not be blank", () -> new Token.Header("")),
                refused("hash name belongs to HEADER, COOKIE and QUERY", () -> new Token.Hash(HashOn.HEADER, "", 0)),
                refused(
                        "hash name belongs to HEADER, COOKIE and QUERY",
                        () -> new Token.Hash(HashOn.SOURCE_IP, "x", 0)),
                refused("boundPercent must be 0 or 100 to 1000", () -> new Token.Hash(HashOn.PATH, "", 99)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"parts", "filters", "matches", "policies", "upstreams"})
    void refusalNamesTheField(String message, Supplier<?> making) {
        assertThatIllegalArgumentException().isThrownBy(making::get).withMessage(message);
    }

    @Test
    void secretsDoNotPrint() {
        var key = new Redacted("geheim");

        assertThat(new Certificate("a", "chain", key).toString() + key("k1") + key)
                .doesNotContain("geheim");
    }

    @Test
    void listsAreCopiedOnEntry() {
        var endpoints = new ArrayList<>(List.of(endpoint("a", "10.0.0.1", 80)));
        var upstream = new UpstreamEndpoints("u", endpoints);

        endpoints.clear();

        assertThat(upstream.endpoints()).hasSize(1);
    }

    private static KeyRing.SessionKey key(String kid) {
        return new KeyRing.SessionKey(kid, new Redacted("geheim"));
    }

    private static Endpoint endpoint(String key, String address, int port) {
        return new Endpoint(
                key, "", Optional.of(address), Optional.empty(), port, Optional.empty(), Endpoint.State.READY);
    }

    private static Filter redirect(int status) {
        return new Filter.Redirect(Optional.empty(), Optional.empty(), OptionalInt.empty(), Optional.empty(), status);
    }

    private static WeightedUpstream share(int weight) {
        return new WeightedUpstream(Optional.of("u"), weight, List.of(), Optional.empty());
    }

    private static RoutePolicy.Timeouts timeouts(int negative) {
        var values = new Duration[] {SECOND, SECOND, SECOND, SECOND, SECOND, SECOND};
        values[negative] = BACK;
        return new RoutePolicy.Timeouts(values[0], values[1], values[2], values[3], values[4], values[5]);
    }

    private static RoutePolicy.RateLimit rateLimit(String bucket, int requests, Duration period, int burst) {
        return new RoutePolicy.RateLimit(bucket, requests, period, burst, RoutePolicy.RateLimit.Key.ROUTE);
    }

    private static RoutePolicy.Retry retry(int attempts, Duration backoff, Duration limit, Integer... statuses) {
        return new RoutePolicy.Retry(
                attempts, List.of(statuses), List.of(), backoff, limit, RoutePolicy.RetryBudget.STANDARD);
    }

    private static DownstreamLimits limits(Duration head, int line, int block, int fields, int connections) {
        return new DownstreamLimits(head, SECOND, SECOND, line, block, fields, connections);
    }

    private static Upstream.HealthCheck check(Duration interval, int healthy, int unhealthy) {
        return check("/", List.of(), interval, healthy, unhealthy);
    }

    private static Upstream.HealthCheck check(String path, List<Integer> statuses) {
        return check(path, statuses, SECOND, 1, 1);
    }

    private static Upstream.HealthCheck check(
            String path, List<Integer> statuses, Duration interval, int healthy, int unhealthy) {
        return new Upstream.HealthCheck(
                Upstream.HealthCheck.Kind.HTTP,
                path,
                Optional.empty(),
                statuses,
                "",
                interval,
                SECOND,
                healthy,
                unhealthy,
                false);
    }

    private static Upstream.OutlierDetection outliers(int errors, int local, Duration longest, int panic) {
        return new Upstream.OutlierDetection(errors, 5, local, SECOND, longest, 50, panic, Optional.empty());
    }

    private static StickySession session(String id, String ring, Duration wait) {
        return new StickySession(
                id,
                SOURCE,
                new Token.Header("x-session"),
                StickySession.Binding.POD_UID,
                ring,
                Optional.empty(),
                Optional.empty(),
                StickySession.Unhealthy.REBALANCE,
                wait,
                StickySession.Draining.KEEP,
                StickySession.EmptyPool.REPOOL,
                StickySession.ZeroWeight.MOVE,
                true,
                true);
    }

    private static Token cookie(String name, String path) {
        return new Token.Cookie(
                name,
                path,
                Optional.empty(),
                StickySession.Secure.AUTO,
                true,
                StickySession.SameSite.LAX,
                false,
                Optional.empty());
    }
}
