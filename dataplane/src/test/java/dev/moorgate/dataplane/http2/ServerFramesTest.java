package dev.moorgate.dataplane.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** Frame by frame: what a client may send and what becomes of it, whole and byte by byte (RFC 9113 5, 6 and 8; rows B1, B17). */
class ServerFramesTest {
    private static final byte[] NOTHING = {};
    private static final String GET = "GET / HTTP/1.1|host: h";

    private static Arguments row(String what, String expected, byte[]... frames) {
        return argumentSet(what, expected, frames);
    }

    private static byte[] request(int stream, boolean end) {
        return Frames.headers(stream, end ? Frames.GET : Frames.POST, end);
    }

    private static byte[] frame(int type, int flags, int stream, String hex) {
        return Frames.frame(type, flags, stream, Frames.hex(hex));
    }

    static final List<Arguments> CONNECTION_ERRORS = List.of(
            row("DATA on stream 0", "PROTOCOL_ERROR", Frames.data(0, 1, false)),
            row("DATA on an idle stream", "PROTOCOL_ERROR", Frames.data(1, 1, false)),
            row("HEADERS on stream 0", "PROTOCOL_ERROR", request(0, true)),
            row("HEADERS on an even stream", "PROTOCOL_ERROR", request(2, true)),
            row("HEADERS on a smaller number", "PROTOCOL_ERROR", request(5, true), request(3, true)),
            row("more padding than HEADERS", "PROTOCOL_ERROR", frame(1, 0xd, 1, "0582")),
            row("padding without a length", "PROTOCOL_ERROR", frame(1, 0xd, 1, "")),
            row("a priority that is cut", "PROTOCOL_ERROR", frame(1, 0x25, 1, "000000")),
            row("more padding than DATA", "PROTOCOL_ERROR", request(1, false), frame(0, 8, 1, "0561")),
            row("DATA padded without a length", "FRAME_SIZE_ERROR", request(1, false), frame(0, 8, 1, "")),
            row("a frame over the limit", "FRAME_SIZE_ERROR", Frames.announced(1, 1, 16_385)),
            row("DATA over the limit", "FRAME_SIZE_ERROR", request(1, false), Frames.announced(0, 1, 16_385)),
            row("an unknown frame over the limit", "FRAME_SIZE_ERROR", Frames.announced(0x66, 1, 16_385)),
            row("HEADERS between HEADERS", "PROTOCOL_ERROR", Frames.begun(1, Frames.GET), request(3, true)),
            row("PRIORITY between", "PROTOCOL_ERROR", Frames.begun(1, Frames.GET), Frames.priority(1, 0)),
            row("DATA between", "PROTOCOL_ERROR", Frames.begun(1, Frames.GET), Frames.data(1, 1, true)),
            row("an unknown frame between", "PROTOCOL_ERROR", Frames.begun(1, Frames.GET), frame(0x66, 0, 1, "00")),
            row(
                    "CONTINUATION of another stream",
                    "PROTOCOL_ERROR",
                    Frames.begun(1, Frames.GET),
                    Frames.continuation(3, NOTHING, true)),
            row("CONTINUATION of nothing", "PROTOCOL_ERROR", Frames.continuation(1, NOTHING, true)),
            row(
                    "CONTINUATION behind END_HEADERS",
                    "PROTOCOL_ERROR",
                    request(1, true),
                    Frames.continuation(1, NOTHING, true)),
            row("a block that is no HPACK", "COMPRESSION_ERROR", frame(1, 5, 1, "80")),
            row(
                    "the same behind CONTINUATION",
                    "COMPRESSION_ERROR",
                    Frames.begun(1, Frames.GET),
                    Frames.continuation(1, Frames.hex("ff"), true)),
            row("trailers that are no HPACK", "COMPRESSION_ERROR", request(1, false), frame(1, 5, 1, "be")),
            row("PRIORITY of stream 0", "PROTOCOL_ERROR", Frames.priority(0, 1)),
            row("PRIORITY of four bytes", "FRAME_SIZE_ERROR", frame(2, 0, 1, "00000000")),
            row("PRIORITY that depends on itself", "PROTOCOL_ERROR", Frames.priority(3, 3)),
            row("RST_STREAM of stream 0", "PROTOCOL_ERROR", Frames.reset(0, Http2Error.CANCEL)),
            row("RST_STREAM of an idle stream", "PROTOCOL_ERROR", Frames.reset(1, Http2Error.CANCEL)),
            row("RST_STREAM of our own stream", "PROTOCOL_ERROR", Frames.reset(2, Http2Error.CANCEL)),
            row("RST_STREAM of three bytes", "FRAME_SIZE_ERROR", request(1, false), frame(3, 0, 1, "000000")),
            row("SETTINGS on a stream", "PROTOCOL_ERROR", frame(4, 0, 1, "")),
            row("SETTINGS of five bytes", "FRAME_SIZE_ERROR", frame(4, 0, 0, "0003000000")),
            row("SETTINGS acknowledged with a payload", "FRAME_SIZE_ERROR", frame(4, 1, 0, "000300000001")),
            row("ENABLE_PUSH of 2", "PROTOCOL_ERROR", Frames.settings(2, 2)),
            row("INITIAL_WINDOW_SIZE of 2^31", "FLOW_CONTROL_ERROR", Frames.settings(4, 1 << 31)),
            row("the same before a good one", "FLOW_CONTROL_ERROR", Frames.settings(4, 1 << 31, 4, 100)),
            row(
                    "INITIAL_WINDOW_SIZE that is too much for a moment",
                    "FLOW_CONTROL_ERROR",
                    request(1, false),
                    Frames.windowUpdate(1, 1),
                    Frames.settings(4, Integer.MAX_VALUE, 4, 100)),
            row("MAX_FRAME_SIZE of 16383", "PROTOCOL_ERROR", Frames.settings(5, 16_383)),
            row("MAX_FRAME_SIZE of 2^24", "PROTOCOL_ERROR", Frames.settings(5, 1 << 24)),
            row("ENABLE_CONNECT_PROTOCOL of 2", "PROTOCOL_ERROR", Frames.settings(8, 2)),
            row("ENABLE_CONNECT_PROTOCOL taken back", "PROTOCOL_ERROR", Frames.settings(8, 1), Frames.settings(8, 0)),
            row("PUSH_PROMISE", "PROTOCOL_ERROR", request(1, false), frame(5, 4, 1, "00000002")),
            row("PING on a stream", "PROTOCOL_ERROR", frame(6, 0, 1, "0000000000000000")),
            row("PING of seven bytes", "FRAME_SIZE_ERROR", frame(6, 0, 0, "00000000000000")),
            row("GOAWAY on a stream", "PROTOCOL_ERROR", frame(7, 0, 1, "0000000000000000")),
            row("GOAWAY of four bytes", "FRAME_SIZE_ERROR", frame(7, 0, 0, "00000000")),
            row("WINDOW_UPDATE of nothing", "PROTOCOL_ERROR", Frames.windowUpdate(0, 0)),
            row("WINDOW_UPDATE over 2^31-1", "FLOW_CONTROL_ERROR", Frames.windowUpdate(0, Integer.MAX_VALUE)),
            row("WINDOW_UPDATE of three bytes", "FRAME_SIZE_ERROR", frame(8, 0, 0, "000001")),
            row("WINDOW_UPDATE of an idle stream", "PROTOCOL_ERROR", Frames.windowUpdate(1, 1)),
            row(
                    "HEADERS behind RST_STREAM",
                    "STREAM_CLOSED",
                    request(1, false),
                    Frames.reset(1, Http2Error.CANCEL),
                    request(1, true)));

    static final List<Arguments> STREAM_ERRORS = List.of(
            row("HEADERS behind END_STREAM", "STREAM_CLOSED", request(1, true), request(1, true)),
            row("DATA behind END_STREAM", "STREAM_CLOSED", request(1, true), Frames.data(1, 1, true)),
            row(
                    "DATA behind RST_STREAM",
                    "STREAM_CLOSED",
                    request(1, false),
                    Frames.reset(1, Http2Error.CANCEL),
                    Frames.data(1, 1, true)),
            row(
                    "HEADERS that depend on themselves",
                    "PROTOCOL_ERROR",
                    Frames.frame(1, 0x25, 1, Frames.concat(Frames.hex("0000000110"), Frames.GET))),
            row("PRIORITY that depends on itself", "PROTOCOL_ERROR", request(1, false), Frames.priority(1, 1)),
            row("WINDOW_UPDATE of nothing", "PROTOCOL_ERROR", request(1, false), Frames.windowUpdate(1, 0)),
            row(
                    "WINDOW_UPDATE over 2^31-1",
                    "FLOW_CONTROL_ERROR",
                    request(1, false),
                    Frames.windowUpdate(1, Integer.MAX_VALUE)),
            row("trailers without END_STREAM", "PROTOCOL_ERROR", request(1, false), request(1, false)),
            row(
                    "a pseudo-field in trailers",
                    "PROTOCOL_ERROR",
                    request(1, false),
                    Frames.headers(1, Frames.block(":path", "/"), true)),
            row(
                    "DATA over the stream's window",
                    "FLOW_CONTROL_ERROR",
                    request(1, false),
                    Frames.data(1, 16_384, false),
                    Frames.data(1, 16_384, false),
                    Frames.data(1, 16_384, false),
                    Frames.data(1, 16_384, false),
                    Frames.data(1, 1, false)));

    @ParameterizedTest
    @FieldSource("CONNECTION_ERRORS")
    void whatBreaksTheConnectionEndsItWithGoAway(String error, byte[][] frames) {
        for (boolean cut : new boolean[] {false, true}) {
            try (Wire wire = Wire.readyServer()) {
                feed(wire, cut, frames);

                assertThat(wire.frames().getLast()).startsWith("GOAWAY ").endsWith(" " + error);
                assertThat(wire.told().getLast()).startsWith("failed " + error);
                assertThat(wire.ended).isTrue();
                assertThat(wire.session.isOpen()).isFalse();
                assertThat(wire.session.openStreams()).isZero();
            }
        }
    }

    @ParameterizedTest
    @FieldSource("STREAM_ERRORS")
    void whatBreaksAStreamHarmsNoOther(String error, byte[][] frames) {
        for (boolean cut : new boolean[] {false, true}) {
            try (Wire wire = Wire.readyServer()) {
                wire.consumes = false;
                feed(wire, cut, frames);
                assertThat(wire.frames().getLast()).isEqualTo("RST_STREAM 1 " + error);
                assertThat(wire.session.openStreams()).isZero();
                wire.told();

                feed(wire, cut, request(3, true));

                assertThat(wire.told()).containsExactly("headers 3 " + GET + " end");
            }
        }
    }

    private static void feed(Wire wire, boolean cut, byte[]... frames) {
        for (byte[] frame : frames) {
            if (cut) {
                for (int i = 0; i < frame.length; i++) {
                    wire.receive(Arrays.copyOfRange(frame, i, i + 1));
                }
            } else {
                wire.receive(frame);
            }
        }
    }

    @Test
    void aConnectionBeginsWithPrefaceAndSettings() {
        try (Wire wire = Wire.server()) {
            assertThat(wire.frames()).containsExactly("SETTINGS 0", "WINDOW_UPDATE 0 983041");
            wire.receive(Frames.latin("PRI * HTTP/2.0\r\n\r\nSM\r\n\rX"));
            assertThat(wire.told()).containsExactly("failed PROTOCOL_ERROR: no connection preface");
        }
        try (Wire wire = Wire.server()) {
            wire.receive(Frames.preface(), request(1, true));
            assertThat(wire.told()).containsExactly("failed PROTOCOL_ERROR: the first frame is not SETTINGS");
        }
        try (Wire wire = Wire.server()) {
            wire.frames();
            wire.receive(Frames.preface(), Frames.settings(), request(1, true));
            assertThat(wire.frames()).containsExactly("SETTINGS 0 ACK");
            assertThat(wire.told()).containsExactly("headers 1 " + GET + " end");
        }
    }

    @Test
    void aRequestWithContentAndTrailersIsAnsweredWithTheSame() {
        try (Wire wire = Wire.readyServer()) {
            wire.receive(
                    Frames.headers(1, Frames.POST, false),
                    Frames.data(1, 5, false),
                    Frames.headers(1, Frames.block("x-sum", "5"), true));
            assertThat(wire.told())
                    .containsExactly("headers 1 POST / HTTP/1.1|host: h", "data 1 5", "trailers 1 x-sum=5");
            Http2Stream stream = wire.streams.getFirst();

            wire.respond(stream, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", false);
            wire.respond(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n", false);
            wire.send(stream, 3, false);
            byte[] trailers = Frames.latin("grpc-status: 0\r\n\r\n");
            wire.session.trailers(stream, trailers, trailers.length);
            wire.session.flush();

            assertThat(wire.frames())
                    .containsExactly(
                            "HEADERS 1 HTTP/1.1 103 |link: x",
                            "HEADERS 1 HTTP/1.1 200 OK|x-a: b",
                            "DATA 1 3",
                            "HEADERS 1 grpc-status: 0 end");
            assertThat(wire.told()).containsExactly("closed 1");
        }
    }

    @Test
    void paddingIsTakenOutAndGivenBackToTheWindows() {
        try (Wire wire = Wire.readyServer()) {
            byte[] padded = Frames.frame(0, 8, 1, Frames.concat(new byte[] {(byte) 255}, new byte[16_383]));
            wire.receive(Frames.headers(1, Frames.POST, false));
            for (int i = 0; i < 200; i++) {
                wire.receive(padded);
            }
            assertThat(wire.told()).hasSize(201).contains("data 1 16128");
            assertThat(wire.frames()).isNotEmpty().allMatch(frame -> frame.startsWith("WINDOW_UPDATE "));
            assertThat(wire.session.isOpen()).isTrue();
        }
    }

    @Test
    void aBlockThatComesInPiecesIsOneHead() {
        try (Wire wire = Wire.readyServer()) {
            wire.receive(
                    Frames.begun(1, Arrays.copyOf(Frames.GET, 10)),
                    Frames.continuation(1, Arrays.copyOfRange(Frames.GET, 10, 20), false),
                    Frames.continuation(1, Arrays.copyOfRange(Frames.GET, 20, Frames.GET.length), true));

            assertThat(wire.told()).containsExactly("headers 1 " + GET);
        }
    }

    @Test
    void framesOfUnknownTypesAreIgnored() {
        try (Wire wire = Wire.readyServer()) {
            wire.receive(frame(0x66, 0xff, 0, "0102"), frame(0x10, 0, 0, "00000001"), request(1, true));
            assertThat(wire.told()).containsExactly("headers 1 " + GET + " end");
            assertThat(wire.frames()).isEmpty();
        }
    }

    @Test
    void framesThatCrossOurResetAreIgnored() {
        try (Wire wire = Wire.readyServer()) {
            wire.receive(request(1, false));
            wire.session.reset(wire.streams.getFirst(), Http2Error.CANCEL);
            wire.session.flush();
            wire.receive(
                    Frames.data(1, 100, false),
                    Frames.windowUpdate(1, 5),
                    Frames.headers(1, Frames.block("a", "b"), true),
                    Frames.reset(1, Http2Error.CANCEL));
            assertThat(wire.frames()).containsExactly("RST_STREAM 1 CANCEL");
            assertThat(wire.session.isOpen()).isTrue();
        }
    }

    @Test
    void aServerThatDrainsNamesTheLastStreamWhenTheClientHasSeenTheFirstGoAway() {
        try (Wire wire = Wire.readyServer()) {
            wire.receive(request(1, true));
            wire.session.drain();
            wire.session.flush();
            assertThat(wire.frames()).containsExactly("GOAWAY 0 2147483647 NO_ERROR", "PING 0");

            // A request that was under way is still served.
            wire.receive(request(3, true), Frames.frame(6, 1, 0, Frames.hex("6d6f6f7267617465")));
            assertThat(wire.frames()).containsExactly("GOAWAY 0 3 NO_ERROR");
            wire.receive(request(5, true));
            assertThat(wire.told()).doesNotContain("headers 5 " + GET + " end");
            wire.respond(wire.streams.get(0), "HTTP/1.1 200 OK\r\n\r\n", true);
            assertThat(wire.ended).isFalse();
            wire.respond(wire.streams.get(1), "HTTP/1.1 200 OK\r\n\r\n", true);

            assertThat(wire.ended).isTrue();
            assertThat(wire.frames()).containsExactly("HEADERS 1 HTTP/1.1 200 OK end", "HEADERS 3 HTTP/1.1 200 OK end");
        }
    }
}
