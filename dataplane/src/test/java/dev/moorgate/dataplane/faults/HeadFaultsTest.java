package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.failure.ProxyFailure;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** A11 to A22: a head that two readers might read in two ways is answered by the proxy and seen by nobody else. */
@SuppressWarnings("StringConcatToTextBlock") // the line ends are what is sent
class HeadFaultsTest {
    private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: evil.example\r\n\r\n";

    static final List<Arguments> REFUSED = List.of(
            field("A11 folded by a space", "A: b\r\n c", "obs_fold"),
            field("A11 folded by a tab", "A: b\r\n\tc", "obs_fold"),
            field("A11 folded to nothing", "A: b\r\n ", "obs_fold"),
            field("A11 a field folded away", "A: b\r\n Content-Length: 40", "obs_fold"),
            request("A11 before the first field", "GET /bad HTTP/1.1\r\n Host: a\r\n\r\n", "obs_fold"),
            request("A12 behind the request line", "GET /bad HTTP/1.1\nHost: a\r\n\r\n", "bare_lf"),
            field("A12 behind a field", "A: b\nC: d", "bare_lf"),
            request("A12 everywhere", "GET /bad HTTP/1.1\nHost: a\n\n", "bare_lf"),
            request("A12 in the end", "GET /bad HTTP/1.1\r\nHost: a\n\n" + HIDDEN, "bare_lf"),
            request("A12 as the empty line", "GET /bad HTTP/1.1\r\nHost: a\r\n\n" + HIDDEN, "bare_lf"),
            request("A13 in the target", "GET /ba\rd HTTP/1.1\r\nHost: a\r\n\r\n", "bare_cr"),
            request("A13 behind the version", "GET /bad HTTP/1.1\rHost: a\r\n\r\n", "bare_cr"),
            field("A13 in a value", "A: b\rc", "bare_cr"),
            field("A13 in a name", "A\rB: c", "bare_cr"),
            field("A13 twice before LF", "A: b\r", "bare_cr"),
            field("A13 hides a field", "A: b\rContent-Length: 40", "bare_cr"),
            field("A14 NUL in a value", "A: b\0c", "control_character"),
            field("A14 NUL in a name", "A\0B: c", "control_character"),
            field("A14 DEL in a value", "A: b\u007fc", "control_character"),
            field("A14 VT in a value", "A: b\u000bc", "control_character"),
            field("A14 ESC in a value", "A: \u001b[31mred", "control_character"),
            request("A14 NUL in the target", "GET /b\0ad HTTP/1.1\r\nHost: a\r\n\r\n", "control_character"),
            request("A14 NUL in the method", "G\0ET /bad HTTP/1.1\r\nHost: a\r\n\r\n", "control_character"),
            field("A15 space before the colon", "A : b", "space_before_colon"),
            field("A15 tab before the colon", "A\t: b", "space_before_colon"),
            field("A15 name with a space", "A B: c", "space_before_colon"),
            field("A15 no colon", "Abc", "missing_colon"),
            field("A15 empty name", ": b", "bad_field_name"),
            field("A15 name outside ASCII", "\u00c4: b", "bad_field_name"),
            field("A15 parenthesis in a name", "A(B): c", "bad_field_name"),
            request("A15 the host's colon", "GET /bad HTTP/1.1\r\nHost : a\r\n\r\n", "space_before_colon"),
            request("A16 space first", " GET /bad HTTP/1.1\r\nHost: a\r\n\r\n", "bad_method"),
            request("A16 tab first", "\tGET /bad HTTP/1.1\r\nHost: a\r\n\r\n", "bad_method"),
            request("A16 NUL first", "\0GET /bad HTTP/1.1\r\nHost: a\r\n\r\n", "control_character"),
            request("A16 SOH first", "\u0001GET /bad HTTP/1.1\r\nHost: a\r\n\r\n", "control_character"),
            request("A16 byte order mark", "\u00ef\u00bb\u00bfGET /bad HTTP/1.1\r\nHost: a\r\n\r\n", "bad_method"),
            request(
                    "A16 five empty lines",
                    "\r\n\r\n\r\n\r\n\r\nGET /bad HTTP/1.1\r\nHost: a\r\n\r\n",
                    "bad_request_line"),
            request("A16 LF first", "\nGET /bad HTTP/1.1\r\nHost: a\r\n\r\n", "bare_lf"),
            request(
                    "A16 a TLS hello",
                    "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003",
                    "control_character"),
            request("A17 two spaces", "GET  /bad HTTP/1.1\r\nHost: a\r\n\r\n", "bad_request_line"),
            request("A17 two spaces at the version", "GET /bad  HTTP/1.1\r\nHost: a\r\n\r\n", "bad_version"),
            request("A17 space at the end", "GET /bad HTTP/1.1 \r\nHost: a\r\n\r\n", "bad_version"),
            request("A17 tabs", "GET\t/bad\tHTTP/1.1\r\nHost: a\r\n\r\n", "bad_method"),
            request("A17 no version", "GET /bad\r\nHost: a\r\n\r\n", "bad_request_line"),
            request("A17 no version and no field", "GET /bad\r\n\r\n", "bad_request_line"),
            request("A17 lower case", "GET /bad http/1.1\r\nHost: a\r\n\r\n", "bad_version"),
            request("A17 1.10", "GET /bad HTTP/1.10\r\nHost: a\r\n\r\n", "bad_version"),
            request("A17 1.2", "GET /bad HTTP/1.2\r\nHost: a\r\n\r\n", "bad_version"),
            request("A17 no minor version", "GET /bad HTTP/3\r\nHost: a\r\n\r\n", "bad_version"),
            request("A17 another protocol", "GET /bad ICAP/1.1\r\nHost: a\r\n\r\n", "bad_version"),
            request("A17 a request in the target", "GET /bad HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n", "bad_version"),
            version("A17 0.9", "0.9"),
            version("A17 2.0", "2.0"),
            version("A17 3.0", "3.0"),
            request("A18 brace", "G{T /bad HTTP/1.1\r\nHost: a\r\n\r\n", "bad_method"),
            request("A18 colon", "GET: /bad HTTP/1.1\r\nHost: a\r\n\r\n", "bad_method"),
            request("A18 outside ASCII", "G\u00c4T /bad HTTP/1.1\r\nHost: a\r\n\r\n", "bad_method"),
            tooLong("A18 33 bytes", 33),
            tooLong("A18 20 kB", 20_000),
            argumentSet(
                    "A18 CONNECT",
                    "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n" + HIDDEN,
                    405,
                    ProxyFailure.METHOD_NOT_ALLOWED,
                    "method_refused"),
            argumentSet(
                    "A18 TRACE",
                    "TRACE /bad HTTP/1.1\r\nHost: a\r\nCookie: secret\r\n\r\n",
                    405,
                    ProxyFailure.METHOD_NOT_ALLOWED,
                    "method_refused"),
            request("A19 missing", "GET /bad HTTP/1.1\r\nA: b\r\n\r\n", "missing_host"),
            request("A19 twice", "GET /bad HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "duplicate_host"),
            request("A19 twice, different", "GET /bad HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", "duplicate_host"),
            host("A19 empty", ""),
            host("A19 list", "a, b"),
            host("A19 space", "a b"),
            host("A19 user information", "user@a"),
            host("A19 user and password", "user:pass@a"),
            host("A19 path", "a/b"),
            host("A19 query", "a?b"),
            host("A19 fragment", "a#b"),
            host("A19 quote", "a\"b"),
            host("A19 outside ASCII", "\u00e4"),
            host("A19 escape", "%61"),
            host("A19 port of letters", "a:http"),
            host("A19 empty port", "a:"),
            host("A19 port 0", "a:0"),
            host("A19 port 65536", "a:65536"),
            host("A19 junk behind the port", "a:80x"),
            host("A19 two ports", "a:80:81"),
            host("A19 open bracket", "[::1"),
            host("A19 zone", "[fe80::1%25eth0]"),
            target("A20 user information", "http://u:p@a/bad", "user_in_target"),
            target("A20 foreign scheme", "ftp://a/bad", "foreign_scheme"),
            target("A20 file scheme", "file:///etc/passwd", "foreign_scheme"),
            target("A20 no host", "http:///bad", "bad_host"),
            target("A20 bad host", "http://a..b/bad", "bad_host"),
            target("A20 authority form", "a:80", "bad_target"),
            target("A20 asterisk with GET", "*", "bad_target"),
            target("A21 fragment", "/bad#x", "fragment_in_target"),
            target("A21 fragment behind the query", "/bad?a#x", "fragment_in_target"),
            target("A21 DEL", "/bad\u007f", "control_character"),
            target("A21 control", "/bad\u0001", "control_character"),
            target("A21 outside ASCII", "/b\u00e4d", "bad_target"),
            target("A21 outside ASCII in the query", "/bad?\u00e4", "bad_target"),
            target("A21 backslash", "/a\\bad", "bad_target"),
            target("A22 above the root", "/../bad", "path_above_root"),
            target("A22 above the root, escaped", "/%2e%2e/bad", "path_above_root"),
            target("A22 above the root, in the end", "/a/../..", "path_above_root"),
            target("A22 above the root behind slashes", "//../bad", "path_above_root"),
            target("A22 dot segment with a parameter", "/a/..;/bad", "path_above_root"),
            target("A22 NUL", "/bad%00.html", "bad_escape"),
            target("A22 lone percent", "/bad%", "bad_escape"),
            target("A22 half an escape", "/bad%2", "bad_escape"),
            target("A22 no digits", "/bad%zz", "bad_escape"),
            target("A22 percent u", "/%u002e%u002e/bad", "bad_escape"),
            argumentSet(
                    "limit: request line",
                    "GET /" + "a".repeat(8 << 10) + " HTTP/1.1\r\nHost: a\r\n\r\n",
                    414,
                    ProxyFailure.TARGET_TOO_LONG,
                    "target_too_long"),
            tooLarge("limit: head", "A: " + "b".repeat(33 << 10), "head_too_large"),
            tooLarge("limit: many small fields", "A: b\r\n".repeat(199) + "A: b", "too_many_fields"));

    private static Arguments request(String row, String head, String detail) {
        return argumentSet(row, head, 400, ProxyFailure.MALFORMED_REQUEST, detail);
    }

    private static Arguments field(String row, String field, String detail) {
        return request(row, "GET /bad HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n" + HIDDEN, detail);
    }

    private static Arguments host(String row, String host) {
        return request(row, "GET /bad HTTP/1.1\r\nHost: " + host + "\r\n\r\n" + HIDDEN, "bad_host");
    }

    private static Arguments target(String row, String target, String detail) {
        return request(row, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n" + HIDDEN, detail);
    }

    private static Arguments version(String row, String version) {
        return argumentSet(
                row,
                "GET /bad HTTP/" + version + "\r\nHost: a\r\n\r\n",
                505,
                ProxyFailure.UNSUPPORTED_VERSION,
                "unsupported_version");
    }

    private static Arguments tooLong(String row, int size) {
        return argumentSet(
                row,
                "M".repeat(size) + " /bad HTTP/1.1\r\nHost: a\r\n\r\n",
                501,
                ProxyFailure.NOT_IMPLEMENTED,
                "method_too_long");
    }

    private static Arguments tooLarge(String row, String fields, String detail) {
        return argumentSet(
                row,
                "GET /bad HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n",
                431,
                ProxyFailure.HEAD_TOO_LARGE,
                detail);
    }

    @ParameterizedTest
    @FieldSource("REFUSED")
    void aDoubtfulHeadIsRefusedAndNothingGoesOn(String hostile, int status, ProxyFailure reason, String detail) {
        try (var attack = new Attack()) {
            attack.refuses(hostile, status, reason, detail);
        }
    }

    static final List<Arguments> PASSED = List.of(
            argumentSet(
                    "A16 four empty lines",
                    "\r\n\r\n\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /a HTTP/1.1\r\n"),
            argumentSet("A18 unknown method", "BREW /a HTTP/1.1\r\nHost: a\r\n\r\n", "BREW /a HTTP/1.1\r\n"),
            argumentSet("A18 lower case", "get /a HTTP/1.1\r\nHost: a\r\n\r\n", "get /a HTTP/1.1\r\n"),
            argumentSet("A18 32 bytes", "M".repeat(32) + " /a HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(32) + " /a "),
            argumentSet(
                    "A20 the target's host wins",
                    "GET http://right.example:81/a?b HTTP/1.1\r\nHost: wrong.example\r\n\r\n",
                    "GET /a?b HTTP/1.1\r\n"),
            argumentSet(
                    "A20 the target's host wins over a nominated one",
                    "GET http://right.example/a HTTP/1.1\r\nConnection: Host\r\nHost: wrong.example\r\n\r\n",
                    "GET /a HTTP/1.1\r\n"),
            argumentSet("A22 dot segments", "GET /a/./b/../c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a/c HTTP/1.1\r\n"),
            argumentSet("A22 escaped dots", "GET /a/%2e%2E/c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /c HTTP/1.1\r\n"),
            argumentSet("A22 slashes", "GET //a///c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a/c HTTP/1.1\r\n"),
            argumentSet(
                    "A22 escaped slashes are data",
                    "GET /a%2f..%5c..%5Cc HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /a%2F..%5C..%5Cc HTTP/1.1\r\n"),
            argumentSet(
                    "A22 decoded once",
                    "GET /a/%252e%252e/%61 HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /a/%252e%252e/a HTTP/1.1\r\n"),
            argumentSet(
                    "A22 overlong UTF-8 is data",
                    "GET /a/%c0%ae%c0%ae/c HTTP/1.1\r\nHost: a\r\n\r\n",
                    "GET /a/%C0%AE%C0%AE/c HTTP/1.1\r\n"),
            argumentSet("A22 parameters", "GET /a;x=1/c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a;x=1/c HTTP/1.1\r\n"));

    @ParameterizedTest
    @FieldSource("PASSED")
    void whatIsOnlyUnusualGoesOnInOneForm(String head, String arrives) {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(head);
            assertThat(client.readAnswer().status()).isEqualTo(200);
            assertThat(attack.upstream.requests()).singleElement().asString().startsWith(arrives);
            assertThat(Heads.values(attack.upstream.requests().getFirst(), "host"))
                    .singleElement()
                    .asString()
                    .matches("a|right\\.example(:81)?");
            attack.servesOthers();
        }
    }

    /** One of each few rows: the parser is the same, only the connection is in another state. */
    static final List<Arguments> LATER = IntStream.range(0, REFUSED.size())
            .filter(i -> i % 6 == 0)
            .mapToObj(REFUSED::get)
            .toList();

    @ParameterizedTest
    @FieldSource("LATER")
    void whatStandsBehindAGoodRequestIsRefusedAsWell(String hostile, int status, ProxyFailure reason, String detail) {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.trySend(Attack.bytes("GET /first HTTP/1.1\r\nHost: a\r\n\r\n" + hostile));
            assertThat(client.readAnswer().body()).isEqualTo("/first");
            Attack.answersAndCloses(client, status);
            assertThat(attack.proxy.exchange(2).reason()).isEqualTo(reason);
            attack.servesOthers();
            assertThat(attack.upstream.requests()).hasSize(2);
        }
    }
}
