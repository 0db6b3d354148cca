package dev.moorgate.dataplane.forward.body;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A slow client of a route that buffers answers does not hold its endpoint up. */
class ResponseSpoolTest {
    /** More than both sockets' buffers take. */
    private static final int SIZE = 24 << 20;

    private static final byte[] PIECE = new byte[1 << 20];

    static {
        for (int i = 0; i < PIECE.length; i++) {
            PIECE[i] = (byte) (i * 31 >>> 3);
        }
    }

    private static Setup absorbing(long memory, long disk, ScriptedUpstream upstream) {
        return Setup.to(upstream).buffering(new RoutePolicy.Buffering(false, true, memory, disk));
    }

    /** Sends SIZE bytes, says so, and answers further requests. */
    private static ScriptedUpstream large(String head, AtomicLong sent, CountDownLatch done) {
        return ScriptedUpstream.running((connection, _) -> {
            connection.readRequest();
            connection.send("HTTP/1.1 200 OK\r\n" + head + "\r\n\r\n");
            for (int i = 0; i < SIZE / PIECE.length; i++) {
                connection.send(PIECE);
                sent.addAndGet(PIECE.length);
            }
            done.countDown();
            while (connection.readRequest() != null) {
                connection.answer("next");
            }
        });
    }

    private static void awaitFree(ProxyUnderTest proxy) {
        Await.until(
                "the endpoint to be free",
                () -> proxy.endpoint(Setup.UPSTREAM, Setup.UPSTREAM + "-0").inFlight() == 0);
    }

    private static void readsAll(RawClient client) {
        for (int i = 0; i < SIZE / PIECE.length; i++) {
            assertThat(client.readBytes(PIECE.length)).isEqualTo(PIECE);
        }
    }

    @Test
    void theEndpointIsFreeBeforeTheClientHasRead() throws InterruptedException {
        var done = new CountDownLatch(1);
        try (var upstream = large("Content-Length: " + SIZE, new AtomicLong(), done);
                var proxy = ProxyUnderTest.startMeasured(absorbing(256 << 10, SIZE, upstream))) {
            proxy.shrinkClientBuffers();
            try (var slow = proxy.connect();
                    var other = proxy.connect()) {
                slow.sendHead("GET / HTTP/1.1", "Host: a");
                slow.readHead();
                done.await();
                awaitFree(proxy);
                assertThat(other.get("/").body()).as("over the same connection").isEqualTo("next");
                assertThat(upstream.connections()).isEqualTo(1);
                assertThat(proxy.bufferBytes()).isLessThan(1 << 20);
                assertThat(proxy.space().diskBytes()).isPositive();
                readsAll(slow);
                assertThat(slow.get("/").body()).isEqualTo("next");
            }
            Await.until("the file to be closed", () -> proxy.space().fileCount() == 0);
            assertThat(proxy.space().diskBytes()).isZero();
            assertThat(proxy.space().memoryBytes()).isZero();
            assertThat(proxy.exchanges())
                    .filteredOn(told -> told.bytesOut() == SIZE)
                    .hasSize(1);
        }
    }

    @Test
    void beyondMemoryAndDiskTheEndpointWaits() {
        var sent = new AtomicLong();
        try (var upstream = large("Content-Length: " + SIZE, sent, new CountDownLatch(1));
                var proxy = ProxyUnderTest.start(absorbing(256 << 10, 1 << 20, upstream))) {
            proxy.shrinkClientBuffers();
            try (var slow = proxy.connect()) {
                slow.sendHead("GET / HTTP/1.1", "Host: a");
                slow.readHead();
                Await.until("something to be spilled", () -> proxy.space().diskBytes() > 0);
                assertThat(slow.socket().isClosed()).isFalse();
                readsAll(slow);
                Await.until("the endpoint to have counted it all", () -> sent.get() == SIZE);
            }
        }
    }

    @Test
    void withoutDiskTheEndpointWaitsToo() {
        try (var upstream = large("Content-Length: " + SIZE, new AtomicLong(), new CountDownLatch(1));
                var proxy = ProxyUnderTest.startMeasured(absorbing(512 << 10, 0, upstream))) {
            proxy.shrinkClientBuffers();
            try (var slow = proxy.connect()) {
                slow.sendHead("GET / HTTP/1.1", "Host: a");
                slow.readHead();
                Await.until("memory to be used", () -> proxy.bufferBytes() > 400 << 10);
                assertThat(proxy.bufferBytes()).isLessThan(1 << 20);
                readsAll(slow);
                assertThat(proxy.space().fileCount()).isZero();
            }
        }
    }

    @Test
    void anEventStreamIsNeverBuffered() {
        try (var upstream = large(
                        "Content-Type: text/event-stream\r\nContent-Length: " + SIZE,
                        new AtomicLong(),
                        new CountDownLatch(1));
                var proxy = ProxyUnderTest.startMeasured(absorbing(8 << 20, SIZE, upstream))) {
            proxy.shrinkClientBuffers();
            try (var slow = proxy.connect()) {
                slow.sendHead("GET / HTTP/1.1", "Host: a");
                slow.readHead();
                assertThat(slow.read(10)).hasSize(10);
                assertThat(proxy.bufferBytes()).isLessThan(1 << 20);
                slow.readBytes(SIZE - 10);
                assertThat(proxy.space().memoryBytes()).isZero();
            }
        }
    }

    @Test
    void aClientThatStopsReadingForGoodIsCutOff() throws InterruptedException {
        var done = new CountDownLatch(1);
        try (var upstream = large("Content-Length: " + SIZE, new AtomicLong(), done);
                var proxy = ProxyUnderTest.start(absorbing(256 << 10, SIZE, upstream))) {
            proxy.shrinkClientBuffers();
            try (var slow = proxy.connect()) {
                slow.sendHead("GET / HTTP/1.1", "Host: a");
                slow.readHead();
                done.await();
                awaitFree(proxy);
                proxy.clock().advance(Duration.ofMinutes(4));
                assertThat(proxy.openClients()).isEqualTo(1);
                Await.until("the client to be left", () -> {
                    proxy.clock().advance(Duration.ofMinutes(1));
                    return proxy.openClients() == 0;
                });
                Await.until("the file to be closed", () -> proxy.space().fileCount() == 0);
            }
        }
    }

    @Test
    void aClientThatLeavesLeavesNothingBehind() throws InterruptedException {
        var done = new CountDownLatch(1);
        try (var upstream = large("Content-Length: " + SIZE, new AtomicLong(), done);
                var proxy = ProxyUnderTest.start(absorbing(256 << 10, SIZE, upstream))) {
            proxy.shrinkClientBuffers();
            var slow = proxy.connect();
            slow.sendHead("GET / HTTP/1.1", "Host: a");
            slow.readHead();
            done.await();
            slow.reset();
            // one after the other, each by whoever holds it
            Await.until("the file to be closed", () -> proxy.space().fileCount() == 0);
            Await.until(
                    "nothing to be held",
                    () -> proxy.space().diskBytes() + proxy.space().memoryBytes() == 0);
        }
    }
}
