package dev.moorgate.dataplane.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.http.HeadLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.Random;
import java.util.Scanner;
import org.junit.jupiter.api.Test;

/** Our client and our server on one wire: windows, back pressure, fairness, and the ends of connections. */
class SessionPairTest {
    private static final String POST = "POST / HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String GET = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    private static final String OK = "HTTP/1.1 200 OK\r\n\r\n";

    /** Carries bytes both ways until nobody says anything more. */
    private static void pump(Wire client, Wire server) {
        while (client.out.isReadable() || server.out.isReadable()) {
            server.receive(taken(client));
            client.receive(taken(server));
        }
    }

    private static byte[] taken(Wire wire) {
        byte[] bytes = new byte[wire.out.readableBytes()];
        wire.out.readBytes(bytes);
        wire.out.clear();
        return bytes;
    }

    private static Wire newClient() {
        return Wire.of(Http2Settings.client(HeadLimits.STANDARD, false));
    }

    private static long contentOf(List<String> told, int stream) {
        return told.stream()
                .filter(line -> line.startsWith("data " + stream + " "))
                .mapToLong(SessionPairTest::size)
                .sum();
    }

    /** Of {@code data 1 500 end}. */
    private static long size(String line) {
        return new Scanner(line).skip("data \\d+").nextLong();
    }

    @Test
    void contentOfAnyLengthPassesWhereItIsConsumed() {
        try (Wire client = newClient();
                Wire server = Wire.server()) {
            pump(client, server);
            Http2Stream stream = client.request(POST, false);
            for (int i = 0; i < 100; i++) {
                client.send(stream, 30_000, i == 99);
                pump(client, server);
            }
            assertThat(contentOf(server.told, 1)).isEqualTo(3_000_000);
            assertThat(server.told.getLast()).endsWith(" end");
            server.respond(server.streams.getFirst(), OK, false);
            server.send(server.streams.getFirst(), 2_000_000, true);
            pump(client, server);

            assertThat(contentOf(client.told, 1)).isEqualTo(2_000_000);
            assertThat(client.told()).endsWith("closed 1");
            assertThat(server.told()).endsWith("closed 1");
        }
    }

    @Test
    void aReaderThatDoesNotConsumeStopsItsSenderAtTheWindow() {
        try (Wire client = newClient();
                Wire server = Wire.server()) {
            pump(client, server);
            server.consumes = false;
            Http2Stream stream = client.request(POST, false);
            client.send(stream, 200_000, false);
            pump(client, server);
            assertThat(contentOf(server.told, 1)).isEqualTo(64 << 10);
            assertThat(stream.pendingBytes()).isEqualTo(200_000 - (64 << 10));
            assertThat(stream.hasRoom()).isFalse();
            assertThat(client.session.isWaiting()).isTrue();

            server.session.consumed(server.streams.getFirst(), 64 << 10);
            server.session.flush();
            pump(client, server);

            assertThat(contentOf(server.told, 1)).isEqualTo(128 << 10);
            server.session.consumed(server.streams.getFirst(), 64 << 10);
            server.session.flush();
            pump(client, server);
            assertThat(stream.hasRoom()).isTrue();
            assertThat(client.told()).containsOnlyOnce("writable 1");
            assertThat(client.session.contentSent()).isEqualTo(3 * (64 << 10));
        }
    }

    @Test
    void smallPiecesThatWaitDoNotHoldOnToWhatTheyWereReadInto() {
        ByteBuf read = PooledByteBufAllocator.DEFAULT.directBuffer(64 << 10).writeZero(64 << 10);
        try (Wire client = newClient();
                Wire server = Wire.server()) {
            pump(client, server);
            server.consumes = false;
            Http2Stream stream = client.request(POST, false);
            client.send(stream, 64 << 10, false);
            pump(client, server);
            for (int i = 0; i < 10_000; i++) {
                client.session.data(stream, read.readRetainedSlice(i == 5_000 ? 5_000 : 1), i == 9_999);
            }
            client.session.flush();
            // The first piece and the large one.
            assertThat(read.refCnt()).isEqualTo(3);
            assertThat(stream.pendingBytes()).isEqualTo(14_999);

            server.session.consumed(server.streams.getFirst(), 64 << 10);
            server.session.flush();
            pump(client, server);

            assertThat(read.refCnt()).isEqualTo(1);
            assertThat(contentOf(server.told, 1)).isEqualTo((64 << 10) + 14_999);
            assertThat(server.told).hasSizeLessThan(20).last().asString().endsWith(" end");
            assertThat(client.session.isWaiting()).isFalse();
        } finally {
            read.release();
        }
    }

    @Test
    void whatWaitsLeavesInItsOrderWhateverItsPieces() {
        Random random = new Random(7);
        try (Wire wire = Wire.client()) {
            Http2Stream stream = wire.request(POST, false);
            int written = 0;
            int read = 0;
            for (int round = 0; round < 1_000; round++) {
                int size = random.nextInt(random.nextInt(4) == 0 ? 9_000 : 300) + 1;
                ByteBuf piece = wire.buffer(size);
                byte[] bytes = new byte[size];
                for (int i = 0; i < size; i++) {
                    bytes[i] = (byte) (written++ % 251);
                }
                piece.writeBytes(bytes);
                stream.enqueue(piece, wire);
                read = take(stream, read, random.nextInt(2 * size));
            }
            read = take(stream, read, Integer.MAX_VALUE);
            assertThat(read).isEqualTo(written);
        }
    }

    /** Takes up to {@code bytes} of what waits, which is to begin with the one at {@code read}. */
    private static int take(Http2Stream stream, int read, int bytes) {
        int at = read;
        int end = (int) Math.min((long) read + bytes, read + stream.pendingBytes());
        for (ByteBuf first = stream.first(); first != null && at < end; first = stream.first()) {
            byte[] some = new byte[Math.min(first.readableBytes(), end - at)];
            byte[] expected = new byte[some.length];
            first.readBytes(some);
            for (int i = 0; i < some.length; i++) {
                expected[i] = (byte) (at++ % 251);
            }
            assertThat(some).isEqualTo(expected);
            stream.pending -= some.length;
            if (!first.isReadable()) {
                stream.dequeue();
                first.release();
            }
        }
        return at;
    }

    @Test
    void streamsTakeTurns() {
        try (Wire client = newClient();
                Wire server = Wire.server()) {
            pump(client, server);
            client.room = false;
            Http2Stream first = client.request(POST, false);
            Http2Stream second = client.request(POST, false);
            client.send(first, 48 << 10, true);
            client.send(second, 48 << 10, true);
            client.room = true;
            client.session.flush();
            pump(client, server);

            assertThat(server.told.stream()
                            .filter(line -> line.startsWith("data"))
                            .map(line -> line.substring(5, 6)))
                    .containsExactly("1", "3", "1", "3", "1", "3");
        }
    }

    @Test
    void slowRequestsTogetherAreHeldByTheServersWindow() {
        try (Wire client = newClient();
                Wire server = Wire.server()) {
            pump(client, server);
            server.consumes = false;
            for (int i = 0; i < 40; i++) {
                client.send(client.request(POST, false), 64 << 10, false);
            }
            pump(client, server);

            assertThat(server.told.stream()
                            .filter(line -> line.startsWith("data"))
                            .mapToLong(SessionPairTest::size)
                            .sum())
                    .isEqualTo(1 << 20);
        }
    }

    @Test
    void slowResponsesDoNotStopThoseOfOthers() {
        try (Wire client = newClient();
                Wire server = Wire.server()) {
            pump(client, server);
            client.consumes = false;
            for (int i = 0; i < 40; i++) {
                client.request(GET, true);
            }
            pump(client, server);
            for (Http2Stream stream : server.streams) {
                server.respond(stream, OK, false);
                server.send(stream, 64 << 10, true);
            }
            pump(client, server);

            assertThat(client.told).filteredOn(line -> line.endsWith("end")).hasSize(40);
        }
    }

    @Test
    void aServersLimitOnStreamsIsKept() {
        try (Wire client = newClient();
                Wire server =
                        Wire.of(new Http2Settings(true, false, 2, 64 << 10, 1 << 20, HeadLimits.STANDARD, false))) {
            pump(client, server);
            assertThat(client.session.freeStreams()).isEqualTo(2);
            client.request(GET, true);
            client.request(GET, true);
            assertThat(client.session.freeStreams()).isZero();
            server.answers = true;
            pump(client, server);
            assertThat(client.session.freeStreams()).isEqualTo(2);
        }
    }

    @Test
    void aServerThatDrainsServesWhatIsOpenAndNothingElse() {
        try (Wire client = newClient();
                Wire server = Wire.server()) {
            pump(client, server);
            client.request(GET, true);
            pump(client, server);
            server.session.drain();
            server.session.flush();
            pump(client, server);
            assertThat(client.told()).containsExactly("going away NO_ERROR", "going away NO_ERROR");
            assertThat(client.session.freeStreams()).isZero();
            server.respond(server.streams.getFirst(), OK, true);
            pump(client, server);

            assertThat(client.told()).containsExactly("headers 1 HTTP/1.1 200 OK end", "closed 1");
            assertThat(server.ended).isTrue();
        }
    }

    @Test
    void aSignOfLifeIsAnswered() {
        try (Wire client = newClient();
                Wire server = Wire.server()) {
            pump(client, server);
            client.session.ping();
            client.session.ping();
            client.session.flush();
            pump(client, server);
            assertThat(client.told()).containsExactly("pong");
        }
    }

    @Test
    void aLostConnectionResetsEveryStreamAndLeavesNothingBehind() {
        try (Wire client = newClient();
                Wire server = Wire.server()) {
            pump(client, server);
            client.send(client.request(POST, false), 100_000, false);
            client.request(GET, true);
            client.session.lost();

            assertThat(client.told())
                    .containsExactly(
                            "reset 1 CONNECTION_LOST CANCEL", "closed 1", "reset 3 CONNECTION_LOST CANCEL", "closed 3");
            assertThat(client.session.openStreams()).isZero();
            assertThat(client.session.freeStreams()).isZero();
        }
    }

    @Test
    void aResetReachesTheOtherSideWithItsCode() {
        try (Wire client = newClient();
                Wire server = Wire.server()) {
            pump(client, server);
            Http2Stream stream = client.request(POST, false);
            pump(client, server);
            client.session.reset(stream, Http2Error.CANCEL);
            client.session.flush();
            pump(client, server);
            assertThat(server.told()).endsWith("reset 1 BY_PEER CANCEL", "closed 1");
            assertThat(client.told()).containsExactly("closed 1");

            client.request(GET, true);
            pump(client, server);
            server.session.reset(server.streams.getLast(), Http2Error.REFUSED_STREAM);
            server.session.flush();
            pump(client, server);
            assertThat(client.told()).containsExactly("reset 3 BY_PEER REFUSED_STREAM", "closed 3");
        }
    }
}
