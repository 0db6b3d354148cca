package dev.moorgate.dataplane.forward.body;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.RoutePolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Requests of routes that buffer, beyond what memory may hold (fault G8). */
class SpillTest {
    private static final int MEMORY = 16 << 10;
    private static final int SIZE = 1_000_003;

    private static Setup collecting(long disk, ScriptedUpstream... upstreams) {
        return Setup.to(upstreams).buffering(new RoutePolicy.Buffering(true, false, MEMORY, disk));
    }

    private static byte[] content() {
        byte[] bytes = new byte[SIZE];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatMemoryDoesNotHoldGoesThroughAFileAndArrivesAsItWas() {
        var got = new CopyOnWriteArrayList<byte[]>();
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    while (connection.readRequestHead() != null) {
                        got.add(connection.readBytes(SIZE));
                        connection.answer("thanks");
                    }
                });
                var proxy = ProxyUnderTest.startMeasured(collecting(1 << 30, upstream));
                var client = proxy.connect()) {
            for (int i = 1; i <= 2; i++) {
                client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + SIZE);
                client.send(content());
                assertThat(client.readAnswer().body()).isEqualTo("thanks");
                assertThat(got).hasSize(i);
                assertThat(got.getLast()).isEqualTo(content());
            }
            assertThat(upstream.connections())
                    .as("its connection is as good as new")
                    .isEqualTo(1);
            assertThat(proxy.exchange(1).bytesIn()).isEqualTo(SIZE);
            nothingIsLeft(proxy);
        }
    }

    private static void nothingIsLeft(ProxyUnderTest proxy) {
        Await.until("the files to be closed", () -> proxy.space().fileCount() == 0);
        assertThat(proxy.space().diskBytes()).isZero();
        assertThat(proxy.space().memoryBytes()).isZero();
    }

    @Test
    void memoryStaysFlatWhileABodyIsCollected() {
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.readBytes(8 << 20);
                    connection.answer("thanks");
                });
                var proxy = ProxyUnderTest.startMeasured(collecting(1 << 30, upstream));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + (8 << 20));
            long most = 0;
            for (int i = 0; i < 8; i++) {
                client.send(new byte[1 << 20]);
                most = Math.max(most, proxy.bufferBytes());
            }
            assertThat(client.readAnswer().body()).isEqualTo("thanks");
            assertThat(most).isBetween(1L, 1L << 20);
        }
    }

    /** Who sends slowly costs no connection, and no more memory than any other. */
    @Test
    void aThousandSlowUploadsHoldNoConnectionAndBoundedMemory() {
        int uploads = 1_000;
        var begun = new byte[12 << 10];
        List<RawClient> slow = new ArrayList<>();
        try (var upstream = ScriptedUpstream.answering("thanks");
                var proxy = ProxyUnderTest.startMeasured(collecting(1 << 30, upstream));
                var other = proxy.connect()) {
            for (int i = 0; i < uploads; i++) {
                RawClient client = proxy.connect();
                slow.add(client);
                client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + (begun.length + 1));
                client.send(begun);
            }
            long sent = (long) uploads * begun.length;
            Await.until("all to be kept", () -> proxy.space().memoryBytes() >= sent);
            assertThat(upstream.connections()).isZero();
            // what was read at once is held as it was read
            assertThat(proxy.bufferBytes()).isLessThan((long) uploads * (64 << 10));

            assertThat(other.get("/").body()).isEqualTo("thanks");
            for (RawClient client : slow) {
                client.send("!");
                assertThat(client.readAnswer().body()).isEqualTo("thanks");
            }
            assertThat(upstream.requests()).hasSize(uploads + 1);
            assertThat(upstream.connections()).isEqualTo(1);
            nothingIsLeft(proxy);
        } finally {
            slow.forEach(RawClient::close);
        }
    }

    @Test
    void anotherTryGetsTheSameContentFromTheFile() {
        var asked = new AtomicInteger();
        ScriptedUpstream.Script script = (connection, _) -> {
            connection.readRequestHead();
            if (asked.incrementAndGet() == 1) {
                connection.readBytes(300_000);
                connection.reset();
            } else {
                assertThat(connection.readBytes(SIZE)).isEqualTo(content());
                connection.answer("second");
            }
        };
        try (var one = ScriptedUpstream.running(script);
                var two = ScriptedUpstream.running(script);
                var proxy = ProxyUnderTest.start(collecting(1 << 30, one, two));
                var client = proxy.connect()) {
            client.sendHead("PUT / HTTP/1.1", "Host: a", "Content-Length: " + SIZE);
            client.send(content());
            assertThat(client.readAnswer().body()).isEqualTo("second");
            assertThat(proxy.exchange(1).retries()).containsExactly(ProxyFailure.UPSTREAM_RESET);
            nothingIsLeft(proxy);
        }
    }

    @Test
    void aBodyOverMemoryAndDiskIs413() {
        try (var upstream = ScriptedUpstream.answering("never");
                var proxy = ProxyUnderTest.start(collecting(100_000, upstream));
                var byLength = proxy.connect();
                var byChunks = proxy.connect()) {
            byLength.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + (MEMORY + 100_001));
            assertThat(byLength.readAnswer().status()).isEqualTo(413);
            byChunks.sendHead("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked");
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 20 && byChunks.trySend("4000\r\n" + "x".repeat(0x4000) + "\r\n"); i++) {
                    Thread.onSpinWait();
                }
            });
            assertThat(byChunks.readAnswer().status()).isEqualTo(413);
            assertThat(upstream.connections()).isZero();
            nothingIsLeft(proxy);
        }
    }

    @Test
    void aBodyThatJustFitsIsTaken() {
        int size = MEMORY + 100_000;
        try (var upstream = ScriptedUpstream.running((connection, _) -> {
                    connection.readRequestHead();
                    connection.readBytes(size);
                    connection.answer("thanks");
                });
                var proxy = ProxyUnderTest.start(collecting(100_000, upstream));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + size);
            client.send(new byte[size]);
            assertThat(client.readAnswer().body()).isEqualTo("thanks");
        }
    }

    @Test
    void whereAllBodiesTogetherFillTheDiskAFurtherOneIs503() {
        try (var upstream = ScriptedUpstream.answering("never");
                var proxy = ProxyUnderTest.start(collecting(1 << 30, upstream));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + (60 << 20));
            Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 60 && client.trySend(new byte[1 << 20]); i++) {
                    Thread.onSpinWait();
                }
            });
            assertThat(client.readAnswer().status()).isEqualTo(503);
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.OVERLOAD);
            assertThat(proxy.exchange(1).detail()).isEqualTo("no disk for bodies");
            nothingIsLeft(proxy);
        }
    }

    @Test
    void aClientThatLeavesLeavesNothingBehind() {
        try (var upstream = ScriptedUpstream.answering("never");
                var proxy = ProxyUnderTest.start(collecting(1 << 30, upstream));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + SIZE);
            client.send(new byte[SIZE - 1]);
            Await.until("a file", () -> proxy.space().fileCount() == 1);
            client.reset();
            assertThat(proxy.exchange(1).reason()).isEqualTo(ProxyFailure.CLIENT_GONE);
            nothingIsLeft(proxy);
        }
    }

    @Test
    void aFileHasNoNameAndIsSealed() throws IOException {
        try (var upstream = ScriptedUpstream.answering("never");
                var proxy = ProxyUnderTest.start(collecting(1 << 30, upstream));
                var client = proxy.connect()) {
            client.sendHead("POST / HTTP/1.1", "Host: a", "Content-Length: " + SIZE);
            client.send("secret".repeat(100_000));
            Await.until(
                    "what was sent to be on disk",
                    () -> contents(proxy.space()).stream().anyMatch(content -> content.length() > 400_000));
            try (var names = Files.list(Path.of("target", "spill"))) {
                assertThat(names).isEmpty();
            }
            assertThat(contents(proxy.space())).noneMatch(content -> content.contains("secretsecret"));
        }
    }

    /** Of the files that are open, by the links of the process's descriptors. */
    private static List<String> contents(BufferSpace space) {
        String named = "/spill/moorgate-" + ProcessHandle.current().pid() + "-" + System.identityHashCode(space) + "-";
        try (var links = Files.list(Path.of("/proc/self/fd"))) {
            return links.filter(link -> target(link).contains(named))
                    .map(SpillTest::content)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException closed) {
            return "";
        }
    }

    private static String content(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException closed) {
            return "";
        }
    }
}
