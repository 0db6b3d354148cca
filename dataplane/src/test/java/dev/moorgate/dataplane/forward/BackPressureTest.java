package dev.moorgate.dataplane.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Upstream.Protocol;
import io.netty.handler.codec.http2.Http2Error;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Whoever does not read stops whoever sends, and content of any length takes little memory (fault G8). */
class BackPressureTest {
    private static final int PIECE = 64 << 10;
    private static final int PIECES = 384;

    @Test
    void aClientThatDoesNotReadStopsTheUpstreamAndGetsAllWhenItReads() {
        var sent = new AtomicLong();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequest();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + (long) PIECE * PIECES + "\r\n\r\n");
                    var piece = new byte[PIECE];
                    for (int i = 0; i < PIECES; i++) {
                        connection.send(piece);
                        sent.addAndGet(PIECE);
                    }
                    connection.readRequest();
                    connection.answer("next");
                });
                var proxy = ProxyUnderTest.to(upstream)) {
            proxy.shrinkClientBuffers();
            try (var client = proxy.connect()) {
                client.sendHead("GET / HTTP/1.1", "Host: a");
                client.readHead();
                Await.standstill("the sender to be stopped", sent::get);
                assertThat(sent.get()).isLessThan(16L << 20);
                for (int i = 0; i < PIECES; i++) {
                    client.readBytes(PIECE);
                }
                // The pooled connection is read again, or this would hang.
                assertThat(client.get("/next").body()).isEqualTo("next");
                assertThat(upstream.connections()).isEqualTo(1);
            }
        }
    }

    @Test
    void anUpstreamThatDoesNotReadStopsTheClient() {
        var go = new CountDownLatch(1);
        var sent = new AtomicLong();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    go.await();
                    for (int i = 0; i < PIECES; i++) {
                        connection.readBytes(PIECE);
                    }
                    connection.answer("thanks");
                });
                var proxy = ProxyUnderTest.to(upstream);
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + (long) PIECE * PIECES);
            Thread.ofVirtual().start(() -> {
                var piece = new byte[PIECE];
                for (int i = 0; i < PIECES && client.trySend(piece); i++) {
                    sent.addAndGet(PIECE);
                }
            });
            Await.standstill("the sender to be stopped", sent::get);
            assertThat(sent.get()).isLessThan(16L << 20);
            go.countDown();
            assertThat(client.readAnswer().body()).isEqualTo("thanks");
            assertThat(sent.get()).isEqualTo((long) PIECE * PIECES);
        }
    }

    /** The endpoint is always behind, and takes the next piece when the client can send no more. */
    @Test
    void anUploadOfHundredsOfMebibytesToASlowReaderTakesLittleMemory() {
        int pieces = 3_200;
        var sent = new AtomicLong();
        var got = new AtomicLong();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    for (int i = 0; i < pieces; i++) {
                        int read = i;
                        Await.until("the client to be ahead", () -> sent.get() >= Math.min(read + 4L, pieces) * PIECE);
                        connection.readBytes(PIECE);
                        got.addAndGet(PIECE);
                    }
                    connection.answer("got it");
                });
                var proxy = ProxyUnderTest.startMeasured(Setup.to(upstream));
                var client = proxy.connect()) {
            client.sendHead("PUT / HTTP/1.1", "Host: a", "Content-Length: " + (long) PIECE * pieces);
            var piece = new byte[PIECE];
            long most = 0;
            for (int i = 0; i < pieces; i++) {
                client.send(piece);
                sent.addAndGet(PIECE);
                most = Math.max(most, proxy.bufferBytes());
            }
            assertThat(client.readAnswer().body()).isEqualTo("got it");
            assertThat(got.get()).isEqualTo((long) PIECE * pieces);
            assertThat(most).isBetween(1L, 1L << 20);
        }
    }

    @Test
    void bodiesPassWithFlatMemory() {
        long most = 0;
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    for (int i = 0; i < PIECES; i++) {
                        connection.readBytes(PIECE);
                    }
                    connection.answer("got it");
                });
                var proxy = ProxyUnderTest.startMeasured(Setup.to(upstream));
                var client = proxy.connect()) {
            client.sendHead("PUT / HTTP/1.1", "Host: a", "Content-Length: " + (long) PIECE * PIECES);
            var piece = new byte[PIECE];
            for (int i = 0; i < PIECES; i++) {
                client.send(piece);
                most = Math.max(most, proxy.bufferBytes());
            }
            assertThat(client.readAnswer().body()).isEqualTo("got it");
            assertThat(proxy.exchange(1).bytesIn()).isEqualTo((long) PIECE * PIECES);
            assertThat(most).isBetween(1L, 1L << 20);
        }
    }

    @Test
    void anUpstreamOfHttp2ThatAnswersWithoutReadingLeavesNoStreamBehind() {
        var content = "x".repeat(100_000);
        try (var upstream = Http2Upstream.running(call -> call.answer(200, "got " + call.received()));
                var proxy = ProxyUnderTest.start(Setup.toPorts(upstream.port()).protocol(Protocol.H2C));
                var client = proxy.connect()) {
            client.sendHead(
                    "POST /first HTTP/1.1", "Host: a", "Content-Length: 100000", Http2Upstream.UNREAD + ": yes");
            client.send(content);
            assertThat(proxy.taken(client)).isGreaterThan(content.length());
            Await.until("the call", () -> upstream.calls().size() == 1);
            upstream.calls().getFirst().head(401, true, "content-length", "0");
            assertThat(client.readAnswer().status()).isEqualTo(401);
            Await.until("the reset", () -> upstream.resets().contains(Http2Error.CANCEL.code()));
            // Netty keeps what nobody reads.
            upstream.calls().getFirst().read();

            client.sendHead("POST /next HTTP/1.1", "Host: a", "Content-Length: 100000");
            client.send(content);

            assertThat(client.readAnswer().body()).isEqualTo("got 100000");
            assertThat(upstream.connections()).isEqualTo(1);
        }
    }
}
