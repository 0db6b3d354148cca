package dev.moorgate.dataplane.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** What an upstream may answer; rows F5 to F8 and D8. */
class ResponseHeadTest {
    static final List<Arguments> REFUSED = List.of(
            row(
                    "F5 length and coding",
                    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                    ParseError.LENGTH_AND_CODING),
            row(
                    "F5 two lengths",
                    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n",
                    ParseError.DUPLICATE_LENGTH),
            row("F5 negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", ParseError.BAD_LENGTH),
            row("F5 overflow", "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", ParseError.BAD_LENGTH),
            row("F5 unknown coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: cow\r\n\r\n", ParseError.BAD_CODING),
            row(
                    "F5 coding that is not served",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                    ParseError.UNSUPPORTED_CODING),
            row(
                    "F5 coding in 1.0",
                    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    ParseError.CODING_IN_OLD_VERSION),
            row("F8 status 99", "HTTP/1.1 099 OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 status of two digits", "HTTP/1.1 99 OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 status abc", "HTTP/1.1 abc OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 status 1000", "HTTP/1.1 1000 OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 status 600", "HTTP/1.1 600 OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 signed status", "HTTP/1.1 +20 OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 no status", "HTTP/1.1 \r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 two spaces", "HTTP/1.1  200 OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 version 2", "HTTP/2.0 200 OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 version 1.2", "HTTP/1.2 200 OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 lower case", "http/1.1 200 OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 0.9", "<html>hello there</html>\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 garbage", "\u0001\u0002\u0003", ParseError.CONTROL_CHARACTER),
            row("F8 empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", ParseError.BAD_STATUS_LINE),
            row("F8 NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n", ParseError.CONTROL_CHARACTER),
            row("F8 400 kB head", "HTTP/1.1 200 OK\r\nA: " + "b".repeat(400_000), ParseError.HEAD_TOO_LARGE),
            row("F8 400 kB reason", "HTTP/1.1 200 " + "b".repeat(400_000), ParseError.BAD_STATUS_LINE),
            row("F8 30,000 fields", "HTTP/1.1 200 OK\r\n" + "A: b\r\n".repeat(30_000), ParseError.TOO_MANY_FIELDS),
            row("D8 CR in a value", "HTTP/1.1 200 OK\r\nA: b\rSet-Cookie: c\r\n\r\n", ParseError.BARE_CR),
            row("D8 LF in a value", "HTTP/1.1 200 OK\r\nA: b\nSet-Cookie: c\r\n\r\n", ParseError.BARE_LF),
            row("D8 NUL in a value", "HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", ParseError.CONTROL_CHARACTER),
            row("D8 folded", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", ParseError.OBS_FOLD));

    @ParameterizedTest
    @FieldSource("REFUSED")
    void isRefusedHoweverTheBytesAreCut(String input, ParseError expected) {
        assertThat(Feed.responseOutcomes(Feed.latin(input), Methods.GET)).containsExactly(expected.name());
    }

    static final List<Arguments> FRAMED = List.of(
            framed("length", "200 OK", "Content-Length: 5\r\n", Methods.GET, BodyKind.LENGTH, true),
            framed("length 0", "200 OK", "Content-Length: 0\r\n", Methods.GET, BodyKind.NONE, true),
            framed("chunked", "200 OK", "Transfer-Encoding: chunked\r\n", Methods.GET, BodyKind.CHUNKED, true),
            framed("neither", "200 OK", "", Methods.GET, BodyKind.UNTIL_CLOSE, false),
            framed(
                    "neither but keep-alive",
                    "200 OK",
                    "Connection: keep-alive\r\n",
                    Methods.GET,
                    BodyKind.UNTIL_CLOSE,
                    false),
            framed(
                    "closing",
                    "200 OK",
                    "Content-Length: 5\r\nConnection: Close\r\n",
                    Methods.GET,
                    BodyKind.LENGTH,
                    false),
            framed(
                    "closing among options",
                    "200 OK",
                    "Content-Length: 5\r\nConnection: x,close\r\n",
                    Methods.GET,
                    BodyKind.LENGTH,
                    false),
            framed("F6 to HEAD", "200 OK", "Content-Length: 5\r\n", Methods.HEAD, BodyKind.NONE, true),
            framed(
                    "F6 to HEAD, chunked",
                    "200 OK",
                    "Transfer-Encoding: chunked\r\n",
                    Methods.HEAD,
                    BodyKind.NONE,
                    true),
            framed("F6 to HEAD, neither", "200 OK", "", Methods.HEAD, BodyKind.NONE, true),
            framed("F6 204", "204 No Content", "", Methods.GET, BodyKind.NONE, true),
            framed(
                    "F6 204 with a length",
                    "204 No Content",
                    "Content-Length: 5\r\n",
                    Methods.GET,
                    BodyKind.NONE,
                    false),
            framed("F6 204 with length 0", "204 No Content", "Content-Length: 0\r\n", Methods.GET, BodyKind.NONE, true),
            framed(
                    "F6 204, chunked",
                    "204 No Content",
                    "Transfer-Encoding: chunked\r\n",
                    Methods.GET,
                    BodyKind.NONE,
                    false),
            framed(
                    "F6 304 with a length",
                    "304 Not Modified",
                    "Content-Length: 5\r\n",
                    Methods.GET,
                    BodyKind.NONE,
                    true),
            framed("100", "100 Continue", "", Methods.POST, BodyKind.NONE, true),
            framed("103", "103 Early Hints", "Link: </a>\r\n", Methods.GET, BodyKind.NONE, true),
            framed("no reason", "200 ", "Content-Length: 5\r\n", Methods.GET, BodyKind.LENGTH, true),
            framed("not even a space", "200", "Content-Length: 5\r\n", Methods.GET, BodyKind.LENGTH, true));

    @ParameterizedTest
    @FieldSource("FRAMED")
    void saysHowItsContentEnds(String input, int requestMethod, BodyKind kind, boolean keepAlive) {
        ResponseHead head = Feed.response(input, requestMethod);

        assertThat(head.bodyKind()).isEqualTo(kind);
        assertThat(head.keepAlive()).isEqualTo(keepAlive);
        assertThat(Feed.responseOutcomes(Feed.latin(input), requestMethod)).hasSize(1);
    }

    @Test
    void anOldUpstreamIsKeptOnlyWhenItSaysSo() {
        assertThat(Feed.response("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", Methods.GET)
                        .keepAlive())
                .isFalse();
        assertThat(Feed.response("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive\r\n\r\n", Methods.GET)
                        .keepAlive())
                .isTrue();
    }

    @Test
    void hopByHopFieldsStayHere() {
        String lines = String.join(
                "\r\n",
                List.of(
                        "HTTP/1.0 200 Fine",
                        "Server: s",
                        "Connection: X-A",
                        "X-A: 1",
                        "x_y: 2",
                        "Keep-Alive: 5",
                        "Upgrade: h2c",
                        "Proxy-Authenticate: b",
                        "Content-Length: 1",
                        "Set-Cookie: a",
                        "",
                        ""));
        ResponseHead head = Feed.response(lines, Methods.GET);

        assertThat(Feed.forwarded(head))
                .isEqualTo("HTTP/1.1 200 Fine\r\nServer: s\r\nx_y: 2\r\nContent-Length: 1\r\nSet-Cookie: a\r\n\r\n");
    }

    @Test
    void aLengthIsNotPassedOnWhereThereCanBeNoContent() {
        assertThat(Feed.forwarded(Feed.response("HTTP/1.1 204\r\nContent-Length: 7\r\nA: b\r\n\r\n", Methods.GET)))
                .isEqualTo("HTTP/1.1 204 \r\nA: b\r\n\r\n");
        assertThat(Feed.forwarded(Feed.response("HTTP/1.1 304 N\r\nContent-Length: 7\r\n\r\n", Methods.GET)))
                .isEqualTo("HTTP/1.1 304 N\r\nContent-Length: 7\r\n\r\n");
    }

    @Test
    void switchingToWebSocketIsKnown() {
        String start = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ";

        assertThat(Feed.response(start + "WebSocket\r\n\r\n", Methods.GET).isWebSocket())
                .isTrue();
        assertThat(Feed.response(start + "h2c\r\n\r\n", Methods.GET).isWebSocket())
                .isFalse();
        assertThat(Feed.response(start + "websocket\r\n\r\n", Methods.GET).isInterim())
                .isFalse();
        assertThat(Feed.response("HTTP/1.1 103 E\r\n\r\n", Methods.GET).isInterim())
                .isTrue();
    }

    private static Arguments row(String row, String input, ParseError expected) {
        return argumentSet(row, input, expected);
    }

    private static Arguments framed(
            String row, String status, String fields, int method, BodyKind kind, boolean keepAlive) {
        return argumentSet(row, "HTTP/1.1 " + status + "\r\n" + fields + "\r\n", method, kind, keepAlive);
    }
}
