package dev.moorgate.dataplane.http2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Random damage to good conversations, the same in every run: nothing is ever thrown, a broken connection is told with one of
 * the errors of RFC 9113 7, no buffer is left behind, and what was told obeys the order of {@link Http2Events}.
 */
class FuzzTest {
    private static final int ROUNDS = 1_500;
    private static final byte[] TRAILERS = Frames.block("x-sum", "1");
    private static final byte[] INDEXED = Frames.hex("828684410168400161017a");
    private static final byte[] RESPONSE = Frames.block(":status", "200", "content-length", "3");

    static final List<byte[]> TO_SERVER = List.of(
            Frames.headers(1, Frames.GET, true),
            Frames.headers(3, Frames.POST, false),
            Frames.data(3, 100, false),
            Frames.data(3, 10, true),
            Frames.headers(5, INDEXED, false),
            Frames.headers(5, TRAILERS, true),
            Frames.begun(7, Arrays.copyOf(Frames.GET, 12)),
            Frames.continuation(7, Arrays.copyOfRange(Frames.GET, 12, Frames.GET.length), true),
            Frames.reset(7, Http2Error.CANCEL),
            Frames.windowUpdate(0, 1_000),
            Frames.windowUpdate(5, 70_000),
            Frames.settings(3, 10, 4, 1_000, 5, 20_000),
            Frames.settingsAck(),
            Frames.ping(0),
            Frames.ping(1),
            Frames.priority(9, 1),
            Frames.frame(0, 8, 3, Frames.hex("0361616161000000")),
            Frames.goAway(1, Http2Error.NO_ERROR));
    static final List<byte[]> TO_CLIENT = List.of(
            Frames.headers(1, Frames.block(":status", "103"), false),
            Frames.headers(1, Frames.block(":status", "200"), false),
            Frames.data(1, 1_000, false),
            Frames.headers(1, TRAILERS, true),
            Frames.headers(3, RESPONSE, false),
            Frames.data(3, 3, true),
            Frames.headers(5, Frames.hex("88"), true),
            Frames.reset(7, Http2Error.REFUSED_STREAM),
            Frames.windowUpdate(0, 1_000),
            Frames.windowUpdate(9, 70_000),
            Frames.settings(3, 10, 4, 1_000),
            Frames.settingsAck(),
            Frames.ping(0),
            Frames.goAway(7, Http2Error.NO_ERROR));

    @Test
    void nothingThatAClientSendsDoesMoreThanItMay() {
        Random random = new Random(11);
        int ended = 0;
        for (int round = 0; round < ROUNDS; round++) {
            try (Wire wire = Wire.readyServer()) {
                wire.consumes = random.nextBoolean();
                wire.answers = random.nextBoolean();
                feed(wire, random, TO_SERVER);
                ended += check(wire);
            }
        }
        assertThat(ended).isBetween(ROUNDS / 10, ROUNDS - ROUNDS / 20);
    }

    @Test
    void nothingThatAnEndpointSendsDoesMoreThanItMay() {
        Random random = new Random(12);
        int ended = 0;
        for (int round = 0; round < ROUNDS; round++) {
            try (Wire wire = Wire.client()) {
                wire.consumes = random.nextBoolean();
                for (int i = 0; i < 5; i++) {
                    boolean end = random.nextBoolean();
                    Http2Stream stream = wire.request("PUT / HTTP/1.1\r\nHost: h\r\n\r\n", end);
                    if (!end) {
                        wire.send(stream, random.nextInt(50_000), random.nextBoolean());
                    }
                }
                feed(wire, random, TO_CLIENT);
                ended += check(wire);
            }
        }
        assertThat(ended).isBetween(ROUNDS / 10, ROUNDS - ROUNDS / 20);
    }

    private static void feed(Wire wire, Random random, List<byte[]> seeds) {
        int first = random.nextInt(3);
        byte[] all = new byte[0];
        for (int i = 0; i < 12; i++) {
            byte[] seed = random.nextInt(4) == 0
                    ? seeds.get(random.nextInt(seeds.size()))
                    : seeds.get(Math.min(first + i, seeds.size() - 1));
            all = Frames.concat(all, seed);
        }
        for (int hits = random.nextInt(4); hits > 0; hits--) {
            int at = random.nextInt(all.length);
            switch (random.nextInt(4)) {
                case 0 -> all[at] = (byte) random.nextInt(256);
                case 1 -> all[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> all = Frames.concat(Arrays.copyOf(all, at), Arrays.copyOfRange(all, at + 1, all.length));
                default ->
                    all = Frames.concat(
                            Arrays.copyOf(all, at),
                            Arrays.copyOfRange(all, at / 2, Math.min(all.length, at / 2 + random.nextInt(40))),
                            Arrays.copyOfRange(all, at, all.length));
            }
        }
        for (int at = 0; at < all.length; ) {
            int next = Math.min(all.length, at + 1 + random.nextInt(random.nextBoolean() ? 5 : 2_000));
            wire.receive(Arrays.copyOfRange(all, at, next));
            at = next;
        }
    }

    /** 1 where the connection has ended. */
    static int check(Wire wire) {
        for (int id = 1; id < 12; id += 2) {
            Pattern mark = Pattern.compile("[a-z]+ " + id + "\\b.*");
            boolean over = false;
            for (String line : wire.told) {
                boolean ofStream = mark.matcher(line).matches();
                if (ofStream && !line.startsWith("closed") && !line.startsWith("writable")) {
                    assertThat(over).as("%s in %s", line, wire.told).isFalse();
                }
                over |= ofStream && line.startsWith("reset");
            }
        }
        if (wire.session.isOpen()) {
            return 0;
        }
        assertThat(wire.ended).isTrue();
        assertThat(wire.session.openStreams()).isZero();
        assertThat(wire.told).last().asString().startsWith("failed ");
        return 1;
    }
}
