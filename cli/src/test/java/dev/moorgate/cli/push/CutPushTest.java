package dev.moorgate.cli.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.publish.SidecarSocket;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.DeltaPush;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.Stamped;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.TableWriter;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator that dies in the middle of a push, at any octet of it: the data plane has one whole table (fault I1). */
class CutPushTest {
    private static final int TIMES = 50;

    private final Vertx vertx = Vertx.vertx();

    @TempDir
    Path temporary;

    private Path socket() {
        return temporary.resolve("run").resolve("control.sock");
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    private static RouteTable table(int number) {
        return Tables.table(number);
    }

    private static EndpointTable endpoints(int number) {
        return Tables.endpoints(number);
    }

    @Test
    void pushThatEndsAnywhereChangesNothing() throws Exception {
        var random = new Random(7);
        try (var sidecar = new Sidecar(socket(), temporary.resolve("state"))) {
            try (var publisher = publisher(socket())) {
                publisher.publish(table(0), endpoints(0));
                TablePublisherTest.await(() -> !sidecar.states().isEmpty());
            }
            Stamped inForce = Stamped.of(sidecar.states().getLast());
            TableVersion version = inForce.push().version();
            for (int i = 1; i <= TIMES; i++) {
                version = version.nextTable();
                var next = Stamped.of(new Push(version, table(i), endpoints(i)));
                boolean whole = random.nextBoolean();
                byte[] document = whole
                        ? TableWriter.WIRE.write(next.push())
                        : TableWriter.WIRE.write(DeltaPush.between(inForce, next));
                byte[] head = ((whole ? "PUT" : "PATCH") + " /table HTTP/1.1\r\nhost: localhost\r\ncontent-length: "
                                + document.length + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII);

                killedAfter(random.nextInt(head.length + document.length), head, document);
            }
            try (var publisher = publisher(socket())) {
                publisher.publish(table(99), endpoints(99));
                TablePublisherTest.await(
                        () -> sidecar.states().getLast().table().equals(table(99)));
            }

            assertThat(sidecar.states()).hasSize(2).allMatch(Tables::isWhole);
        }
    }

    private void killedAfter(int octets, byte[] head, byte[] document) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            ByteBuffer part = ByteBuffer.allocate(head.length + document.length)
                    .put(head)
                    .put(document)
                    .flip()
                    .limit(octets);
            while (part.hasRemaining()) {
                channel.write(part);
            }
        }
    }

    private TablePublisher publisher(Path at) {
        return new TablePublisher(new SidecarSocket(vertx, at), System::currentTimeMillis);
    }

    @Test
    void connectionsThatAreCutAnywhereDelayButNeverMix() throws Exception {
        var random = new Random(11);
        Path front = temporary.resolve("front.sock");
        try (var sidecar = new Sidecar(socket(), temporary.resolve("state"));
                var proxy = new CuttingProxy(front, socket());
                var publisher = publisher(front)) {
            for (int i = 1; i <= TIMES; i++) {
                int number = i;
                proxy.cutAfter(1 + random.nextInt(6_000));
                publisher.publish(table(number), endpoints(number));
                if (random.nextInt(4) == 0) {
                    publisher.publish(table(number), endpoints(number - 1));
                    publisher.publish(table(number), endpoints(number));
                }
                TablePublisherTest.await(() -> !sidecar.states().isEmpty()
                        && sidecar.states().getLast().table().equals(table(number))
                        && sidecar.states().getLast().endpoints().equals(endpoints(number)));
            }

            assertThat(sidecar.states()).extracting(Push::version).isSorted().doesNotHaveDuplicates();
            assertThat(sidecar.states()).allMatch(CutPushTest::isWanted);
        }
    }

    private static boolean isWanted(Push state) {
        return Tables.isWhole(state) || state.table().equals(table(Tables.numberOf(state) + 1));
    }
}
