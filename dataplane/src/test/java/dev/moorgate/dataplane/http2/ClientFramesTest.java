package dev.moorgate.dataplane.http2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** Frame by frame: what an endpoint may answer, and what becomes of what it may not. */
class ClientFramesTest {
    private static final String GET = "GET /a HTTP/1.1\r\nHost: h\r\nTE: trailers\r\nConnection: TE\r\n\r\n";
    private static final byte[] OK = Frames.block(":status", "200");

    private static Arguments row(String what, String expected, byte[]... frames) {
        return argumentSet(what, expected, frames);
    }

    static final List<Arguments> STREAM_ERRORS = List.of(
            row("no :status", "PROTOCOL_ERROR", Frames.headers(1, Frames.block("a", "b"), true)),
            row("status 101", "PROTOCOL_ERROR", Frames.headers(1, Frames.block(":status", "101"), false)),
            row("upper case", "PROTOCOL_ERROR", Frames.headers(1, Frames.block(":status", "200", "A", "b"), true)),
            row(
                    "an interim response that ends",
                    "PROTOCOL_ERROR",
                    Frames.headers(1, Frames.block(":status", "103"), true)),
            row("DATA before the head", "PROTOCOL_ERROR", Frames.data(1, 1, true)),
            row(
                    "DATA behind an interim head",
                    "PROTOCOL_ERROR",
                    Frames.headers(1, Frames.block(":status", "103"), false),
                    Frames.data(1, 1, true)),
            row(
                    "content longer than its length",
                    "PROTOCOL_ERROR",
                    Frames.headers(1, Frames.block(":status", "200", "content-length", "2"), false),
                    Frames.data(1, 3, false)),
            row(
                    "content shorter than its length",
                    "PROTOCOL_ERROR",
                    Frames.headers(1, Frames.block(":status", "200", "content-length", "2"), false),
                    Frames.data(1, 1, true)),
            row(
                    "trailers before all content",
                    "PROTOCOL_ERROR",
                    Frames.headers(1, Frames.block(":status", "200", "content-length", "2"), false),
                    Frames.headers(1, Frames.block("a", "b"), true)),
            row(
                    "content of a 204",
                    "PROTOCOL_ERROR",
                    Frames.headers(1, Frames.block(":status", "204"), false),
                    Frames.data(1, 1, true)),
            row(
                    "a head over the limit",
                    "PROTOCOL_ERROR",
                    Frames.begun(1, Frames.block(":status", "200", "a", "b".repeat(12_000))),
                    Frames.continuation(1, Frames.block("c", "d".repeat(12_000)), false),
                    Frames.continuation(1, Frames.block("e", "f".repeat(12_000)), true)));

    @ParameterizedTest
    @FieldSource("STREAM_ERRORS")
    void anAnswerThatIsNoneIsResetAndTheConnectionStays(String error, byte[][] frames) {
        try (Wire wire = Wire.client()) {
            wire.request(GET, true);
            wire.frames();
            wire.receive(frames);

            assertThat(wire.frames()).contains("RST_STREAM 1 " + error);
            assertThat(wire.told()).contains("reset 1 PEER_AT_FAULT " + error, "closed 1");
            assertThat(wire.session.isOpen()).isTrue();
            wire.request(GET, true);
            wire.receive(Frames.headers(3, OK, true));
            assertThat(wire.told()).containsExactly("headers 3 HTTP/1.1 200 OK end", "closed 3");
        }
    }

    static final List<Arguments> CONNECTION_ERRORS = List.of(
            row(
                    "a pushed stream",
                    "PROTOCOL_ERROR",
                    Frames.frame(5, 4, 1, Frames.concat(Frames.number(2), Frames.GET))),
            row("HEADERS on a stream that we have not opened", "PROTOCOL_ERROR", Frames.headers(3, OK, true)),
            row("HEADERS on a stream of its own", "PROTOCOL_ERROR", Frames.headers(2, OK, true)),
            row("ENABLE_PUSH", "PROTOCOL_ERROR", Frames.settings(2, 1)),
            row("RST_STREAM of an idle stream", "PROTOCOL_ERROR", Frames.reset(3, Http2Error.CANCEL)),
            row("DATA on an idle stream", "PROTOCOL_ERROR", Frames.data(3, 1, true)));

    @ParameterizedTest
    @FieldSource("CONNECTION_ERRORS")
    void whatBreaksTheConnectionEndsIt(String error, byte[][] frames) {
        try (Wire wire = Wire.client()) {
            wire.request(GET, true);
            wire.frames();
            wire.receive(frames);

            assertThat(wire.frames()).last().isEqualTo("GOAWAY 0 0 " + error);
            assertThat(wire.told()).startsWith("reset 1 CONNECTION_LOST " + error, "closed 1");
            assertThat(wire.ended).isTrue();
        }
    }

    @Test
    void aRequestIsSentAsABlockOfItsOwnForm() {
        try (Wire wire = Wire.client()) {
            wire.request("GET /a HTTP/1.1\r\nAccept: x\r\nHost: h:80\r\nTE: trailers\r\nConnection: TE\r\n\r\n", true);
            wire.request("DELETE / HTTP/1.1\r\nhost: h\r\nX-Up: 1\r\n\r\n", true);
            assertThat(wire.frames())
                    .containsExactly(
                            "HEADERS 1 GET /a HTTP/1.1|host: h:80|accept: x|te: trailers end",
                            "HEADERS 3 DELETE / HTTP/1.1|host: h|x-up: 1 end");
        }
    }

    @Test
    void interimAnswersComeBeforeTheFinalOne() {
        try (Wire wire = Wire.client()) {
            wire.request(GET, true);
            wire.receive(
                    Frames.headers(1, Frames.block(":status", "103", "link", "x"), false),
                    Frames.headers(1, Frames.block(":status", "103", "link", "y"), false),
                    Frames.headers(1, OK, false),
                    Frames.data(1, 2, false),
                    Frames.headers(1, Frames.block("grpc-status", "0"), true));
            assertThat(wire.told())
                    .containsExactly(
                            "headers 1 HTTP/1.1 103 |link: x",
                            "headers 1 HTTP/1.1 103 |link: y",
                            "headers 1 HTTP/1.1 200 OK",
                            "data 1 2",
                            "trailers 1 grpc-status=0",
                            "closed 1");
        }
    }

    @Test
    void whatComesLateForAStreamThatWasCalledOffLongAgoHarmsNoOther() {
        try (Wire wire = Wire.client()) {
            Http2Stream calledOff = wire.request(GET, true);
            wire.session.reset(calledOff, Http2Error.CANCEL);
            for (int i = 0; i < 1_000; i++) {
                wire.receive(Frames.headers(wire.request(GET, true).id(), OK, true));
            }
            Http2Stream last = wire.request(GET, true);
            wire.frames();
            wire.told();

            wire.receive(
                    Frames.headers(1, Frames.hex("884001610162"), false),
                    Frames.data(1, 10, false),
                    Frames.windowUpdate(1, 5),
                    Frames.windowUpdate(1, 0),
                    Frames.headers(1, Frames.block("c", "d"), true),
                    Frames.reset(1, Http2Error.CANCEL),
                    Frames.headers(last.id(), Frames.hex("88be"), true));

            assertThat(wire.frames()).isEmpty();
            assertThat(wire.told())
                    .containsExactly("headers " + last.id() + " HTTP/1.1 200 OK|a: b end", "closed " + last.id());
        }
    }

    @Test
    void whatComesLateIsNotForNothing() {
        try (Wire wire = Wire.client()) {
            wire.session.reset(wire.request(GET, true), Http2Error.CANCEL);
            for (int i = 0; i < 300; i++) {
                wire.session.reset(wire.request(GET, true), Http2Error.CANCEL);
            }
            wire.session.flush();
            for (int i = 0; i < 200 && wire.session.isOpen(); i++) {
                wire.receive(Frames.data(1, 16_384, false));
            }
            assertThat(wire.session.isOpen()).isTrue();
            assertThat(wire.frames()).contains("WINDOW_UPDATE 0 524288");
            for (int i = 0; i < 10_000 && wire.session.isOpen(); i++) {
                wire.receive(Frames.headers(1, OK, false));
            }
            assertThat(wire.told()).last().isEqualTo("failed ENHANCE_YOUR_CALM: HEADERS behind a reset");
        }
    }

    @Test
    void whatTheServerWillNotLookAtIsUnprocessed() {
        try (Wire wire = Wire.client()) {
            wire.request(GET, true);
            wire.request(GET, true);
            wire.request(GET, true);
            wire.receive(Frames.goAway(1, Http2Error.ENHANCE_YOUR_CALM));
            assertThat(wire.told())
                    .containsExactly(
                            "going away ENHANCE_YOUR_CALM",
                            "reset 3 UNPROCESSED REFUSED_STREAM",
                            "closed 3",
                            "reset 5 UNPROCESSED REFUSED_STREAM",
                            "closed 5");
            wire.receive(Frames.headers(1, OK, true));
            assertThat(wire.told()).containsExactly("headers 1 HTTP/1.1 200 OK end", "closed 1");
        }
    }

    @Test
    void theServersWindowsAndFramesAreKeptAlsoWhenTheyShrink() {
        try (Wire wire = Wire.client()) {
            wire.receive(Frames.settings(4, 100));
            Http2Stream stream = wire.request("POST / HTTP/1.1\r\nHost: h\r\n\r\n", false);
            wire.frames();
            wire.send(stream, 1_000, false);
            assertThat(wire.frames()).containsExactly("DATA 1 100");
            wire.receive(Frames.settings(4, 1_000, 4, 0, 4, 50));
            wire.receive(Frames.windowUpdate(1, 50));
            assertThat(wire.frames()).containsExactly("SETTINGS 0 ACK");
            wire.receive(Frames.windowUpdate(1, 10));
            assertThat(wire.frames()).containsExactly("DATA 1 10");
            wire.receive(Frames.settings(4, 70_000));
            assertThat(wire.frames()).containsExactly("SETTINGS 0 ACK", "DATA 1 890");
            wire.send(stream, 65_000 - 1_000, false);
            wire.send(stream, 1_000, true);
            assertThat(wire.frames()).last().isEqualTo("DATA 1 535");
            wire.receive(Frames.windowUpdate(0, 1_000));
            assertThat(wire.frames()).containsExactly("DATA 1 465 end");
        }
    }
}
