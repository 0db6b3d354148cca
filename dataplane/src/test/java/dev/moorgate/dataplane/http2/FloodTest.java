package dev.moorgate.dataplane.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** Peers that cost more than they are worth meet ENHANCE_YOUR_CALM, and busy good ones do not (rows B2 to B9). */
class FloodTest {
    private static final byte[] NOTHING = {};

    private static Arguments row(String what, int most, IntFunction<byte[]> frames) {
        return argumentSet(what, most, frames);
    }

    private static int id(int round) {
        return 2 * round + 1;
    }

    static final List<Arguments> FLOODS = List.of(
            row(
                    "B2 rapid reset",
                    AbuseGuard.MOST_RESETS,
                    i -> Frames.concat(
                            Frames.headers(id(i), Frames.GET, true), Frames.reset(id(i), Http2Error.CANCEL))),
            row(
                    "B3 DATA behind the end",
                    AbuseGuard.MOST_RESETS,
                    i -> Frames.concat(Frames.headers(id(i), Frames.GET, true), Frames.data(id(i), 1, true))),
            row(
                    "B3 a window of nothing",
                    AbuseGuard.MOST_RESETS,
                    i -> Frames.concat(Frames.headers(id(i), Frames.POST, false), Frames.windowUpdate(id(i), 0))),
            row(
                    "B3 a window that overflows",
                    AbuseGuard.MOST_RESETS,
                    i -> Frames.concat(
                            Frames.headers(id(i), Frames.POST, false), Frames.windowUpdate(id(i), Integer.MAX_VALUE))),
            row(
                    "B3 content unlike its length",
                    AbuseGuard.MOST_RESETS,
                    i -> Frames.headers(id(i), Frames.concat(Frames.POST, Frames.block("content-length", "5")), true)),
            row("B4 CONTINUATION", AbuseGuard.MOST_CONTINUATIONS, FloodTest::continued),
            row("B5 PING", AbuseGuard.MOST_GLITCHES, _ -> Frames.ping(0)),
            row("B5 PING acknowledged", AbuseGuard.MOST_GLITCHES, _ -> Frames.ping(1)),
            row("B5 SETTINGS", AbuseGuard.MOST_GLITCHES, _ -> Frames.settings(4, 100)),
            row("B5 SETTINGS acknowledged", AbuseGuard.MOST_GLITCHES, _ -> Frames.settingsAck()),
            row("B5 unknown frames", AbuseGuard.MOST_GLITCHES, _ -> Frames.frame(0x66, 0, 0, new byte[100])),
            row("B5 GOAWAY", AbuseGuard.MOST_GLITCHES, _ -> Frames.goAway(0, Http2Error.NO_ERROR)),
            row("B5 WINDOW_UPDATE of 1", AbuseGuard.MOST_GLITCHES, _ -> Frames.windowUpdate(0, 1)),
            row("B5 PRIORITY", AbuseGuard.MOST_GLITCHES, i -> Frames.priority(id(i), 0)),
            row(
                    "B5 PING, and DATA that nobody wants",
                    AbuseGuard.MOST_GLITCHES,
                    i -> i == 0
                            ? Frames.headers(1, Frames.concat(Frames.POST, Frames.block("content-length", "5")), true)
                            : Frames.concat(Frames.ping(0), Frames.data(1, 1, false))),
            row(
                    "B7 empty DATA",
                    AbuseGuard.MOST_EMPTY_DATA,
                    i -> i == 0 ? Frames.headers(1, Frames.POST, false) : Frames.data(1, 0, false)),
            row(
                    "B9 more streams than allowed",
                    100 + AbuseGuard.MOST_RESETS,
                    i -> Frames.headers(id(i), Frames.GET, true)));

    private static byte[] continued(int round) {
        return round == 0 ? Frames.begun(1, Frames.GET) : Frames.continuation(1, NOTHING, false);
    }

    @ParameterizedTest
    @FieldSource("FLOODS")
    void aFloodEndsTheConnectionAtItsLimitAndNotBefore(int most, IntFunction<byte[]> frames) {
        try (Wire wire = Wire.readyServer()) {
            int sent = 0;
            for (; sent < 2_000 && wire.session.isOpen(); sent++) {
                wire.receive(frames.apply(sent));
            }
            assertThat(wire.frames().getLast()).startsWith("GOAWAY ").endsWith(" ENHANCE_YOUR_CALM");
            assertThat(wire.told().getLast()).startsWith("failed ENHANCE_YOUR_CALM");
            assertThat(wire.ended).isTrue();
            assertThat(sent).isBetween(most - 1, most + 2);
        }
    }

    @Test
    void continuationsThatAreLargeEndSooner() {
        try (Wire wire = Wire.readyServer()) {
            wire.receive(
                    Frames.begun(1, Frames.GET),
                    Frames.continuation(1, new byte[16_384], false),
                    Frames.continuation(1, new byte[16_384], false));
            assertThat(wire.session.isOpen()).isTrue();
            wire.receive(Frames.continuation(1, new byte[1], false));
            assertThat(wire.frames()).containsExactly("GOAWAY 0 0 ENHANCE_YOUR_CALM");
        }
    }

    @Test
    void aFrameOfManySettingsEndsTheConnection() {
        int[] most = new int[2 * AbuseGuard.MOST_SETTINGS];
        Arrays.setAll(most, i -> i % 2 == 0 ? 4 : i);
        try (Wire wire = Wire.readyServer()) {
            wire.receive(Frames.settings(most));
            assertThat(wire.frames()).containsExactly("SETTINGS 0 ACK");
            wire.receive(Frames.settings(Arrays.copyOf(most, most.length + 2)));
            assertThat(wire.frames()).containsExactly("GOAWAY 0 0 ENHANCE_YOUR_CALM");
            assertThat(wire.told()).containsExactly("failed ENHANCE_YOUR_CALM: SETTINGS churn");
        }
    }

    @Test
    void resetsOfAnHourAgoAreForgotten() {
        try (Wire wire = Wire.readyServer()) {
            for (int i = 0; i < 1_000; i++) {
                wire.now += TimeUnit.MILLISECONDS.toNanos(200);
                wire.receive(
                        Frames.headers(id(i), Frames.GET, true),
                        Frames.reset(id(i), Http2Error.CANCEL),
                        Frames.ping(0));
            }
            assertThat(wire.session.isOpen()).isTrue();
        }
    }

    @Test
    void whoIsBusyMayBeChatty() {
        try (Wire wire = Wire.readyServer()) {
            wire.answers = true;
            for (int i = 0; i < 5_000; i++) {
                wire.receive(
                        Frames.headers(id(i), Frames.GET, true),
                        Frames.windowUpdate(0, 100),
                        Frames.priority(id(i), 0),
                        Frames.ping(0));
            }
            assertThat(wire.session.isOpen()).isTrue();
            assertThat(wire.session.openStreams()).isZero();
        }
    }

    @Test
    void whoOpensItsWindowOctetByOctetIsCutOff() {
        try (Wire wire = Wire.readyServer()) {
            wire.receive(Frames.settings(4, 0), Frames.headers(1, Frames.GET, true));
            wire.respond(wire.streams.getFirst(), "HTTP/1.1 200 OK\r\n\r\n", false);
            wire.send(wire.streams.getFirst(), 60_000, true);
            int sent = 0;
            for (; sent < 2_000 && wire.session.isOpen(); sent++) {
                wire.receive(Frames.windowUpdate(1, 1));
            }
            assertThat(sent).isBetween(AbuseGuard.MOST_GLITCHES, AbuseGuard.MOST_GLITCHES + 40);
            assertThat(wire.told().getLast()).isEqualTo("failed ENHANCE_YOUR_CALM: WINDOW_UPDATE flood");
        }
    }

    @Test
    void whoGivesBackWhatItTakesIsNotHoweverSmallItsWindowOrItsMessages() {
        for (int window : new int[] {64, 500, 65_535}) {
            try (Wire wire = Wire.readyServer()) {
                wire.receive(Frames.settings(4, window), Frames.headers(1, Frames.GET, true));
                Http2Stream stream = wire.streams.getFirst();
                wire.respond(stream, "HTTP/1.1 200 OK\r\n\r\n", false);
                for (int i = 0; i < 500; i++) {
                    wire.send(stream, 7, false);
                    wire.send(stream, i % 100 == 0 ? 5_000 : 20, false);
                    wire.receive(giveBack(wire), Frames.ping(0));
                    while (wire.session.isWaiting()) {
                        wire.receive(giveBack(wire));
                    }
                }
                assertThat(wire.session.isOpen()).as("a window of %s", window).isTrue();
                assertThat(wire.session.contentSent()).isEqualTo(500 * 27 + 5 * 4_980);
            }
        }
    }

    /** Two WINDOW_UPDATEs for each DATA that came, as the most eager clients send them. */
    private static byte[] giveBack(Wire wire) {
        byte[] updates = NOTHING;
        for (String frame : wire.frames()) {
            if (frame.startsWith("DATA 1 ")) {
                int bytes = Integer.parseInt(frame.substring(7));
                updates = Frames.concat(updates, Frames.windowUpdate(1, bytes), Frames.windowUpdate(0, bytes));
            }
        }
        return updates;
    }

    @Test
    void whoDoesNotReadWhatItAsksForIsCutOff() {
        try (Wire wire = Wire.readyServer()) {
            wire.answers = true;
            wire.room = false;
            int sent = 0;
            // Requests make up for the glitches, so that only the queue of answers can be what ends it.
            for (; sent < 3_000 && wire.session.isOpen(); sent++) {
                wire.receive(Frames.headers(id(sent), Frames.GET, true), Frames.ping(0));
            }
            assertThat(sent).isBetween(AbuseGuard.MOST_CONTROL - 10, AbuseGuard.MOST_CONTROL + 1);
            assertThat(wire.told().getLast()).contains("control frames are not read");
        }
    }

    @Test
    void aStreamBeyondTheLimitIsRefusedAndTheTableStaysRight() {
        try (Wire wire = Wire.readyServer()) {
            for (int i = 0; i < 100; i++) {
                wire.receive(Frames.headers(id(i), Frames.GET, true));
            }
            wire.frames();
            byte[] indexed = Frames.hex("828684410168400161017a");
            wire.receive(Frames.headers(201, indexed, true));
            assertThat(wire.frames()).containsExactly("RST_STREAM 201 REFUSED_STREAM");
            wire.respond(wire.streams.getFirst(), "HTTP/1.1 204 No Content\r\n\r\n", true);
            wire.told();

            wire.receive(Frames.headers(203, Frames.hex("828684bfbe"), true));

            assertThat(wire.told()).containsExactly("headers 203 GET / HTTP/1.1|host: h|a: z end");
        }
    }
}
