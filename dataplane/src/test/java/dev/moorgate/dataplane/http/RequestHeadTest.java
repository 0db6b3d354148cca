package dev.moorgate.dataplane.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

    @Test
    void aRefusedHeadTellsNothingOfTheRequestBefore() {
        for (String refused : List.of("G{T", "GET /x", "GET /x HTTP/1.1\r\nA b\r\n", "GET /%2 HTTP/1.1\r\n")) {
            head.parse(bytes("GET /secret?token HTTP/1.1\r\nHost: private:1\r\n\r\n"), HeadLimits.STANDARD);
            assertThat(head.path()).isEqualTo("/secret");

            head.parse(bytes(refused + "\0"), HeadLimits.STANDARD);

            assertThat(head.error().status()).isEqualTo(400);
            assertThat(head.host() + head.authority() + head.port() + head.path() + head.query() + head.target())
                    .doesNotContain("private", "secret", "token");
        }
    }

    @Test
    void aDrippingHeadIsPartialAndAnEmptyLineIsNot() {
        assertThat(head.isPartial()).isFalse();
        head.parse(bytes("\r\n"), HeadLimits.STANDARD);
        assertThat(head.isPartial()).isFalse();
        head.parse(bytes("G"), HeadLimits.STANDARD);
        assertThat(head.isPartial()).isTrue();
        head.parse(bytes("ET / HTTP/1.0\r\n"), HeadLimits.STANDARD);
        assertThat(head.isPartial()).isTrue();
        head.parse(bytes("\r\n"), HeadLimits.STANDARD);
        assertThat(head.isPartial()).isFalse();
        assertThat(head.host()).isEmpty();
        assertThat(head.hostField()).isEqualTo(-1);
        assertThat(head.keepAlive()).isFalse();
    }

    @Test
    void expectationsAndUpgradesAreTold() {
        RequestHead waiting =
                Feed.request("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n");
        assertThat(waiting.expectContinue()).isTrue();
        assertThat(waiting.isWebSocket()).isFalse();
        String upgrade = "Connection: Keep-Alive, Upgrade\r\nUpgrade: ";
        assertThat(Feed.request("GET / HTTP/1.1\r\nHost: h\r\n" + upgrade + "WebSocket\r\n\r\n")
                        .isWebSocket())
                .isTrue();
        for (String other : List.of(
                "GET / HTTP/1.1\r\nHost: h\r\n" + upgrade + "h2c\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: h\r\n" + upgrade + "websocket\r\nUpgrade: h2c\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n",
                "GET / HTTP/1.0\r\nHost: h\r\n" + upgrade + "websocket\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: h\r\n" + upgrade + "websocket\r\n\r\n")) {
            assertThat(Feed.request(other).isWebSocket()).as(other).isFalse();
            assertThat(Feed.forwarded(Feed.request(other))).doesNotContain("pgrade");
        }
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }
}
