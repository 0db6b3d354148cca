package dev.moorgate.dataplane.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** One normal form of a path for route choice and for the endpoint (A22). */
class RequestTargetTest {
    static final List<Arguments> PATHS = List.of(
            path("as it is", "/a/b.c/d-e_f~g", "/a/b.c/d-e_f~g"),
            path("root", "/", "/"),
            path("sub-delimiters stay", "/a!$&'()*+,;=:@b", "/a!$&'()*+,;=:@b"),
            path("parameters stay", "/a;x=1/b;y", "/a;x=1/b;y"),
            path("what browsers leave raw stays", "/a|b^c{d}\"e<f>`", "/a|b^c{d}\"e<f>`"),
            path("unreserved is decoded", "/%61%2D%2e%5F%7e%7A%30", "/a-._~z0"),
            path("digits in upper case", "/%c3%a9%2b", "/%C3%A9%2B"),
            path("escaped slash stays data", "/a%2fb", "/a%2Fb"),
            path("escaped backslash stays data", "/a%5cb", "/a%5Cb"),
            path("escaped slash is no segment end", "/a/..%2fb", "/a/..%2Fb"),
            path("one decoding only", "/%252e%252e/%2561", "/%252e%252e/%2561"),
            path("overlong UTF-8 stays escaped", "/%c0%ae%C0%af", "/%C0%AE%C0%AF"),
            path("escaped controls stay escaped", "/%0d%0aX:%20y%7f", "/%0D%0AX:%20y%7F"),
            path("escaped question mark and hash stay", "/%3f%23", "/%3F%23"),
            path("slashes merge", "//a///b//", "/a/b/"),
            path("one dot", "/a/./b", "/a/b"),
            path("one dot at the end", "/a/.", "/a/"),
            path("only one dot", "/.", "/"),
            path("two dots", "/a/b/../c", "/a/c"),
            path("two dots at the end", "/a/b/..", "/a/"),
            path("two dots to the root", "/a/..", "/"),
            path("escaped dots", "/a/%2e/b/%2E%2e/c", "/a/c"),
            path("half escaped dots", "/a/b/.%2e/c", "/a/c"),
            path("merge before dots", "/a//../b", "/b"),
            path("three dots are a name", "/.../..a/.b/a..", "/.../..a/.b/a.."),
            path("well-known", "/.well-known/x", "/.well-known/x"),
            path("no scheme-relative target", "//evil.example/x", "/evil.example/x"));

    @ParameterizedTest
    @FieldSource("PATHS")
    void isBroughtToNormalFormOnce(String raw, String normal) {
        RequestHead head = get(raw + "?q=/../%2e");

        assertThat(head.path()).isEqualTo(normal);
        assertThat(head.query()).isEqualTo("q=/../%2e");
        assertThat(Feed.forwarded(head)).startsWith("GET " + normal + "?q=/../%2e HTTP/1.1\r\n");
        assertThat(get(normal).path()).isEqualTo(normal);
    }

    static final List<Arguments> TARGETS = List.of(
            target("origin", "GET /a?b", "/a", "b", "GET /a?b HTTP/1.1\r\nHost: Other:1\r\n\r\n", "other"),
            target("empty query", "GET /a?", "/a", "", "GET /a? HTTP/1.1\r\nHost: Other:1\r\n\r\n", "other"),
            target(
                    "query of question marks",
                    "GET /a??b?",
                    "/a",
                    "?b?",
                    "GET /a??b? HTTP/1.1\r\nHost: Other:1\r\n\r\n",
                    "other"),
            target("asterisk", "OPTIONS *", "*", null, "OPTIONS * HTTP/1.1\r\nHost: Other:1\r\n\r\n", "other"),
            target(
                    "absolute",
                    "GET http://Shop.Example/a/../b?c",
                    "/b",
                    "c",
                    "GET /b?c HTTP/1.1\r\nHost: Shop.Example\r\n\r\n",
                    "shop.example"),
            target(
                    "absolute without path",
                    "GET HTTPS://h:8443",
                    "/",
                    null,
                    "GET / HTTP/1.1\r\nHost: h:8443\r\n\r\n",
                    "h"),
            target(
                    "absolute with only a query",
                    "GET http://h?x",
                    "/",
                    "x",
                    "GET /?x HTTP/1.1\r\nHost: h\r\n\r\n",
                    "h"),
            target("absolute asterisk", "OPTIONS http://h", "*", null, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "h"),
            target(
                    "absolute with an IPv6 host",
                    "GET http://[::1]:81/",
                    "/",
                    null,
                    "GET / HTTP/1.1\r\nHost: [::1]:81\r\n\r\n",
                    "[::1]"));

    @ParameterizedTest
    @FieldSource("TARGETS")
    void isTakenApartAndTheTargetsAuthorityWins(
            String start, String path, String query, String forwarded, String host) {
        RequestHead head = Feed.request(start + " HTTP/1.1\r\nHost: Other:1\r\n\r\n");

        assertThat(head.path()).isEqualTo(path);
        assertThat(head.query()).isEqualTo(query);
        assertThat(head.host()).isEqualTo(host);
        assertThat(Feed.forwarded(head)).isEqualTo(forwarded);
    }

    @Test
    void aFilterThatWritesItsOwnHostWinsOverAnAbsoluteTarget() {
        RequestHead head = Feed.request("GET http://h/ HTTP/1.1\r\nHost: x\r\n\r\n");

        head.drop(head.hostField());

        assertThat(Feed.forwarded(head)).isEqualTo("GET / HTTP/1.1\r\n\r\n");
    }

    static final List<Arguments> HOSTS = List.of(
            host("upper case", "Shop.EXAMPLE", "shop.example", -1),
            host("port", "h:8080", "h", 8080),
            host("padded port", "h:00080", "h", 80),
            host("trailing dot", "h.example.", "h.example", -1),
            host("trailing dot and port", "h.example.:1", "h.example", 1),
            host("underscore", "my_host.example", "my_host.example", -1),
            host("IPv4", "192.0.2.1:80", "192.0.2.1", 80),
            host("IPv6", "[2001:DB8::1]", "[2001:db8::1]", -1),
            host("IPv6 and port", "[::]:443", "[::]", 443),
            host("IPv6, all groups", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]", -1),
            host("IPv6, gap at the end", "[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7::]", -1),
            host("IPv6 with IPv4", "[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.1]", 1),
            host("one label of 63", "a".repeat(63), "a".repeat(63), -1));

    @ParameterizedTest
    @FieldSource("HOSTS")
    void aHostIsLowerCaseWithoutPortAndTrailingDot(String value, String host, int port) {
        RequestHead head = Feed.request("GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n");

        assertThat(head.host()).isEqualTo(host);
        assertThat(head.port()).isEqualTo(port);
        assertThat(head.authority()).isEqualTo(value);
    }

    @Test
    void normalFormsAreFixedPointsAndHideNoDotSegment() {
        Random random = new Random(22);
        String[] pieces = {
            "/", "/", "//", ".", "..", "%2e", "%2E", "a", "b", ";", "%2f", "%5C", "%25", "%41", "%c0%ae", "?"
        };
        int good = 0;
        for (int round = 0; round < 30_000; round++) {
            StringBuilder raw = new StringBuilder("/");
            for (int i = random.nextInt(12); i > 0; i--) {
                raw.append(pieces[random.nextInt(pieces.length - 1)]);
            }
            String text = "GET " + raw + " HTTP/1.1\r\nHost: h\r\n\r\n";
            if (Feed.requestError(text) == null) {
                String normal = get(raw.toString()).path();
                assertThat(get(normal).path()).as("%s", raw).isEqualTo(normal);
                assertThat(normal).as("%s", raw).startsWith("/").doesNotContain("//");
                assertThat(normal + "/").as("%s", raw).doesNotContain("/./", "/../");
                good++;
            }
        }
        assertThat(good).isGreaterThan(10_000);
    }

    @Test
    void aReusedHeadForgetsTheRequestBefore() {
        RequestHead head = new RequestHead();
        for (int round = 0; round < 3; round++) {
            for (String path : List.of("/a", "/b", "/a", "/a/../c", "/c", "/%63")) {
                var in = io.netty.buffer.Unpooled.wrappedBuffer(Feed.latin(
                        "GET " + path + (round == 1 ? "?q" : "") + " HTTP/1.1\r\nHost: h" + round + "\r\n\r\n"));
                assertThat(head.parse(in, HeadLimits.STANDARD)).isEqualTo(Progress.COMPLETE);
                assertThat(head.path()).isEqualTo(get(path).path());
                assertThat(head.query()).isEqualTo(round == 1 ? "q" : null);
                assertThat(head.host()).isEqualTo("h" + round);
                assertThat(head.fieldCount()).isEqualTo(1);
            }
        }
    }

    private static RequestHead get(String target) {
        return Feed.request("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }

    private static Arguments path(String row, String raw, String normal) {
        return argumentSet(row, raw, normal);
    }

    private static Arguments target(
            String row,
            String start,
            String path,
            @org.jspecify.annotations.Nullable String query,
            String out,
            String host) {
        return argumentSet(row, start, path, query, out, host);
    }

    private static Arguments host(String row, String value, String host, int port) {
        return argumentSet(row, value, host, port);
    }
}
