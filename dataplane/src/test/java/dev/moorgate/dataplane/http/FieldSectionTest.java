package dev.moorgate.dataplane.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** Fields of HTTP/2 and the head that they make, or why they make none: RFC 9113 8.2 and 8.3, rows B8, B10 to B14, B16. */
class FieldSectionTest {
    private static final List<String> GET =
            List.of(":method", "GET", ":scheme", "https", ":path", "/", ":authority", "h");
    private static final int BODY = 5;

    private final FieldSection section = new FieldSection();

    private static List<String> get(String... more) {
        List<String> fields = new ArrayList<>(GET);
        fields.addAll(List.of(more));
        return fields;
    }

    private static Arguments row(String what, ParseError expected, String... fields) {
        return argumentSet(what, List.of(fields), expected);
    }

    private static Arguments more(String what, ParseError expected, String... fields) {
        return argumentSet(what, get(fields), expected);
    }

    private static String[] many(int count, String value) {
        return IntStream.range(0, count)
                .boxed()
                .flatMap(i -> List.of("x" + i, value).stream())
                .toArray(String[]::new);
    }

    static final List<Arguments> REFUSED = List.of(
            more("B10 LF in a value", ParseError.CONTROL_CHARACTER, "a", "b\nc: d"),
            more("B10 CR in a value", ParseError.CONTROL_CHARACTER, "a", "b\rc"),
            more("B10 NUL in a value", ParseError.CONTROL_CHARACTER, "a", "b\0"),
            more("B10 LF in a name", ParseError.BAD_FIELD_NAME, "a\nb", "c"),
            more("B10 colon in a name", ParseError.BAD_FIELD_NAME, "a:b", "c"),
            more("B10 space in a name", ParseError.BAD_FIELD_NAME, "a b", "c"),
            more("upper case", ParseError.BAD_FIELD_NAME, "X-A", "b"),
            more("upper case of a known name", ParseError.BAD_FIELD_NAME, "Accept", "b"),
            more("B7 empty name", ParseError.BAD_FIELD_NAME, "", "b"),
            more("space before a value", ParseError.BAD_FIELD_VALUE, "a", " b"),
            more("tab behind a value", ParseError.BAD_FIELD_VALUE, "a", "b\t"),
            row("B11 space in :path", ParseError.BAD_PSEUDO_FIELD, ":method", "GET", ":scheme", "http", ":path", "/ x"),
            row("B11 LF in :path", ParseError.CONTROL_CHARACTER, ":method", "GET", ":scheme", "http", ":path", "/\n"),
            row("B11 empty :path", ParseError.BAD_PSEUDO_FIELD, ":method", "GET", ":scheme", "http", ":path", ""),
            row(
                    "B11 a whole URI",
                    ParseError.BAD_PSEUDO_FIELD,
                    ":method",
                    "GET",
                    ":scheme",
                    "http",
                    ":path",
                    "http://h/"),
            row("B11 * without OPTIONS", ParseError.BAD_TARGET, ":method", "GET", ":scheme", "http", ":path", "*"),
            row("B11 space in :method", ParseError.BAD_METHOD, ":method", "GET /", ":scheme", "http", ":path", "/"),
            row("B11 empty :method", ParseError.BAD_METHOD, ":method", "", ":scheme", "http", ":path", "/"),
            row("B11 space in :scheme", ParseError.BAD_PSEUDO_FIELD, ":method", "GET", ":scheme", "h p", ":path", "/"),
            row("another scheme", ParseError.FOREIGN_SCHEME, ":method", "GET", ":scheme", "ftp", ":path", "/"),
            row(
                    "B11 bytes in :authority",
                    ParseError.BAD_HOST,
                    ":method",
                    "GET",
                    ":scheme",
                    "http",
                    ":path",
                    "/",
                    ":authority",
                    "u@h"),
            more("B12 transfer-encoding", ParseError.CONNECTION_FIELD, "transfer-encoding", "chunked"),
            more("B12 connection", ParseError.CONNECTION_FIELD, "connection", "close"),
            more("B12 keep-alive", ParseError.CONNECTION_FIELD, "keep-alive", "5"),
            more("B12 proxy-connection", ParseError.CONNECTION_FIELD, "proxy-connection", "x"),
            more("B12 upgrade", ParseError.CONNECTION_FIELD, "upgrade", "websocket"),
            more("B12 te", ParseError.CONNECTION_FIELD, "te", "trailers, deflate"),
            more("B12 content-length without content", ParseError.LENGTH_DIFFERS, "content-length", "5"),
            more("content-length that is no number", ParseError.BAD_LENGTH, "content-length", "+5"),
            more("two lengths", ParseError.DUPLICATE_LENGTH, "content-length", "0", "content-length", "0"),
            more("B13 twice", ParseError.BAD_PSEUDO_FIELD, ":path", "/"),
            more("B13 late", ParseError.BAD_PSEUDO_FIELD, "a", "b", ":protocol", "websocket"),
            more("B13 unknown", ParseError.BAD_PSEUDO_FIELD, ":secret", "x"),
            more("B13 of responses", ParseError.BAD_PSEUDO_FIELD, ":status", "200"),
            row("B13 no :method", ParseError.BAD_PSEUDO_FIELD, ":scheme", "http", ":path", "/", "a", "b"),
            row("B13 no :scheme", ParseError.BAD_PSEUDO_FIELD, ":method", "GET", ":path", "/", "a", "b"),
            row("B13 no :path", ParseError.BAD_PSEUDO_FIELD, ":method", "GET", ":scheme", "http"),
            row("B13 nothing", ParseError.BAD_PSEUDO_FIELD),
            more("B14 host unlike :authority", ParseError.HOST_DIFFERS, "host", "other"),
            row("no authority at all", ParseError.MISSING_HOST, ":method", "GET", ":scheme", "http", ":path", "/"),
            row(
                    "two hosts",
                    ParseError.DUPLICATE_HOST,
                    ":method",
                    "GET",
                    ":scheme",
                    "http",
                    ":path",
                    "/",
                    "host",
                    "h",
                    "host",
                    "h"),
            row("B16 CONNECT", ParseError.METHOD_REFUSED, ":method", "CONNECT", ":authority", "h:443"),
            row(
                    "B16 CONNECT with a path",
                    ParseError.BAD_PSEUDO_FIELD,
                    ":method",
                    "CONNECT",
                    ":scheme",
                    "http",
                    ":path",
                    "/",
                    ":authority",
                    "h:443"),
            more("B16 :protocol that was not offered", ParseError.BAD_PSEUDO_FIELD, ":protocol", "websocket"),
            row(
                    "a long path",
                    ParseError.TARGET_TOO_LONG,
                    ":method",
                    "GET",
                    ":scheme",
                    "http",
                    ":path",
                    "/" + "a".repeat(8200)),
            row(
                    "a path that is long with the method",
                    ParseError.TARGET_TOO_LONG,
                    ":method",
                    "GET",
                    ":scheme",
                    "http",
                    ":path",
                    "/" + "a".repeat(8185)),
            row(
                    "a long method",
                    ParseError.METHOD_TOO_LONG,
                    ":method",
                    "M".repeat(33),
                    ":scheme",
                    "http",
                    ":path",
                    "/"),
            more("B8 200 fields", ParseError.TOO_MANY_FIELDS, many(200, "v")),
            more("B8 a large field", ParseError.HEAD_TOO_LARGE, "a", "b".repeat(33 << 10)),
            more("B8 large fields", ParseError.HEAD_TOO_LARGE, many(9, "b".repeat(4_000))),
            more("an unknown expectation", ParseError.UNKNOWN_EXPECTATION, "expect", "x"));

    @ParameterizedTest
    @FieldSource("REFUSED")
    void whatIsNoRequestIsRefusedAndTheNextOneIsNot(List<String> fields, ParseError expected) {
        assertThat(request(fields, true, false)).isEqualTo(expected.name());
        assertThat(request(GET, true, false)).isEqualTo("GET / HTTP/1.1|host: h NONE");
    }

    @Test
    void aRequestBecomesTheHeadThatHttp11WouldHaveSent() {
        assertThat(request(
                        get("accept", "*/*", "te", "trailers", "x_odd", "1", "content-length", "" + BODY),
                        false,
                        false))
                .isEqualTo("GET / HTTP/1.1|host: h|accept: */*|content-length: 5 LENGTH");
        assertThat(request(GET, false, false)).isEqualTo("GET / HTTP/1.1|host: h CHUNKED");
        assertThat(request(get("content-length", "0"), false, false)).endsWith(" LENGTH");
        assertThat(request(get("host", "H"), true, false)).isEqualTo("GET / HTTP/1.1|host: h NONE");
        assertThat(request(
                        List.of(
                                ":path",
                                "/a/../b%7e?c",
                                ":scheme",
                                "http",
                                ":method",
                                "PURGE",
                                "host",
                                "x:80",
                                "a",
                                ""),
                        true,
                        false))
                .isEqualTo("PURGE /b~?c HTTP/1.1|host: x:80|a: NONE");
        assertThat(request(
                        List.of(":method", "OPTIONS", ":scheme", "http", ":path", "*", ":authority", "h"), true, false))
                .isEqualTo("OPTIONS * HTTP/1.1|host: h NONE");
    }

    @Test
    void crumbsOfACookieAreOne() {
        RequestHead head = new RequestHead();
        section.begin(head, HeadLimits.STANDARD, false);
        feed(get("cookie", "a=b", "x", "y", "cookie", "c=d", "cookie", "e=f"));

        assertThat(section.end(true)).isNull();

        assertThat(head.firstValue(Fields.COOKIE)).isEqualTo("a=b; c=d; e=f");
        assertThat(head.cookie("c")).isEqualTo("d");
        assertThat(head.indexOf(Fields.COOKIE, head.indexOf(Fields.COOKIE) + 1)).isNegative();
    }

    @Test
    void crumbsWithoutNumberMeetTheLimit() {
        List<String> fields = get();
        for (int i = 0; i < 8_000; i++) {
            fields.add("cookie");
            fields.add("a=b");
        }
        assertThat(request(fields, true, false)).isEqualTo("HEAD_TOO_LARGE");
    }

    @Test
    void anExtendedConnectIsAnUpgradeToWebSocketWhereItWasOffered() {
        List<String> connect = List.of(
                ":method",
                "CONNECT",
                ":protocol",
                "websocket",
                ":scheme",
                "https",
                ":path",
                "/chat",
                ":authority",
                "h");
        RequestHead head = new RequestHead();
        section.begin(head, HeadLimits.STANDARD, true);
        feed(connect);

        assertThat(section.end(false)).isNull();

        assertThat(head.isWebSocket()).isTrue();
        assertThat(head.method()).isEqualTo("GET");
        assertThat(head.bodyKind()).isEqualTo(BodyKind.NONE);
        assertThat(request(
                        List.of(
                                ":method",
                                "CONNECT",
                                ":protocol",
                                "x",
                                ":scheme",
                                "http",
                                ":path",
                                "/",
                                ":authority",
                                "h"),
                        false,
                        true))
                .isEqualTo("UNKNOWN_PROTOCOL");
        assertThat(request(connect, false, false)).isEqualTo("BAD_PSEUDO_FIELD");
    }

    @Test
    void aResponseBecomesTheHeadThatHttp11WouldHaveSent() {
        assertThat(response(List.of(":status", "200", "server", "s"), Methods.GET, false))
                .isEqualTo("HTTP/1.1 200 OK|server: s CHUNKED");
        assertThat(response(List.of(":status", "299", "content-length", "7"), Methods.GET, false))
                .isEqualTo("HTTP/1.1 299 |content-length: 7 LENGTH");
        assertThat(response(List.of(":status", "200", "content-length", "7"), Methods.HEAD, true))
                .isEqualTo("HTTP/1.1 200 OK|content-length: 7 NONE");
        assertThat(response(List.of(":status", "304", "content-length", "7"), Methods.GET, true))
                .isEqualTo("HTTP/1.1 304 Not Modified|content-length: 7 NONE");
        assertThat(response(List.of(":status", "200", "content-length", "7"), Methods.GET, true))
                .isEqualTo("LENGTH_DIFFERS");
        for (String status : List.of("101", "20", "2000", "600", "099", "abc", "+20")) {
            assertThat(response(List.of(":status", status), Methods.GET, true))
                    .as(status)
                    .isIn("BAD_PSEUDO_FIELD", "BAD_STATUS_LINE");
        }
        assertThat(response(List.of("server", "s"), Methods.GET, true)).isEqualTo("BAD_PSEUDO_FIELD");
        assertThat(response(List.of(":status", "200", "connection", "close"), Methods.GET, true))
                .isEqualTo("CONNECTION_FIELD");
    }

    @Test
    void trailersAreDroppedWhereTheyMustNotBeMerged() {
        section.beginTrailers(HeadLimits.STANDARD);
        feed(List.of("x-sum", "1", "host", "evil", "content-length", "5", "x_odd", "1"));
        assertThat(section.end(true)).isNull();
        MessageHead trailers = section.trailers();
        assertThat(trailers.fieldCount()).isEqualTo(4);
        assertThat(IntStream.range(0, 4).filter(i -> !trailers.isDropped(i)).mapToObj(trailers::nameString))
                .containsExactly("x-sum");

        section.beginTrailers(HeadLimits.STANDARD);
        feed(List.of(":status", "200"));
        assertThat(section.end(true)).isEqualTo(ParseError.BAD_PSEUDO_FIELD);
    }

    private void feed(List<String> fields) {
        for (int i = 0; i < fields.size(); i += 2) {
            byte[] both = Feed.latin(fields.get(i) + fields.get(i + 1));
            int name = fields.get(i).length();
            section.field(both, 0, name, both, name, both.length);
        }
    }

    private String request(List<String> fields, boolean end, boolean mayConnect) {
        RequestHead head = new RequestHead();
        section.begin(head, HeadLimits.STANDARD, mayConnect);
        feed(fields);
        ParseError error = section.end(end);
        return error != null ? error.name() : Feed.forwarded(head).strip().replace("\r\n", "|") + " " + head.bodyKind();
    }

    private String response(List<String> fields, int method, boolean end) {
        ResponseHead head = new ResponseHead();
        section.begin(head, HeadLimits.STANDARD, method);
        feed(fields);
        ParseError error = section.end(end);
        String lines = new String(head.bytes(), 0, head.headBytes(), StandardCharsets.ISO_8859_1);
        return error != null ? error.name() : lines.strip().replace("\r\n", "|") + " " + head.bodyKind();
    }
}
