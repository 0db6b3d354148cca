package dev.moorgate.dataplane.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What leaves is what was received less what was dropped, plus what we add, and nothing else can get in. */
class HeadWriterTest {
    private static final byte[] NAME = Feed.latin("X-Own");
    private final HeadWriter writer = new HeadWriter();
    private final ByteBuf out = Unpooled.buffer();

    @Test
    void aHeadWithoutChangesLeavesByteByByte() {
        String text = "GET /a?b=c HTTP/1.1\r\nhOsT:h\r\nAccept:  a,\tb \r\nX: \u00e4\r\n\r\n";

        assertThat(Feed.forwarded(Feed.request(text))).isEqualTo(text);
    }

    @Test
    void whatIsWrittenReadsBackAsTheSame() {
        RequestHead head = Feed.request("POST /x/../y?z HTTP/1.0\r\nHost: h:1\r\nContent-Length: 3\r\n\r\n");
        writer.startRequest(head)
                .copyFields(head)
                .add(NAME, "v")
                .add(NAME, 42)
                .add(NAME, Feed.latin("w"))
                .end(out);

        RequestHead again = Feed.request(Feed.latin(out));

        assertThat(again.method()).isEqualTo("POST");
        assertThat(again.path()).isEqualTo("/y");
        assertThat(again.query()).isEqualTo("z");
        assertThat(again.authority()).isEqualTo("h:1");
        assertThat(again.contentLength()).isEqualTo(3);
        assertThat(again.isHttp11()).isTrue();
        assertThat(again.joinedValue("x-own")).isEqualTo("v, 42, w");
    }

    @Test
    void aRewrittenTargetReplacesPathAndQuery() {
        RequestHead head = Feed.request("PURGE /a?b HTTP/1.1\r\nHost: h\r\n\r\n");

        writer.startRequest(head, "/other", null).end(out);
        writer.startRequest(head, "/other", "q=1").copyField(head, 0).end(out);

        assertThat(Feed.latin(out))
                .isEqualTo("PURGE /other HTTP/1.1\r\n\r\nPURGE /other?q=1 HTTP/1.1\r\nHost: h\r\n\r\n");
    }

    @Test
    void ownMessagesAreWrittenFromNothing() {
        writer.startRequest("GET", "/healthz").add(Feed.latin("Host"), "h").end(out);
        int size = writer.startResponse(503, "Service Unavailable").add(NAME, 0).end(out);

        String response = "HTTP/1.1 503 Service Unavailable\r\nX-Own: 0\r\n\r\n";
        assertThat(Feed.latin(out)).isEqualTo("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n" + response);
        assertThat(size).isEqualTo(response.length());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\rb", "a\nb", "a\0b", "a\r\nX: y", "\u007f", "\u001b"})
    void aControlCharacterNeverReachesTheWire(String value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.startResponse(200, "OK").add(NAME, value));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.startResponse(200, "OK").add(NAME, Feed.latin(value)));
        assertThatIllegalArgumentException().isThrownBy(() -> writer.startResponse(200, value));
        assertThatIllegalArgumentException().isThrownBy(() -> writer.startRequest("GET", "/" + value));
        assertThatIllegalArgumentException().isThrownBy(() -> writer.startRequest(value, "/"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.startResponse(200, "OK").add(Feed.latin("X" + value), "v"));
        assertThat(out.isReadable()).isFalse();
    }

    @Test
    void namesTargetsAndWideCharactersAreChecked() {
        for (String name : List.of("", "a b", "a:b", "a\u00e4")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> writer.startResponse(200, "OK").add(Feed.latin(name), "v"));
        }
        for (String target : List.of("/a b", "/\u00e4", "/a#b")) {
            assertThatIllegalArgumentException().isThrownBy(() -> writer.startRequest("GET", target));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.startResponse(200, "OK").add(NAME, "\u20ac"));
        assertThatIllegalArgumentException().isThrownBy(() -> writer.startResponse(99, "OK"));
        assertThatIllegalArgumentException().isThrownBy(() -> HeadWriter.writeChunkSize(out, 0));
    }

    @Test
    void everyPatternOfDroppedFieldsLeavesTheOthersInOrder() {
        RequestHead head = Feed.request("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n");
        for (int pattern = 0; pattern < 32; pattern++) {
            StringBuilder expected = new StringBuilder("GET / HTTP/1.1\r\n");
            for (int i = 0; i < 5; i++) {
                if ((pattern >> i & 1) != 0) {
                    head.drop(i);
                } else {
                    expected.append(head.nameString(i))
                            .append(": ")
                            .append(head.valueString(i))
                            .append("\r\n");
                }
            }

            assertThat(Feed.forwarded(head)).isEqualTo(expected.append("\r\n").toString());
            head.restore();
        }
    }

    @Test
    void aLargeHeadIsWrittenWhole() {
        String text = "GET / HTTP/1.1\r\nHost: h\r\nA: " + "b".repeat(30_000) + "\r\n\r\n";

        assertThat(Feed.forwarded(Feed.request(text))).isEqualTo(text);
    }
}
