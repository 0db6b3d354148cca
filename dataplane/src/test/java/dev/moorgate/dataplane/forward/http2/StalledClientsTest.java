package dev.moorgate.dataplane.forward.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.http2.Http2Error;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Filter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of HTTP/2 that leave something unfinished: their request, a frame, or what waits for them (faults B6, F11, G4, H1). */
class StalledClientsTest {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int WINDOW_UPDATE = 8;
    private static final int ENDS = 5;

    private static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    private static byte[] many(int count, byte[] frame) {
        var all = ByteBuffer.allocate(count * frame.length);
        for (int i = 0; i < count; i++) {
            all.put(frame);
        }
        return all.array();
    }

    /** SETTINGS with a window for streams. */
    private static byte[] window(int bytes) {
        return frame(4, 0, 0, (byte) 0, (byte) 4, (byte) 0, (byte) 0, (byte) 0, (byte) bytes);
    }

    @Test
    void whatIsSentAheadOfATunnelInManyPiecesIsOnePiece() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    if (connection.readRequest().contains("pgrade: websocket")) {
                        connection.stall();
                    } else {
                        connection.answer("good");
                    }
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy)) {
            var tunnel = client.tunnel("/");
            Await.until("the upgrade", () -> upstream.requests().size() == 1);
            client.raw(many(65_000, frame(DATA, 0, 1, (byte) 'x')));
            tunnel.cancel();
            Await.until("the upgrade to be called off", () -> proxy.underWay() == 0);
            assertThat(client.get("/").body()).isEqualTo("good");
        }
    }

    /** The end of each piece that comes lies in a frame, but never in the same. */
    @ParameterizedTest(name = "cut {0} octets into a frame of 1009")
    @ValueSource(ints = {4, 300})
    void anUploadWhosePiecesEndWithinFramesIsNoFrameThatTakesTooLong(int cut) {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                var idle = proxy.connect();
                var client = Http2TestClient.to(proxy)) {
            Await.until("both to be there", () -> proxy.openClients() == 2);
            var answer = client.post("/");
            byte[] frames = many(17, frame(DATA, 0, 1, new byte[1000]));
            client.connection().send(Arrays.copyOf(frames, cut));
            int frame = frames.length / 17;
            for (int i = 0; i < 16; i++) {
                proxy.clock().advance(Duration.ofSeconds(4));
                client.connection().send(Arrays.copyOfRange(frames, i * frame + cut, (i + 1) * frame + cut));
            }
            // The wheel has been looked at.
            idle.awaitEnd();
            client.connection().send(Arrays.copyOfRange(frames, 16 * frame + cut, frames.length));
            client.raw(frame(DATA, 1, 1));
            assertThat(answer.body()).isEqualTo("good");
            assertThat(proxy.goneAway()).isEmpty();
        }
    }

    @Test
    void whoReadsNoAnswersIsAskedForNoMoreRequests() throws InterruptedException {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).filters(new Filter.DirectResponse(204, "", "")))) {
            proxy.shrinkClientBuffers();
            try (var client = proxy.connect()) {
                var requests = new ByteArrayOutputStream();
                requests.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                requests.writeBytes(frame(4, 0, 0));
                byte[] head = {(byte) 0x82, (byte) 0x84, (byte) 0x86, 0x01, 1, 'a'};
                for (int stream = 1; stream < 400_000; stream += 2) {
                    requests.writeBytes(frame(HEADERS, ENDS, stream, head));
                }
                // Not as the client's own: the proxy will not see all of it.
                Thread sender = Thread.ofVirtual().start(() -> {
                    try {
                        client.socket().getOutputStream().write(requests.toByteArray());
                    } catch (IOException e) {
                        // the proxy has closed
                    }
                });
                proxy.clock()
                        .advanceUntil(
                                "the end",
                                Duration.ofSeconds(10),
                                () -> proxy.goneAway().contains("the client stopped reading"));
                proxy.clock()
                        .advanceUntil("the connection's end", Duration.ofSeconds(10), () -> proxy.openClients() == 0);
                sender.join();
            }
        }
    }

    @Test
    void whoHasItsAnswerAndDoesNotEndItsRequestIsToldThatNobodyWantsIt() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).bodyLimit(1000));
                var client = Http2TestClient.to(proxy)) {
            var answer = client.post("/", "content-length: 2000");
            assertThat(answer.status()).isEqualTo(413);
            client.await("the answer", answer::isWhole);
            proxy.clock().advance(Duration.ofSeconds(6));
            assertThat(answer.awaitReset()).isEqualTo(Http2Error.NO_ERROR);
            assertThat(client.get("/").body()).isEqualTo("good");
        }
    }

    @Test
    void anAnswerThatWaitsForAWindowOutlivesWhatNobodyWants() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.start(Setup.to(upstream).bodyLimit(1000));
                var client = Http2TestClient.to(proxy).withoutCredit()) {
            client.raw(window(10));
            var answer = client.post("/", "content-length: 100000");
            answer.send(new byte[100_000], false);
            assertThat(answer.status()).isEqualTo(413);
            answer.awaitSize(10);
            proxy.clock().advance(Duration.ofSeconds(6));
            client.raw(frame(WINDOW_UPDATE, 0, 1, (byte) 0, (byte) 1, (byte) 0, (byte) 0));
            client.await("the whole answer", () -> answer.isWhole() || answer.isReset());
            assertThat(answer.isWhole()).isTrue();
            assertThat(answer.size()).isGreaterThan(10);
        }
    }

    @Test
    void whoDoesNotFetchTheEndOfAnAnswerLosesIt() {
        try (var upstream = ScriptedUpstream.answering("good");
                var proxy = ProxyUnderTest.to(upstream);
                var client = Http2TestClient.to(proxy).withoutCredit()) {
            client.raw(window(1));
            var answer = client.get("/");
            answer.awaitSize(1);
            proxy.exchange(1);
            client.await("the end", () -> {
                proxy.clock().advance(Duration.ofSeconds(10));
                return answer.isReset();
            });
            assertThat(answer.isWhole()).isFalse();
        }
    }

    @Test
    void whoLeavesWithRequestsOpenLeavesNothing() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> connection.stall());
                var proxy = ProxyUnderTest.to(upstream)) {
            for (int i = 0; i < 50; i++) {
                try (var client = Http2TestClient.to(proxy)) {
                    client.get("/");
                    Await.until("the request", () -> proxy.underWay() > 0);
                }
                Await.until("its end", () -> proxy.underWay() == 0);
            }
            Await.until("the connections to be gone", () -> proxy.openClients() == 0);
            assertThat(proxy.exchange(50).reason()).isEqualTo(ProxyFailure.CLIENT_GONE);
            assertThat(proxy.forwarder().deadlineCounts())
                    .isNotEmpty()
                    .allSatisfy(count -> assertThat(count.get()).isLessThan(10));
        }
    }
}
