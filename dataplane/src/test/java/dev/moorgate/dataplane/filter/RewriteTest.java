package dev.moorgate.dataplane.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.PathRewrite;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Paths and redirects change as Gateway API says; the query stays. */
class RewriteTest {

    /** The rows of HTTPPathModifier.replacePrefixMatch, and what they leave open. */
    @ParameterizedTest(name = "{0}: prefix {1} by \"{2}\" -> {3}")
    @CsvSource(
            emptyValue = "",
            value = {
                "/foo/bar,   /foo,    /xyz,    /xyz/bar",
                "/foo/bar,   /foo,    /xyz/,   /xyz/bar",
                "/foo/bar,   /foo/,   /xyz,    /xyz/bar",
                "/foo/bar,   /foo/,   /xyz/,   /xyz/bar",
                "/foo,       /foo,    /xyz,    /xyz",
                "/foo/,      /foo,    /xyz,    /xyz/",
                "/foo/bar,   /foo,    '',      /bar",
                "/foo/,      /foo,    '',      /",
                "/foo,       /foo,    '',      /",
                "/foo/,      /foo,    /,       /",
                "/foo,       /foo,    /,       /",
                "/foo/bar,   /foo,    /,       /bar",
                "/foobar,    /foo,    /xyz,    /foobar",
                "/foo/bar,   /,       /xyz,    /xyz/foo/bar",
                "/foo/bar,   '',      /xyz,    /xyz/foo/bar",
                "/,          '',      /xyz,    /xyz/",
                "/foo/a%2Fb, /foo,    /xyz,    /xyz/a%2Fb",
                "/foo/bar,   /foo,    /a b?,   /a%20b%3F/bar",
            })
    void prefixesAreReplacedByElement(String path, String prefix, String replacement, String expected) {
        assertThat(rewritten(path, new PathRewrite.Prefix(prefix, replacement))).isEqualTo(expected);
        assertThat(rewritten(path + "?q=/foo&%20", new PathRewrite.Prefix(prefix, replacement)))
                .isEqualTo(expected + "?q=/foo&%20");
    }

    @ParameterizedTest(name = "{0}: {1} by {2} -> {3}")
    @CsvSource({
        "/svc/users/7, ^/svc/([^/]+)(/.*)?$,  /\\1\\2,          /users/7",
        "/x..x/y,      x,                     '',             /",
        "/a/x..x/y,    x,                     '',             /y",
        "/a/x.x/y,     x,                     '',             /a/y",
        "/a/x/y,       x,                     '',             /a/y",
        "/!2e!2e/y,    !,                     %,              /",
        "/a!2fb,       !,                     %,              /a%2Fb",
        "/svc/users,   ^/svc/([^/]+)(/.*)?$,  /$1/v2$2,         /users/v2",
        "/a/1/b/2,     [0-9],                 n,                /a/n/b/n",
        "/a,           ^/a$,                  b,                /b",
        "/a,           ^/a$,                  /$$1,             /$1",
        "/a,           ^/(a)$,                /${1}0,           /a0",
        "/a,           /nothing,              /x,               /a",
        "/a%2Fb,       ^/(..)(.*)$,           /$1/$2,           /a%25/2Fb",
        "/a,           ^/a$,                  /x?y=1#z,         /x%3Fy=1%23z",
        "/aaa,         x*,                    -,                /-/-a-a-a-",
    })
    void expressionsAreSubstituted(String path, String pattern, String substitution, String expected) {
        assertThat(rewritten(path, new PathRewrite.Regex(pattern, substitution)))
                .isEqualTo(expected);
    }

    @Test
    void aSubstitutionNamesOnlyGroupsThatThereAre() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PathEdit.of(new PathRewrite.Regex("/(a)", "/$2")))
                .withMessageContaining("group 2 of 1");
        assertThatIllegalArgumentException().isThrownBy(() -> PathEdit.of(new PathRewrite.Regex("(", "/")));
    }

    @Test
    void theShareRewritesWhatTheRouteHasRewritten() {
        RequestFilters filters = RequestFilters.of(
                List.of(rewrite(new PathRewrite.Prefix("/shop", "/cart"))),
                List.of(rewrite(new PathRewrite.Prefix("/cart", "/v2"))));

        assertThat(target(Heads.get("h", "/shop/1?a"), filters)).isEqualTo("/v2/1?a");
    }

    @Test
    void aFullPathKeepsTheQuery() {
        assertThat(rewritten("/any/thing?x=1", new PathRewrite.Full("/one"))).isEqualTo("/one?x=1");
    }

    /** Port rules of HTTPRequestRedirectFilter: given, else the given scheme's, else the listener's; 80 and 443 unsaid. */
    @ParameterizedTest(name = "{0}:{1} to {2} {3} {4} -> {5}")
    @CsvSource({
        "http,  80,   ,      ,    ,              http://shop.example/cart?x=1",
        "http,  8080, ,      ,    ,              http://shop.example:8080/cart?x=1",
        "https, 443,  ,      ,    ,              https://shop.example/cart?x=1",
        "https, 8443, ,      ,    ,              https://shop.example:8443/cart?x=1",
        "http,  8080, https, ,    ,              https://shop.example/cart?x=1",
        "https, 8443, http,  ,    ,              http://shop.example/cart?x=1",
        "http,  8080, HTTPS, 8443,,              https://shop.example:8443/cart?x=1",
        "http,  80,   ,      8083,,              http://shop.example:8083/cart?x=1",
        "https, 443,  ,      80,  ,              https://shop.example:80/cart?x=1",
        "http,  8080, ,      80,  ,              http://shop.example/cart?x=1",
        "http,  80,   https, 443, www.shop.io,   https://www.shop.io/cart?x=1",
    })
    void redirectsNameThePortThatClientsNeed(
            String scheme, int publicPort, String toScheme, Integer toPort, String toHost, String expected) {
        var redirect = new Filter.Redirect(
                Optional.ofNullable(toScheme),
                Optional.ofNullable(toHost),
                toPort == null ? OptionalInt.empty() : OptionalInt.of(toPort),
                Optional.empty(),
                302);

        Answer answer = RouteAnswers.of(List.of(redirect))
                .answer(Heads.get("Shop.example:9999", "/cart?x=1"), new Entrance(scheme, publicPort));

        assertThat(answer.status()).isEqualTo(302);
        assertThat(answer.fields()).extracting(Filter.HeaderField::value).containsExactly(expected);
    }

    @Test
    void redirectsRewriteThePath() {
        var redirect = new Filter.Redirect(
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.of(new PathRewrite.Prefix("/old", "/new")),
                308);

        Answer answer = RouteAnswers.of(List.of(redirect)).answer(Heads.get("h", "/old/a"), new Entrance("http", 80));

        assertThat(answer.fields().getFirst().value()).isEqualTo("http://h/new/a");
    }

    @Test
    void directResponsesAnswerAndNothingElseDoes() {
        var direct = new Filter.DirectResponse(418, "text/plain", "tea");

        Answer answer = RouteAnswers.of(List.of(direct)).answer(Heads.get("h", "/"), new Entrance("http", 80));

        assertThat(answer.status()).isEqualTo(418);
        assertThat(answer.body()).isEqualTo("tea");
        assertThat(RouteAnswers.of(List.of(direct)).isFinal()).isTrue();
        assertThat(RouteAnswers.of(List.of()).answer(Heads.get("h", "/"), new Entrance("http", 80)))
                .isNull();
    }

    private static Filter rewrite(PathRewrite path) {
        return new Filter.UrlRewrite(Optional.empty(), Optional.of(path));
    }

    private static String rewritten(String target, PathRewrite path) {
        return target(Heads.get("h", target), RequestFilters.of(List.of(rewrite(path)), List.of()));
    }

    private static String target(RequestHead head, RequestFilters filters) {
        HeadWriter out = new HeadWriter();
        filters.begin(head, out);
        return Heads.written(out).split(" ", -1)[1];
    }
}
