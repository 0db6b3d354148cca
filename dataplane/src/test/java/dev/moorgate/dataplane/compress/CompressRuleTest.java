package dev.moorgate.dataplane.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.RoutePolicy.Compression;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CompressRuleTest {
    private static final String HTML = "Content-Type: text/html";
    private static final String LONG = "Content-Length: 5000";

    private static CompressRule rule(int minSize, String... types) {
        return new CompressRule(
                List.of(Coding.GZIP),
                new Compression(List.of(Compression.Algorithm.GZIP), Compression.Level.FAST, List.of(types), minSize));
    }

    private static Arguments row(String what, boolean covered, int status, String... fields) {
        return Arguments.of(what, covered, Heads.response(status, fields));
    }

    static Stream<Arguments> answers() {
        return Stream.of(
                row("a page", true, 200, HTML, LONG),
                row("an error page", true, 404, HTML, LONG),
                row("a page of the type in capitals", true, 200, "Content-Type: TEXT/HTML", LONG),
                row("a type with parameters", true, 200, "Content-Type: text/html; charset=utf-8", LONG),
                row("a type with space around", true, 200, "Content-Type:  text/html ;charset=utf-8", LONG),
                row("a page of unknown length", true, 200, HTML, "Transfer-Encoding: chunked"),
                row("a page that ends with its connection", true, 200, HTML),
                row("exactly the least size", true, 200, HTML, "Content-Length: 1000"),
                row("one byte less", false, 200, HTML, "Content-Length: 999"),
                row("nothing", false, 200, HTML, "Content-Length: 0"),
                row("another type", false, 200, "Content-Type: text/plain", LONG),
                row("a type that begins so", false, 200, "Content-Type: text/html5", LONG),
                row("no type", false, 200, LONG),
                row("an empty type", false, 200, "Content-Type:", LONG),
                row("two types", false, 200, HTML, "Content-Type: text/html", LONG),
                row("one of a range", true, 200, "Content-Type: image/svg+xml", LONG),
                row("the range itself", true, 200, "Content-Type: image/", LONG),
                row("events, though their range is named", false, 200, "Content-Type: text/event-stream", LONG),
                row("calls, though their range is named", false, 200, "Content-Type: application/grpc+proto", LONG),
                row("other applications", true, 200, "Content-Type: application/json", LONG),
                row("what is coded", false, 200, HTML, LONG, "Content-Encoding: gzip"),
                row("what is coded by something else", false, 200, HTML, LONG, "Content-Encoding: aes128gcm"),
                row("what says that it is not coded", true, 200, HTML, LONG, "Content-Encoding: Identity"),
                row("what is coded and not", false, 200, HTML, LONG, "Content-Encoding: identity, gzip"),
                row("two codings", false, 200, HTML, LONG, "Content-Encoding: identity", "Content-Encoding: br"),
                row("an empty coding", false, 200, HTML, LONG, "Content-Encoding:"),
                row("what must not be changed", false, 200, HTML, LONG, "Cache-Control: no-transform"),
                row("the same among others", false, 200, HTML, LONG, "Cache-Control: public , No-Transform,max-age=1"),
                row(
                        "the same in a second line",
                        false,
                        200,
                        HTML,
                        LONG,
                        "Cache-Control: public",
                        "Cache-Control: no-transform"),
                row("what may be changed", true, 200, HTML, LONG, "Cache-Control: no-transformers, max-age=1"),
                row("a part", false, 206, HTML, LONG, "Content-Range: bytes 0-4999/9000"),
                row("a part that says 200", false, 200, HTML, LONG, "Content-Range: bytes 0-4999/9000"),
                row("no such part", false, 416, HTML, LONG, "Content-Range: bytes */9000"),
                row("no content", false, 204, HTML),
                row("reset content", false, 205, HTML, "Content-Length: 5000"),
                row("not modified", false, 304, HTML));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("answers")
    void coversWhatGainsByIt(String what, boolean covered, ResponseHead head) {
        CompressRule rule = rule(1000, "application/*", "image/*", "text/html");
        assertThat(rule.covers(head, false)).as(what).isEqualTo(covered);
    }

    @Test
    void rangesOfTextHoldNoEvents() {
        CompressRule rule = rule(0, "text/*");
        assertThat(rule.covers(Heads.response(200, "Content-Type: text/event-stream"), false))
                .isFalse();
        assertThat(rule.covers(Heads.response(200, "Content-Type: text/event-stream2"), false))
                .isTrue();
    }

    @Test
    void anAnswerToHeadIsJudgedAsThatToGet() {
        CompressRule rule = rule(1000, "text/html");
        assertThat(rule.covers(toHead(HTML, LONG), true)).isTrue();
        assertThat(rule.covers(toHead(HTML), true)).isTrue();
        assertThat(rule.covers(toHead(HTML, "Content-Length: 999"), true)).isFalse();
    }

    private static ResponseHead toHead(String... fields) {
        var head = new ResponseHead();
        String text = "HTTP/1.1 200 OK\r\n" + String.join("\r\n", fields) + "\r\n\r\n";
        head.parse(
                Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1)), HeadLimits.STANDARD, Methods.HEAD);
        return head;
    }
}
