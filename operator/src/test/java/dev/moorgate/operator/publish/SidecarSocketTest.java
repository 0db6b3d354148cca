package dev.moorgate.operator.publish;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.TableWriter;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SidecarSocketTest {
    private static final int TIMES = 2_000;
    private static final int LONGEST_MICROS = 4_000;
    private static final Duration HELD = Duration.ofSeconds(25);

    @TempDir
    Path temporary;

    private final Set<SocketChannel> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger answered = new AtomicInteger();
    /** What happened to the server and should not have. */
    private final Queue<IOException> unexpected = new ConcurrentLinkedQueue<>();

    private volatile boolean over;

    /** A question on a connection that ended as it was leased was neither answered nor given up, not even when its time was up. */
    @Test
    void everyQuestionEndsWhereConnectionsEndAtAnyMoment() throws Exception {
        Path socket = temporary.resolve("control.sock");
        Vertx vertx = Vertx.vertx();
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                var client = new SidecarSocket(vertx, socket)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            Thread.ofPlatform().daemon().start(() -> accept(server));
            CompletableFuture<Void> pushing = asking(client, Duration.ZERO);
            CompletableFuture<Void> watching = asking(client, HELD);

            var random = new Random(23);
            for (int i = 0; i < TIMES; i++) {
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(LONGEST_MICROS)));
                end();
            }
            over = true;
            while (!pushing.isDone() || !watching.isDone()) {
                end();
                LockSupport.parkNanos(1_000_000);
            }

            CompletableFuture.allOf(pushing, watching).join();
            assertThat(answered).hasPositiveValue();
            assertThat(unexpected).isEmpty();
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        }
    }

    private void end() throws IOException {
        for (SocketChannel connection : connections) {
            connection.close();
        }
    }

    private CompletableFuture<Void> asking(SidecarSocket client, Duration hold) {
        return CompletableFuture.runAsync(() -> ask(client, hold), Thread::startVirtualThread)
                .orTimeout(60, TimeUnit.SECONDS);
    }

    private void ask(SidecarSocket client, Duration hold) {
        while (!over) {
            try {
                assertThat(client.installed(TableVersion.NONE, hold).ack().isApplied())
                        .isTrue();
                answered.incrementAndGet();
            } catch (IOException ended) {
                assertThat(ended).hasMessageStartingWith("no answer").hasMessageNotContaining("time");
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void accept(ServerSocketChannel server) {
        byte[] ack = TableWriter.WIRE.write(Ack.applied(TableVersion.NONE, "0".repeat(64)));
        String head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " + ack.length + "\r\n\r\n";
        byte[] answer = (head + new String(ack, US_ASCII)).getBytes(US_ASCII);
        try {
            while (true) {
                SocketChannel connection = server.accept();
                connections.add(connection);
                Thread.ofPlatform().daemon().start(() -> serve(connection, answer));
            }
        } catch (IOException closed) {
            unless(over, closed);
        }
    }

    /** Answers at once, but for what is to be held: that waits for the end of its connection. */
    private void serve(SocketChannel connection, byte[] answer) {
        var question = ByteBuffer.allocate(4096);
        String held = "hold=" + HELD.toMillis();
        try (connection) {
            while (connection.read(question.clear()) > 0) {
                if (!new String(question.array(), 0, question.position(), US_ASCII).contains(held)) {
                    connection.write(ByteBuffer.wrap(answer));
                }
            }
        } catch (IOException gone) {
            unless(over || !connection.isOpen(), gone);
        } finally {
            connections.remove(connection);
        }
    }

    private void unless(boolean meant, IOException e) {
        if (!meant) {
            unexpected.add(e);
        }
    }
}
