package dev.moorgate.dataplane.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestHeadTest {
    private final RequestHead head = new RequestHead();

    @Test
    void aPlainRequestIsReadAndWhatFollowsIsLeft() {
        ByteBuf in = bytes("GET /a/b?x=1 HTTP/1.1\r\nHost: Shop.Example:8080\r\nAccept: */*\r\n\r\nrest");

        Progress progress = head.parse(in, HeadLimits.STANDARD);

        assertThat(progress).isEqualTo(Progress.COMPLETE);
        assertThat(in.toString(StandardCharsets.US_ASCII)).isEqualTo("rest");
        assertThat(head.method()).isEqualTo("GET");
        assertThat(head.path()).isEqualTo("/a/b");
        assertThat(head.query()).isEqualTo("x=1");
        assertThat(head.host()).isEqualTo("shop.example");
        assertThat(head.port()).isEqualTo(8080);
        assertThat(head.authority()).isEqualTo("Shop.Example:8080");
        assertThat(head.bodyKind()).isEqualTo(BodyKind.NONE);
        assertThat(head.keepAlive()).isTrue();
        assertThat(head.firstValue("accept")).isEqualTo("*/*");
    }

    @Test
    void theHeadThatIsWrittenIsTheOneReceivedWithoutHopByHopFields() {
        ByteBuf in = bytes(
                "GET /a/../b HTTP/1.0\r\nA: 1\r\nHost: h\r\nConnection: Keep-Alive, X-B\r\nX-B: 2\r\nC: 3\r\nD: 4\r\n\r\n");
        head.parse(in, HeadLimits.STANDARD);
        ByteBuf out = Unpooled.buffer();

        new HeadWriter()
                .startRequest(head)
                .copyFields(head)
                .add("x-forwarded-for".getBytes(StandardCharsets.US_ASCII), "10.0.0.1")
                .end(out);

        assertThat(out.toString(StandardCharsets.US_ASCII))
                .isEqualTo("GET /b HTTP/1.1\r\nA: 1\r\nHost: h\r\nC: 3\r\nD: 4\r\nx-forwarded-for: 10.0.0.1\r\n\r\n");
        assertThat(head.keepAlive()).isTrue();
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }
}
