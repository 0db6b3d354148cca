package dev.moorgate.dataplane.forward.http3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import io.netty.buffer.Unpooled;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Whoever does not read stops whoever sends, and nobody else on the connection (fault G8). */
class Http3FlowTest {
    private static final int PIECE = 64 << 10;
    private static final int PIECES = 192;
    /** More than all windows and buffers on the way, since endpoints have small ones. */
    private static final long MOST = 10L << 20;

    private static final int SMALL = 64 << 10;

    @Test
    void aClientThatDoesNotReadStopsTheUpstreamAndGetsAllWhenItReads() {
        var sent = new AtomicLong();
        try (var upstream = ScriptedUpstream.running((connection, number) -> {
                    connection.socket().setSendBufferSize(SMALL);
                    connection.readRequest();
                    if (number > 1) {
                        connection.answer("other");
                        connection.stall();
                        return;
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + (long) PIECE * PIECES + "\r\n\r\n");
                    var piece = new byte[PIECE];
                    for (int i = 0; i < PIECES; i++) {
                        connection.send(piece);
                        sent.addAndGet(PIECE);
                    }
                    connection.stall();
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.open();
            call.read(false);
            call.send(Http3Call.head("GET", "/", Http3Gate.SHOP), true);
            Await.standstill("the sender to be stopped", sent::get);
            assertThat(sent.get()).isLessThan(MOST);
            assertThat(client.get("/other").body()).isEqualTo("other");
            call.read(true);
            call.awaitWhole();
            assertThat(call.size()).isEqualTo(PIECE * PIECES);
        }
    }

    @Test
    void anUpstreamThatDoesNotReadStopsTheClient() {
        var go = new CountDownLatch(1);
        var sent = new AtomicLong();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.socket().setReceiveBufferSize(SMALL);
                    connection.readRequestHead();
                    go.await();
                    for (int i = 0; i < PIECES; i++) {
                        connection.readBytes(PIECE);
                    }
                    connection.answer("thanks");
                    connection.stall();
                });
                var gate = new Http3Gate(Http3Gate.to(upstream));
                var client = gate.connect()) {
            Http3Call call = client.request("POST", "/", false, "content-length", String.valueOf(PIECE * PIECES));
            // its buffer is small by then
            Await.until("the request", () -> !upstream.requests().isEmpty());
            for (int i = 0; i < PIECES; i++) {
                call.sent(Unpooled.wrappedBuffer(new byte[PIECE]), i == PIECES - 1, () -> sent.addAndGet(PIECE));
            }
            Await.standstill("the sender to be stopped", sent::get);
            assertThat(sent.get()).isLessThan(MOST);
            go.countDown();
            assertThat(call.body()).isEqualTo("thanks");
            assertThat(sent.get()).isEqualTo((long) PIECE * PIECES);
        }
    }
}
