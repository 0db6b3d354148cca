package dev.moorgate.dataplane.route;

import static dev.moorgate.dataplane.Heads.get;
import static dev.moorgate.dataplane.Heads.request;
import static dev.moorgate.dataplane.route.Tables.decide;
import static dev.moorgate.dataplane.route.Tables.host;
import static dev.moorgate.dataplane.route.Tables.isolated;
import static dev.moorgate.dataplane.route.Tables.listener;
import static dev.moorgate.dataplane.route.Tables.route;
import static dev.moorgate.dataplane.route.Tables.router;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RouteMatch.GrpcMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The most specific host that covers a request is asked first; in it the first route in order that matches wins. */
class RouterTest {
    private static final HostPattern SHOP = HostPattern.exact("shop.example.com");

    @ParameterizedTest(name = "{0}: {1} -> {2}")
    @CsvSource({
        "exact before wildcards,                    shop.example.com,     exact",
        "one label before many of the same suffix,  blog.example.com,     one label",
        "many labels where there are many,          a.b.example.com,      many labels",
        "the longer suffix first,                   x.y.deep.example.com, deep",
        "one label of the longer suffix,            x.deep.example.com,   deep",
        "the bare suffix is not covered,            example.com,          any",
        "a suffix ends at a dot,                    badexample.com,       any",
        "an address,                                127.0.0.1,            any",
        "an IPv6 address,                           [::1],                any",
        "upper case and a port,                     SHOP.Example.com:80,  exact",
    })
    void hostsAreFoundByPrecedence(String law, String host, String expected) {
        Router<String> router = router(listener(
                host(SHOP, route("exact", PathMatch.ALL)),
                host(HostPattern.oneLabel("*.example.com"), route("one label", PathMatch.ALL)),
                host(HostPattern.wildcard("*.example.com"), route("many labels", PathMatch.ALL)),
                host(HostPattern.wildcard("*.deep.example.com"), route("deep", PathMatch.ALL)),
                host(HostPattern.ANY, route("any", PathMatch.ALL))));

        assertThat(decide(router, get(host, "/"))).as(law).isEqualTo(expected);
    }

    @Test
    void anUnmatchedHostFallsThroughToTheNextUnlessItIsIsolated() {
        Router<String> router = router(listener(
                host(SHOP, route("cart", PathMatch.prefix("/cart"))),
                isolated(HostPattern.oneLabel("*.example.com"), route("blog", PathMatch.prefix("/blog"))),
                host(HostPattern.ANY, route("any", PathMatch.ALL))));

        assertThat(decide(router, get("shop.example.com", "/cart"))).isEqualTo("cart");
        assertThat(decide(router, get("shop.example.com", "/blog"))).isEqualTo("blog");
        assertThat(decide(router, get("shop.example.com", "/other"))).isEqualTo("no route");
        assertThat(decide(router, get("elsewhere.org", "/other"))).isEqualTo("any");
    }

    @Test
    void aHostThatNothingCoversIsToldApartFromAPathThatNothingTakes() {
        Router<String> router = router(listener(host(SHOP, route("cart", PathMatch.exact("/cart")))));

        assertThat(decide(router, get("elsewhere.org", "/cart"))).isEqualTo("no host");
        assertThat(decide(router, get("shop.example.com", "/"))).isEqualTo("no route");
    }

    @ParameterizedTest(name = "{0} of {1}: {2} -> {3}")
    @CsvSource({
        "PREFIX, /foo,       /foo,         true",
        "PREFIX, /foo,       /foo/,        true",
        "PREFIX, /foo,       /foo/bar,     true",
        "PREFIX, /foo,       /foobar,      false",
        "PREFIX, /foo,       /Foo,         false",
        "PREFIX, /foo,       /fo,          false",
        "PREFIX, /foo,       /foo?x=/bar,  true",
        "PREFIX, /aaa/bbb,   /aaa/bbb,     true",
        "PREFIX, /aaa/bbb,   /aaa/bbbxyz,  false",
        "PREFIX, /aaa/bbb,   /aaa,         false",
        "PREFIX, /a%2Fb,     /a%2fb/c,     true",
        "PREFIX, /a%2Fb,     /a/b,         false",
        "EXACT,  /foo,       /foo,         true",
        "EXACT,  /foo,       /foo/,        false",
        "EXACT,  /foo/,      /foo/,        true",
        "EXACT,  /foo/,      /foo,         false",
        "EXACT,  /foo,       /x/../foo,    true",
        "EXACT,  /,          /,            true",
        "EXACT,  /,          /foo,         false",
        "REGEX,  /v[0-9]+,   /v12,         true",
        "REGEX,  /v[0-9]+,   /v12/x,       false",
        "REGEX,  /api/(a|b), /api/b,       true",
        "REGEX,  /a/b/c.*,   /a/b/cd/e,    true",
        "REGEX,  .*\\.png,   /img/a.png,   true",
        "REGEX,  /a/?,       /a,           true",
        "REGEX,  /a/b*/c,    /a//c,        true",
        "REGEX,  (?i)/ABC,   /abc,         true",
    })
    void pathsMatchByTheirKind(PathMatch.Kind kind, String value, String target, boolean matches) {
        Router<String> router = router(listener(host(HostPattern.ANY, route("it", new PathMatch(kind, value)))));
        boolean collapses = target.contains("//");

        assertThat(decide(router, get("h", target))).isEqualTo(matches && !collapses ? "it" : "no route");
    }

    @Test
    void theFirstInOrderWinsWhateverItsKind() {
        Router<String> router = router(listener(host(
                HostPattern.ANY,
                route("regex", PathMatch.regex("/a/b[0-9]")),
                route("short prefix", PathMatch.prefix("/a")),
                route("exact", PathMatch.exact("/a/b1")),
                route("long prefix", PathMatch.prefix("/a/c")),
                route("rest", PathMatch.ALL),
                route("never", PathMatch.exact("/z")))));

        assertThat(decide(router, get("h", "/a/b1"))).isEqualTo("regex");
        assertThat(decide(router, get("h", "/a/c"))).isEqualTo("short prefix");
        assertThat(decide(router, get("h", "/z"))).isEqualTo("rest");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "exact                        | x-a | EXACT   | 1    | X-A: 1           | true",
                "case of the value counts     | x-a | EXACT   | v    | X-A: V           | false",
                "two fields are one list      | x-a | EXACT   | 1, 2 | X-A: 1~x-a: 2    | true",
                "the first alone is not all   | x-a | EXACT   | 1    | X-A: 1~x-a: 2    | false",
                "absent                       | x-a | PRESENT |      | X-B: 1           | false",
                "present and empty            | x-a | PRESENT |      | X-A:             | true",
                "regex on the whole value     | x-a | REGEX   | a+   | X-A: aaa         | true",
                "regex is anchored            | x-a | REGEX   | a+   | X-A: baa         | false",
                "a name that has a number     | accept | REGEX | .*html.* | Accept: text/html | true",
                "what is not forwarded        | upgrade | EXACT | h2c | Upgrade: h2c     | true",
            })
    void headersMatch(String law, String name, FieldMatch.Kind kind, String value, String fields, boolean matches) {
        FieldMatch match = new FieldMatch(name, kind, value == null ? "" : value);
        Router<String> router =
                router(listener(host(HostPattern.ANY, route("it", Tables.headers(PathMatch.ALL, match)))));

        assertThat(decide(router, get("h", "/", fields.split("~")))).as(law).isEqualTo(matches ? "it" : "no route");
    }

    @Test
    void valuesBeyondAsciiAreComparedAsUtf8() {
        Router<String> router = router(listener(host(
                HostPattern.ANY,
                route("exact", Tables.headers(PathMatch.ALL, FieldMatch.exact("x-city", "Köln"))),
                route("regex", Tables.cookies(FieldMatch.regex("city", "K.ln"))),
                route("query", Tables.query(FieldMatch.exact("city", "Köln"))))));

        assertThat(decide(router, get("h", "/", "X-City: K\u00c3\u00b6ln"))).isEqualTo("exact");
        assertThat(decide(router, get("h", "/", "Cookie: a=b; city=K\u00c3\u00b6ln")))
                .isEqualTo("regex");
        assertThat(decide(router, get("h", "/?city=K%C3%B6ln"))).isEqualTo("query");
    }

    @ParameterizedTest(name = "query {0} -> {1}")
    @CsvSource({
        "/?a=1,       true",
        "/?b=2&a=1,   true",
        "/?%61=%31,   true",
        "/?a=1&a=2,   true",
        "/?a=2&a=1,   false",
        "/?a=12,      false",
        "/?aa=1,      false",
        "/,           false",
    })
    void theFirstQueryParameterOfANameCounts(String target, boolean matches) {
        Router<String> router =
                router(listener(host(HostPattern.ANY, route("it", Tables.query(FieldMatch.exact("a", "1"))))));

        assertThat(decide(router, get("h", target))).isEqualTo(matches ? "it" : "no route");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "POST,     /,      write",
        "PUT,      /,      write",
        "GET,      /,      rest",
        "PROPFIND, /,      odd",
        "post,     /,      rest",
    })
    void methodsMatchByName(String method, String target, String expected) {
        Router<String> router = router(listener(host(
                HostPattern.ANY,
                route("write", Tables.methods(PathMatch.ALL, "POST", "PUT")),
                route("odd", Tables.methods(PathMatch.ALL, "PROPFIND")),
                route("rest", PathMatch.ALL))));

        assertThat(decide(router, request(method, "h", target))).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource({
        "/shop.Cart/Add,     both",
        "/shop.Cart/Remove,  service",
        "/shop.Cart/x/y,     no route",
        "/other.Cart/List,   method",
        "/v2.Orders/Get,     regex",
        "/v2.Orders/Drop,    no route",
        "/shop.Cart,         no route",
    })
    void grpcCallsMatchByServiceAndMethod(String target, String expected) {
        Router<String> router = router(listener(host(
                HostPattern.ANY,
                route("both", grpc("shop.Cart", "Add", false)),
                route("service", grpc("shop.Cart", null, false)),
                route("method", grpc(null, "List", false)),
                route("regex", grpc("v[0-9]\\.Orders", "G.*", true)))));

        assertThat(decide(router, request("POST", "h", target))).isEqualTo(expected);
    }

    private static RouteMatch grpc(String service, String method, boolean regex) {
        return Tables.grpc(new GrpcMatch(Optional.ofNullable(service), Optional.ofNullable(method), regex));
    }

    @Test
    void anExpressionThatRe2RefusesIsNamedWithItsRoute() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> router(listener(host(HostPattern.ANY, route("r7", PathMatch.regex("/a(?=b)"))))))
                .withMessageContaining("route r7");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> router(
                        listener(host(HostPattern.ANY, route("r8", PathMatch.regex("/((a{1,100}){1,10}){1,10}"))))))
                .withMessageContaining("route r8");
    }

    @Test
    void anExpressionThatBacktracksElsewhereCostsLinearTime() {
        Router<String> router =
                router(listener(host(HostPattern.ANY, route("it", PathMatch.regex("/(a+)+(a|aa)+(.*a){20}b")))));
        String path = "/" + "a".repeat(7_000);

        long start = System.nanoTime();
        String decision = decide(router, get("h", path));

        assertThat(decision).isEqualTo("no route");
        assertThat(System.nanoTime() - start).isLessThan(60_000_000_000L);
    }

    @Test
    void explanationTellsWhyEachCandidateLost() {
        Router<String> router = router(listener(
                host(
                        SHOP,
                        route(
                                "canary",
                                Tables.headers(PathMatch.prefix("/cart"), FieldMatch.exact("x-canary", "always"))),
                        route("cart", PathMatch.prefix("/cart")),
                        route("all", PathMatch.ALL),
                        route("other", PathMatch.exact("/other"))),
                host(HostPattern.ANY, route("any", PathMatch.ALL))));

        RouteExplanation explanation = router.explain(get("shop.example.com", "/cart/1"));

        assertThat(explanation.hosts()).containsExactly(SHOP);
        assertThat(explanation.winner().orElseThrow().name()).isEqualTo("cart");
        assertThat(explanation.candidates())
                .extracting(
                        candidate -> candidate.route().name() + " " + candidate.verdict() + " " + candidate.failed())
                .containsExactly(
                        "canary MISMATCH header x-canary = always",
                        "cart WINS ",
                        "all COMES_LATER ",
                        "any HOST_NOT_ASKED ");
    }
}
