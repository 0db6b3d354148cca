package dev.moorgate.dataplane.forward.http3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http3.Http3ErrorCode;
import io.netty.handler.codec.http3.Http3Headers;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What breaks a rule costs its own stream, and what breaks off shows on the other side (RFC 9114 4.1 and 8). */
class Http3FaultsTest {

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = ';',
            nullValues = "-",
            value = {
                "no method; -; https; /; a; b",
                "no scheme; GET; -; /; a; b",
                "no path; GET; https; -; a; b",
                "an empty path; GET; https; ''; a; b",
                "a relative path; GET; https; a; a; b",
                "a field of the connection; GET; https; /; connection; close",
                "keep-alive; GET; https; /; keep-alive; timeout=5",
                "transfer-encoding; GET; https; /; transfer-encoding; chunked",
                "upgrade; GET; https; /; upgrade; websocket",
                "te with more than trailers; GET; https; /; te; gzip",
                "a name in upper case; GET; https; /; X-Upper; b",
                "a name with a space; GET; https; /; x y; b",
                "an unknown pseudo-field; GET; https; /; :new; b",
                "a pseudo-field of answers; GET; https; /; :status; 200",
                "an extended connect; CONNECT; https; /; :protocol; websocket",
                "a control character; GET; https; /; a; x\u0001y",
                "a length that is none; GET; https; /; content-length; five",
                "a method with a space; G T; https; /; a; b"
            })
    void aMalformedHeadResetsItsStreamAndItsNeighboursServeOn(
            String what, String method, String scheme, String path, String name, String value) {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            assertThat(client.get("/before").body()).isEqualTo("x");
            Http3Headers head = Http3Call.fields();
            if (method != null) {
                head.method(method);
            }
            if (scheme != null) {
                head.scheme(scheme);
            }
            head.authority(Http3Gate.SHOP);
            if (path != null) {
                head.path(path);
            }
            head.add(name, value);
            Http3Call broken = client.open().send(head, true);
            assertThat(broken.awaitReset()).as(what).isEqualTo(Http3ErrorCode.H3_MESSAGE_ERROR.code());
            assertThat(client.get("/after").body()).isEqualTo("x");
            assertThat(upstream.requests()).hasSize(2);
        }
    }

    @Test
    void aHostThatDiffersFromTheAuthorityIsRefused() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call broken = client.get("/", "host", "elsewhere");
            assertThat(broken.awaitReset()).isEqualTo(Http3ErrorCode.H3_MESSAGE_ERROR.code());
            assertThat(client.get("/", "host", Http3Gate.SHOP).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest(name = "length {0}, content {1}")
    @CsvSource({"5, hell", "5, helloo"})
    void contentThatIsNotAsLongAsItsLengthResetsTheStreamAndTheUpstream(String length, String content) {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.stall();
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.request("POST", "/", false, "content-length", length);
            Await.until("the request", () -> !upstream.requests().isEmpty());
            call.send(content, true);
            assertThat(call.awaitReset()).isEqualTo(Http3ErrorCode.H3_MESSAGE_ERROR.code());
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void aHeadAboveTheLimitIsAnswered431AndOneFarAboveEndsTheConnection() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            assertThat(client.get("/", "x-large", "x".repeat(40_000)).status()).isEqualTo(431);
            assertThat(client.get("/" + "x".repeat(9_000)).status()).isEqualTo(414);
            assertThat(client.get("/").body()).isEqualTo("x");
            client.get("/", "x-large", "x".repeat(200_000));
            client.awaitClosed();
            assertThat(client.closeError()).isEqualTo(Http3ErrorCode.H3_EXCESSIVE_LOAD.code());
            assertThat(upstream.requests()).hasSize(1);
        }
    }

    @Test
    void aFloodOfStreamsThatAreResetEndsTheConnection() {
        try (var upstream = ScriptedUpstream.answering("x");
                var proxy = new Http3Proxy(Http3Gate.to(upstream));
                var client = proxy.connect()) {
            int resets = 0;
            for (; resets < 300 && !client.isClosed(); resets++) {
                client.tryReset();
            }
            client.awaitClosed();
            assertThat(client.closeError()).isEqualTo(Http3ErrorCode.H3_EXCESSIVE_LOAD.code());
            assertThat(resets).isBetween(200, 300);
            assertThat(proxy.proxy().goneAway()).containsExactly("too many streams were reset");
        }
    }

    @Test
    void connectIsNotServed() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Headers head = Http3Call.fields();
            head.method("CONNECT").authority("shop.internal:443");
            assertThat(client.open().send(head, true).status()).isEqualTo(405);
        }
    }

    @Test
    void aStreamThatEndsWithinAFrameIsNotTakenForWhole() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.stall();
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.request("POST", "/", false);
            Await.until("the request", () -> !upstream.requests().isEmpty());
            // DATA of 9 bytes, of which 3 come
            ByteBuf cut = Unpooled.wrappedBuffer(new byte[] {0, 9, 'a', 'b', 'c'});
            var _ = call.stream()
                    .pipeline()
                    .firstContext()
                    .writeAndFlush(cut)
                    .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
            client.awaitClosed();
            assertThat(client.closeError()).isEqualTo(Http3ErrorCode.H3_FRAME_ERROR.code());
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void aStreamThatEndsWithoutAHeadIsReset() {
        try (var upstream = ScriptedUpstream.answering("x");
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            // a frame that means nothing, and the end
            QuicStreamChannel bare = client.openBare(new ChannelInboundHandlerAdapter());
            var _ = bare.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {0x21, 0}))
                    .addListener(QuicStreamChannel.SHUTDOWN_OUTPUT);
            assertThat(client.get("/").body()).isEqualTo("x");
            Await.until("the reset to be counted", () -> gate.metrics().contains("peer_at_fault"));
        }
    }

    @Test
    void aClientThatResetsItsStreamCallsOffTheUpstream() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.stall();
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.request("POST", "/", false, "content-length", "10");
            call.send("hello", false);
            Await.until("the request", () -> !upstream.requests().isEmpty());
            call.cancel();
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void aConnectionThatEndsCallsOffItsRequests() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.stall();
                });
                var gate = new Http3Gate(Http3Gate.to(upstream))) {
            try (var client = gate.connect()) {
                client.get("/");
                Await.until("the request", () -> !upstream.requests().isEmpty());
            }
            Await.until("the upstream to be left", () -> upstream.openConnections() == 0);
            Await.until("the connection to be gone", () -> gate.dataPlane().connections() == 0);
        }
    }

    @Test
    void anAnswerThatBreaksOffResetsTheStream() {
        var go = new CountDownLatch(1);
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
                    go.await();
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.get("/").awaitSize(5);
            go.countDown();
            assertThat(call.awaitReset()).isEqualTo(Http3ErrorCode.H3_INTERNAL_ERROR.code());
            assertThat(client.isClosed()).isFalse();
        }
    }

    @Test
    void anAnswerBeforeTheEndOfTheRequestStands() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
                    connection.stall();
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.request("POST", "/", false, "content-length", "1000000");
            assertThat(call.body()).isEqualTo("no");
            assertThat(call.status()).isEqualTo(403);
            assertThat(client.get("/").status()).isEqualTo(403);
        }
    }
}
