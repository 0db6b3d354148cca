package dev.moorgate.dataplane.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** What is no request: the word it is refused with is the same however the bytes are cut. Rows are named after the fault. */
class RequestRulesTest {
    private static final String HOST = "Host: h\r\n";

    static final List<Arguments> REFUSED = List.of(
            // lengths and codings
            fields(
                    "A1 length then coding",
                    "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                    ParseError.LENGTH_AND_CODING),
            fields(
                    "A1 coding then length",
                    "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
                    ParseError.LENGTH_AND_CODING),
            fields(
                    "A1 length nominated away",
                    "Connection: Content-Length\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                    ParseError.LENGTH_AND_CODING),
            request(
                    "A3 coding in 1.0",
                    "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
                    ParseError.CODING_IN_OLD_VERSION),
            fields("A4 plus", "Content-Length: +5\r\n", ParseError.BAD_LENGTH),
            fields("A4 minus", "Content-Length: -5\r\n", ParseError.BAD_LENGTH),
            fields("A4 hexadecimal", "Content-Length: 0x5\r\n", ParseError.BAD_LENGTH),
            fields("A4 inner space", "Content-Length: 5 5\r\n", ParseError.BAD_LENGTH),
            fields("A4 empty", "Content-Length: \r\n", ParseError.BAD_LENGTH),
            fields("A4 over 2^63", "Content-Length: 9223372036854775808\r\n", ParseError.BAD_LENGTH),
            fields("A4 over 2^64", "Content-Length: 18446744073709551621\r\n", ParseError.BAD_LENGTH),
            fields("A4 list", "Content-Length: 5, 5\r\n", ParseError.BAD_LENGTH),
            fields("A4 list of two", "Content-Length: 5, 6\r\n", ParseError.BAD_LENGTH),
            fields("A4 same twice", "Content-Length: 5\r\nContent-Length: 5\r\n", ParseError.DUPLICATE_LENGTH),
            fields("A4 different", "Content-Length: 5\r\nContent-Length: 6\r\n", ParseError.DUPLICATE_LENGTH),
            fields("A4 decimal", "Content-Length: 5.0\r\n", ParseError.BAD_LENGTH),
            fields("A4 tab", "Content-Length:\t5\r\n", ParseError.BAD_LENGTH),
            fields("A4 other digits", "Content-Length: \u00b2\r\n", ParseError.BAD_LENGTH),
            // lines
            fields("A11 folded by space", "A: b\r\n c\r\n", ParseError.OBS_FOLD),
            fields("A11 folded by tab", "A: b\r\n\tc\r\n", ParseError.OBS_FOLD),
            request("A11 folded before the first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", ParseError.OBS_FOLD),
            fields("A11 folded to nothing", "A: b\r\n \r\n", ParseError.OBS_FOLD),
            request("A12 LF behind the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", ParseError.BARE_LF),
            fields("A12 LF behind a field", "A: b\nC: d\r\n", ParseError.BARE_LF),
            request("A12 LF LF at the end", "GET / HTTP/1.1\r\nHost: h\n\n", ParseError.BARE_LF),
            request("A12 LF as the empty line", "GET / HTTP/1.1\r\nHost: h\r\n\n", ParseError.BARE_LF),
            request("A13 CR in the target", "GET /a\rb HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.BARE_CR),
            fields("A13 CR in a value", "A: b\rc\r\n", ParseError.BARE_CR),
            fields("A13 CR in a name", "A\rB: c\r\n", ParseError.BARE_CR),
            fields("A13 CR CR LF", "A: b\r\r\n", ParseError.BARE_CR),
            request("A13 CR as the empty line", "GET / HTTP/1.1\r\nHost: h\r\n\rX", ParseError.BARE_CR),
            fields("A14 NUL in a value", "A: b\0c\r\n", ParseError.CONTROL_CHARACTER),
            fields("A14 NUL in a name", "A\0B: c\r\n", ParseError.CONTROL_CHARACTER),
            fields("A14 VT in a value", "A: b\u000bc\r\n", ParseError.CONTROL_CHARACTER),
            fields("A14 DEL in a value", "A: b\u007fc\r\n", ParseError.CONTROL_CHARACTER),
            fields(
                    "A14 ESC in a long value",
                    "A: " + "v".repeat(99) + "\u001b" + "w".repeat(99) + "\r\n",
                    ParseError.CONTROL_CHARACTER),
            request("A14 NUL in the target", "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.CONTROL_CHARACTER),
            fields("A15 space before the colon", "A : b\r\n", ParseError.SPACE_BEFORE_COLON),
            fields("A15 tab before the colon", "A\t: b\r\n", ParseError.SPACE_BEFORE_COLON),
            fields("A15 name with a space", "A B: c\r\n", ParseError.SPACE_BEFORE_COLON),
            fields("A15 no colon", "Abc\r\n", ParseError.MISSING_COLON),
            fields("A15 a known name without colon", "Content-Length\r\n", ParseError.MISSING_COLON),
            fields("A15 empty name", ": b\r\n", ParseError.BAD_FIELD_NAME),
            fields("A15 quote in the name", "A\"B: c\r\n", ParseError.BAD_FIELD_NAME),
            fields("A15 comma in the name", "A,B: c\r\n", ParseError.BAD_FIELD_NAME),
            fields("A15 name outside ASCII", "\u00c4: c\r\n", ParseError.BAD_FIELD_NAME),
            // request line
            request("A16 space first", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.BAD_METHOD),
            request("A16 tab first", "\tGET / HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.BAD_METHOD),
            request("A16 NUL first", "\0GET / HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.CONTROL_CHARACTER),
            request(
                    "A16 five empty lines",
                    "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
                    ParseError.BAD_REQUEST_LINE),
            request("A16 bare LF first", "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.BARE_LF),
            request("A16 a TLS hello", "\u0016\u0003\u0001\u0002\0\u0001\0", ParseError.CONTROL_CHARACTER),
            request(
                    "A17 two spaces before the target",
                    "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
                    ParseError.BAD_REQUEST_LINE),
            request("A17 two spaces before the version", "GET /  HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.BAD_VERSION),
            request("A17 space at the end", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", ParseError.BAD_VERSION),
            request("A17 tabs", "GET\t/\tHTTP/1.1\r\nHost: h\r\n\r\n", ParseError.BAD_METHOD),
            request("A17 tab before the version", "GET /\tHTTP/1.1\r\nHost: h\r\n\r\n", ParseError.BAD_REQUEST_LINE),
            request("A17 no version", "GET /\r\nHost: h\r\n\r\n", ParseError.BAD_REQUEST_LINE),
            request("A17 no version but a space", "GET / \r\nHost: h\r\n\r\n", ParseError.BAD_VERSION),
            request("A17 only a method", "GET\r\nHost: h\r\n\r\n", ParseError.BAD_REQUEST_LINE),
            request("A17 lower case", "GET / http/1.1\r\nHost: h\r\n\r\n", ParseError.BAD_VERSION),
            request("A17 0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", ParseError.UNSUPPORTED_VERSION),
            request("A17 1.10", "GET / HTTP/1.10\r\nHost: h\r\n\r\n", ParseError.BAD_VERSION),
            request("A17 1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", ParseError.BAD_VERSION),
            request("A17 01.1", "GET / HTTP/01.1\r\nHost: h\r\n\r\n", ParseError.BAD_VERSION),
            request("A17 2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", ParseError.UNSUPPORTED_VERSION),
            request("A17 3", "GET / HTTP/3\r\nHost: h\r\n\r\n", ParseError.BAD_VERSION),
            request("A17 3.0", "GET / HTTP/3.0\r\nHost: h\r\n\r\n", ParseError.UNSUPPORTED_VERSION),
            request("A17 other protocol", "GET / HTTPS/1.1\r\nHost: h\r\n\r\n", ParseError.BAD_VERSION),
            request("A17 the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ParseError.UNSUPPORTED_VERSION),
            request("A18 brace in the method", "G{T / HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.BAD_METHOD),
            request("A18 method outside ASCII", "G\u00c4T / HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.BAD_METHOD),
            request("A18 33 bytes", "M".repeat(33) + " / HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.METHOD_TOO_LONG),
            request("A18 20 kB", "M".repeat(20_000) + " / HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.METHOD_TOO_LONG),
            request("A18 CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", ParseError.METHOD_REFUSED),
            request("A18 TRACE", "TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", ParseError.METHOD_REFUSED),
            // targets
            target("A21 fragment", "/a#b", ParseError.FRAGMENT_IN_TARGET),
            target("A21 fragment behind the query", "/a?b#c", ParseError.FRAGMENT_IN_TARGET),
            target("A21 DEL", "/a\u007f", ParseError.CONTROL_CHARACTER),
            target("A21 outside ASCII", "/\u00e4", ParseError.BAD_TARGET),
            target("A21 outside ASCII in the query", "/?\u00e4", ParseError.BAD_TARGET),
            target("A21 outside ASCII behind an escape", "/%41\u00e4", ParseError.BAD_TARGET),
            target("A22 backslash", "/a\\b", ParseError.BAD_TARGET),
            target("A22 above root", "/../etc", ParseError.PATH_ABOVE_ROOT),
            target("A22 above root, escaped", "/%2e%2E/etc", ParseError.PATH_ABOVE_ROOT),
            target("A22 above root, half escaped", "/a/.%2e/%2e./etc", ParseError.PATH_ABOVE_ROOT),
            target("A22 above root at the end", "/..", ParseError.PATH_ABOVE_ROOT),
            target("A22 above root through slashes", "/a//../../b", ParseError.PATH_ABOVE_ROOT),
            target("A22 NUL", "/a%00", ParseError.BAD_ESCAPE),
            target("A22 bad escape", "/a%2", ParseError.BAD_ESCAPE),
            target("A22 bad digits", "/a%zz", ParseError.BAD_ESCAPE),
            target("A22 lone percent", "/a%", ParseError.BAD_ESCAPE),
            target("A22 percent u", "/a%u002e", ParseError.BAD_ESCAPE),
            target("A22 dot segment with parameters", "/a/..;x=1/b", ParseError.PATH_ABOVE_ROOT),
            target("A22 escaped dot segment with parameters", "/a/%2e%2e;/b", ParseError.PATH_ABOVE_ROOT),
            target("A20 user information", "http://u:p@h/", ParseError.USER_IN_TARGET),
            target("A20 foreign scheme", "ftp://h/", ParseError.FOREIGN_SCHEME),
            target("A20 no host", "http:///a", ParseError.BAD_HOST),
            target("A20 bad host", "http://h_h!/a", ParseError.BAD_HOST),
            target("A20 fragment behind the host", "http://h#a", ParseError.FRAGMENT_IN_TARGET),
            target("authority form", "h:80", ParseError.BAD_TARGET),
            target("relative", "a/b", ParseError.BAD_TARGET),
            target("asterisk with GET", "*", ParseError.BAD_TARGET),
            target("over 8 KiB", "/" + "a".repeat(9000), ParseError.TARGET_TOO_LONG),
            request("over 8 KiB without an end", "GET /" + "a".repeat(9000), ParseError.TARGET_TOO_LONG),
            // host
            request("A19 missing", "GET / HTTP/1.1\r\nA: b\r\n\r\n", ParseError.MISSING_HOST),
            request("A19 missing beside an absolute target", "GET http://h/ HTTP/1.1\r\n\r\n", ParseError.MISSING_HOST),
            request(
                    "A19 missing beside an absolute target in 1.0",
                    "GET http://h/ HTTP/1.0\r\n\r\n",
                    ParseError.MISSING_HOST),
            fields("A19 twice", HOST, ParseError.DUPLICATE_HOST),
            host("A19 empty", "", ParseError.BAD_HOST),
            host("A19 list", "a, b", ParseError.BAD_HOST),
            host("A19 space", "a b", ParseError.BAD_HOST),
            host("A19 user", "u@h", ParseError.BAD_HOST),
            host("A19 slash", "h/x", ParseError.BAD_HOST),
            host("A19 question mark", "h?x", ParseError.BAD_HOST),
            host("A19 backslash", "h\\x", ParseError.BAD_HOST),
            host("A19 escape", "h%41", ParseError.BAD_HOST),
            host("A19 outside ASCII", "h\u00e4", ParseError.BAD_HOST),
            host("A19 empty label", "a..b", ParseError.BAD_HOST),
            host("A19 leading dot", ".a", ParseError.BAD_HOST),
            host("A19 only a dot", ".", ParseError.BAD_HOST),
            host("A19 label of 64", "a".repeat(64), ParseError.BAD_HOST),
            host("A19 256 bytes", "a.".repeat(128), ParseError.BAD_HOST),
            host("A19 port of letters", "h:http", ParseError.BAD_HOST),
            host("A19 empty port", "h:", ParseError.BAD_HOST),
            host("A19 port 0", "h:0", ParseError.BAD_HOST),
            host("A19 port 65536", "h:65536", ParseError.BAD_HOST),
            host("A19 signed port", "h:+80", ParseError.BAD_HOST),
            host("A19 two ports", "h:80:80", ParseError.BAD_HOST),
            host("A19 IPv6 without brackets", "::1", ParseError.BAD_HOST),
            host("A19 open bracket", "[::1", ParseError.BAD_HOST),
            host("A19 empty brackets", "[]", ParseError.BAD_HOST),
            host("A19 two gaps", "[1::2::3]", ParseError.BAD_HOST),
            host("A19 nine groups", "[1:2:3:4:5:6:7:8:9]", ParseError.BAD_HOST),
            host("A19 seven groups", "[1:2:3:4:5:6:7]", ParseError.BAD_HOST),
            host("A19 five digits", "[12345::]", ParseError.BAD_HOST),
            host("A19 zone", "[fe80::1%25eth0]", ParseError.BAD_HOST),
            host("A19 three colons", "[:::1]", ParseError.BAD_HOST),
            host("A19 trailing colon", "[1:2:3:4:5:6:7:8:]", ParseError.BAD_HOST),
            host("A19 dotted part too big", "[::ffff:1.2.3.256]", ParseError.BAD_HOST),
            host("A19 junk behind the bracket", "[::1]x", ParseError.BAD_HOST),
            // the rest
            fields("limits 201 fields", "A: b\r\n".repeat(200), ParseError.TOO_MANY_FIELDS),
            fields("limits 40 KiB value", "A: " + "b".repeat(40 << 10) + "\r\n", ParseError.HEAD_TOO_LARGE),
            fields("limits 40 KiB name", "a".repeat(40 << 10) + ": b\r\n", ParseError.HEAD_TOO_LARGE),
            request("limits endless value", "GET / HTTP/1.1\r\nA: " + "b".repeat(33 << 10), ParseError.HEAD_TOO_LARGE),
            request(
                    "A26 WebSocket with a length",
                    "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n\r\n",
                    ParseError.UPGRADE_WITH_BODY),
            request(
                    "A26 WebSocket with chunks",
                    "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n",
                    ParseError.UPGRADE_WITH_BODY),
            fields("A28 unknown expectation", "Expect: 200-ok\r\n", ParseError.UNKNOWN_EXPECTATION),
            fields("A28 two expectations", "Expect: 100-continue, x\r\n", ParseError.UNKNOWN_EXPECTATION),
            fields("A23 too many options", "Connection: " + "a,".repeat(101) + "\r\n", ParseError.BAD_CONNECTION));

    @ParameterizedTest
    @FieldSource("REFUSED")
    void isRefusedHoweverTheBytesAreCut(String input, ParseError expected) {
        assertThat(Feed.requestOutcomes(Feed.latin(input))).containsExactly(expected.name());
    }

    static final List<String> ACCEPTED = List.of(
            "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
            "get / HTTP/1.1\r\nHost: h\r\n\r\n",
            "M".repeat(32) + " / HTTP/1.1\r\nHost: h\r\n\r\n",
            "POST /a;b=c/d%2fe HTTP/1.1\r\nhOST:\t h \t\r\nContent-Length:   3  \r\nX:\r\n\r\nabcGET /",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\nTrailer: X\r\n\r\n0\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
            "OPTIONS http://h:81 HTTP/1.1\r\nHost: g\r\n\r\n",
            "GET HTTP://H?x HTTP/1.1\r\nHost: g\r\nX_Y: 1\r\nConnection: close, a\r\nA: 1\r\nB: 2\r\n\r\n",
            "GET /%7euser/./x//y/../z HTTP/1.1\r\nHost: [::1]:8080\r\nExpect: 100-Continue\r\n\r\n",
            "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\n" + "A: \u00e4b\r\n".repeat(199) + "\r\n");

    @ParameterizedTest
    @FieldSource("ACCEPTED")
    void isReadTheSameHoweverTheBytesAreCut(String input) {
        assertThat(Feed.requestOutcomes(Feed.latin(input)))
                .singleElement()
                .asString()
                .startsWith("COMPLETE");
    }

    /** 23 ways to hide a coding from one of two readers (A2), and what only our own list refuses. */
    static final List<Arguments> CODINGS = Stream.of(
                    "Transfer-Encoding: xchunked",
                    "Transfer-Encoding: chunkedx",
                    "Transfer-Encoding: \"chunked\"",
                    "Transfer-Encoding: 'chunked'",
                    "Transfer-Encoding:\tchunked",
                    "Transfer-Encoding: chunked\t",
                    "Transfer-Encoding:\u000bchunked",
                    "Transfer-Encoding: chunked\u000b",
                    "Transfer-Encoding: chunked\0",
                    "Transfer-Encoding: \0chunked",
                    "Transfer-Encoding: \u00a0chunked",
                    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                    "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
                    "Transfer-Encoding: chunked, gzip",
                    "Transfer-Encoding: chunked, identity",
                    "Transfer-Encoding: identity, chunked",
                    "Transfer-Encoding: chunked, chunked",
                    "Transfer-Encoding: ,chunked",
                    "Transfer-Encoding: chunked,",
                    "Transfer-Encoding: chunked;q=1",
                    "Transfer-Encoding: identity",
                    "Transfer-Encoding: ",
                    "Transfer-Encoding: cow",
                    "Transfer-Encoding:\r\n chunked",
                    "Transfer-Encoding\r\n : chunked",
                    "Transfer-Encoding : chunked",
                    " Transfer-Encoding: chunked",
                    "Transfer-Encoding: ch\u0212nked",
                    "Foo: bar\rTransfer-Encoding: chunked",
                    "Foo: bar\nTransfer-Encoding: chunked",
                    "Transfer-Encoding: chunked\r",
                    "\0Transfer-Encoding: chunked",
                    "Transfer-\u00c9ncoding: chunked",
                    "Transfer-Encoding: gzip, deflate")
            .<Arguments>map(line -> argumentSet(line.replaceAll("[^ -~]", "?"), line))
            .toList();

    @ParameterizedTest
    @FieldSource("CODINGS")
    void aHiddenCodingIsRefusedWith400(String line) {
        String input = "POST / HTTP/1.1\r\nHost: h\r\n" + line + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n";

        assertThat(Feed.requestOutcomes(Feed.latin(input)))
                .singleElement()
                .satisfies(word -> assertThat(ParseError.valueOf(word).status()).isEqualTo(400));
    }

    static final List<String> KNOWN_CODINGS =
            List.of("gzip, chunked", "deflate,chunked", "GZip , Chunked", "x-gzip, compress, chunked");

    @ParameterizedTest
    @FieldSource("KNOWN_CODINGS")
    void aKnownCodingThatIsNotServedIs501(String value) {
        String input = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: " + value + "\r\n\r\n";

        assertThat(Feed.requestOutcomes(Feed.latin(input))).containsExactly("UNSUPPORTED_CODING");
    }

    private static Arguments request(String row, String input, ParseError expected) {
        return argumentSet(row, input, expected);
    }

    private static Arguments fields(String row, String lines, ParseError expected) {
        return argumentSet(row, "POST / HTTP/1.1\r\n" + HOST + lines + "\r\n", expected);
    }

    private static Arguments target(String row, String target, ParseError expected) {
        return argumentSet(row, "GET " + target + " HTTP/1.1\r\n" + HOST + "\r\n", expected);
    }

    private static Arguments host(String row, String host, ParseError expected) {
        return argumentSet(row, "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n", expected);
    }
}
