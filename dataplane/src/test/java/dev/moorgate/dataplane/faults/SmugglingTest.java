package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.RawClient;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** A1 to A5: where one message ends is never a matter of opinion, so nothing doubtful goes on to an upstream. */
@SuppressWarnings("StringConcatToTextBlock") // the line ends are what is sent
class SmugglingTest {
    private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    private static final String CHUNKS = "0\r\n\r\n" + HIDDEN;

    static final List<Arguments> REFUSED = List.of(
            post("A1 CL.TE", "Content-Length: 49\r\nTransfer-Encoding: chunked", CHUNKS, "length_and_coding"),
            post("A1 TE.CL", "Transfer-Encoding: chunked\r\nContent-Length: 4", CHUNKS, "length_and_coding"),
            post("A1 lower case", "content-length: 4\r\ntransfer-encoding: chunked", CHUNKS, "length_and_coding"),
            post("A1 length 0", "Content-Length: 0\r\nTransfer-Encoding: chunked", CHUNKS, "length_and_coding"),
            post(
                    "A1 coding nominated away",
                    "Connection: Transfer-Encoding\r\nContent-Length: 4\r\nTransfer-Encoding: chunked",
                    CHUNKS,
                    "length_and_coding"),
            post("A1 obscured coding", "Content-Length: 4\r\nTransfer-Encoding: xchunked", CHUNKS, "length_and_coding"),
            coding("A2 x prefix", "xchunked"),
            coding("A2 double quotes", "\"chunked\""),
            coding("A2 single quotes", "'chunked'"),
            coding("A2 tab before", "\tchunked"),
            coding("A2 tab behind", "chunked\t"),
            field("A2 VT before", "Transfer-Encoding: \u000bchunked", "control_character"),
            field("A2 VT behind", "Transfer-Encoding: chunked\u000b", "control_character"),
            field("A2 FF before", "Transfer-Encoding: \u000cchunked", "control_character"),
            field("A2 NUL inside", "Transfer-Encoding: chun\0ked", "control_character"),
            field("A2 NUL behind", "Transfer-Encoding: chunked\0", "control_character"),
            coding("A2 two fields", "chunked\r\nTransfer-Encoding: chunked"),
            coding("A2 two fields, the second identity", "chunked\r\nTransfer-Encoding: identity"),
            coding("A2 two fields, the first identity", "identity\r\nTransfer-Encoding: chunked"),
            coding("A2 chunked twice", "chunked, chunked"),
            coding("A2 chunked is not the last", "chunked, gzip"),
            coding("A2 identity", "identity"),
            coding("A2 parameter", "chunked;q=1"),
            coding("A2 empty item before", ",chunked"),
            coding("A2 empty item behind", "chunked,"),
            coding("A2 empty", ""),
            coding("A2 space inside", "chun ked"),
            coding("A2 another letter", "chun\u212aed".replace('\u212a', '\u00eb')),
            coding("A2 no such coding", "cow"),
            field("A2 space before the colon", "Transfer-Encoding : chunked", "space_before_colon"),
            field("A2 tab before the colon", "Transfer-Encoding\t: chunked", "space_before_colon"),
            field("A2 folded", "Transfer-Encoding:\r\n chunked", "obs_fold"),
            field("A2 behind a bare LF", "A: b\nTransfer-Encoding: chunked", "bare_lf"),
            field("A2 behind a bare CR", "A: b\rTransfer-Encoding: chunked", "bare_cr"),
            unsupported("A2 gzip, chunked", "gzip, chunked"),
            argumentSet(
                    "A3 1.0",
                    "POST / HTTP/1.0\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
                    400,
                    ProxyFailure.MALFORMED_REQUEST,
                    "coding_in_old_version"),
            argumentSet(
                    "A3 1.0 with a length and keep-alive",
                    "POST / HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\nContent-Length: 5\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n" + CHUNKS,
                    400,
                    ProxyFailure.MALFORMED_REQUEST,
                    "length_and_coding"),
            length("A4 plus", "+5"),
            length("A4 minus", "-5"),
            length("A4 minus nothing", "-0"),
            length("A4 hexadecimal", "0x5"),
            length("A4 inner space", "5 5"),
            length("A4 inner tab", "5\t5"),
            length("A4 tab before", "\t5"),
            length("A4 decimal point", "5.0"),
            length("A4 exponent", "5e0"),
            length("A4 underscore", "5_0"),
            length("A4 empty", ""),
            length("A4 letters", "five"),
            length("A4 2^63", "9223372036854775808"),
            length("A4 2^64 + 5", "18446744073709551621"),
            length("A4 twenty zeros", "00000000000000000005"),
            length("A4 list of the same", "5, 5"),
            length("A4 list of two", "5, 6"),
            length("A4 list with nothing", "5,"),
            length("A4 semicolon", "5;0"),
            length("A4 digit outside ASCII", "\u00b5"),
            post("A4 twice the same", "Content-Length: 5\r\nContent-Length: 5", "hello", "duplicate_length"),
            post("A4 twice, different", "Content-Length: 5\r\nContent-Length: 0", "hello", "duplicate_length"),
            post("A4 twice, in other cases", "Content-Length: 0\r\ncontent-length: 5", "hello", "duplicate_length"),
            post("A4 NUL", "Content-Length: 5\0", "hello", "control_character"),
            post("A4 space before the colon", "Content-Length : 5", "hello", "space_before_colon"),
            post("A4 folded", "Content-Length:\r\n 5", "hello", "obs_fold"));

    private static Arguments post(String row, String fields, String content, String detail) {
        return argumentSet(
                row,
                "POST /bad HTTP/1.1\r\nHost: a.example\r\n" + fields + "\r\n\r\n" + content,
                400,
                ProxyFailure.MALFORMED_REQUEST,
                detail);
    }

    private static Arguments field(String row, String field, String detail) {
        return post(row, field, CHUNKS, detail);
    }

    private static Arguments coding(String row, String value) {
        return field(row, "Transfer-Encoding: " + value, "bad_coding");
    }

    private static Arguments unsupported(String row, String value) {
        return argumentSet(
                row,
                "POST /bad HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: " + value + "\r\n\r\n" + CHUNKS,
                501,
                ProxyFailure.NOT_IMPLEMENTED,
                "unsupported_coding");
    }

    private static Arguments length(String row, String value) {
        return post(row, "Content-Length: " + value, "hello" + HIDDEN, "bad_length");
    }

    @ParameterizedTest
    @FieldSource("REFUSED")
    void doubtfulFramingIsRefusedAndNothingGoesOn(String hostile, int status, ProxyFailure reason, String detail) {
        try (var attack = new Attack()) {
            attack.refuses(hostile, status, reason, detail);
        }
    }

    static final List<Arguments> CONTENT = List.of(
            argumentSet("A5 POST", "POST"), argumentSet("A5 GET", "GET"), argumentSet("A5 an unknown method", "BREW"));

    @ParameterizedTest
    @FieldSource("CONTENT")
    void aRequestInsideContentIsContent(String method) {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(method + " /outer HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + HIDDEN.length()
                    + "\r\n\r\n" + HIDDEN);
            assertThat(client.readAnswer().body()).isEqualTo("/outer");
            assertThat(client.get("/next").body()).isEqualTo("/next");
            assertThat(attack.upstream.requests()).hasSize(2);
            assertThat(attack.contents()).containsExactly(HIDDEN, "");
        }
    }

    @ParameterizedTest
    @FieldSource("CONTENT")
    void aRequestInsideChunksIsContent(String method) {
        String chunks = Integer.toHexString(HIDDEN.length()) + "\r\n" + HIDDEN + "\r\n0\r\n\r\n";
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(method + " /outer HTTP/1.1\r\nHost: a.example\r\ntransfer-encoding: CHUNKED\r\n\r\n" + chunks);
            assertThat(client.readAnswer().body()).isEqualTo("/outer");
            assertThat(client.get("/next").body()).isEqualTo("/next");
            assertThat(attack.contents()).containsExactly(chunks, "");
        }
    }

    @Test
    void theNameWithAnUnderscoreIsNoFraming() {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(
                    "POST /a HTTP/1.1\r\nHost: a.example\r\nContent_Length: 40\r\nTransfer_Encoding: chunked\r\n\r\n"
                            + "GET /b HTTP/1.1\r\nHost: a.example\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("/a");
            assertThat(client.readAnswer().body()).isEqualTo("/b");
            assertThat(attack.upstream.requests().getFirst()).doesNotContain("_");
        }
    }

    /** How a client lets its content end early. */
    enum Stop {
        FIN,
        RESET,
        SILENCE
    }

    static final List<Arguments> SHORT = List.of(
            argumentSet("A6 closed", "Content-Length: 10\r\n\r\nabc", "abc", Stop.FIN),
            argumentSet("A6 reset", "Content-Length: 10\r\n\r\nabc", "abc", Stop.RESET),
            argumentSet("A6 silent", "Content-Length: 10\r\n\r\nabc", "abc", Stop.SILENCE),
            argumentSet("A6 closed before the first byte", "Content-Length: 10\r\n\r\n", "", Stop.FIN),
            argumentSet("A6 closed in a chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nab", "5\r\nab", Stop.FIN),
            argumentSet("A6 reset in a chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nab", "5\r\nab", Stop.RESET),
            argumentSet("A6 silent in a chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nab", "5\r\nab", Stop.SILENCE),
            argumentSet(
                    "A6 closed before the last chunk",
                    "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
                    "2\r\nab\r\n",
                    Stop.FIN),
            argumentSet(
                    "A6 closed in the last chunk",
                    "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n",
                    "2\r\nab\r\n0\r\n",
                    Stop.FIN),
            argumentSet(
                    "A7 a chunk of 2^32 + 5 is not one of 5",
                    "Transfer-Encoding: chunked\r\n\r\n100000005\r\nhello\r\n0\r\n\r\n",
                    "100000005\r\nhello\r\n0\r\n\r\n",
                    Stop.FIN));

    @ParameterizedTest
    @FieldSource("SHORT")
    void contentThatEndsEarlyIsNeverCompleted(String rest, String arrived, Stop stop) {
        try (var attack = new Attack();
                RawClient client = attack.proxy.connect()) {
            client.send("POST /bad HTTP/1.1\r\nHost: a.example\r\n" + rest);
            attack.awaitAtUpstream(arrived);
            switch (stop) {
                case FIN -> client.endOutput();
                case RESET -> client.reset();
                case SILENCE -> {
                    attack.proxy.clock().advance(Duration.ofSeconds(31));
                    Attack.answersAndCloses(client, 408);
                }
            }
            assertThat(attack.proxy.exchange(1).reason())
                    .isEqualTo(stop == Stop.SILENCE ? ProxyFailure.BODY_TIMEOUT : ProxyFailure.CLIENT_GONE);
            attack.upstreamWasCutOff();
            assertThat(attack.contents().getFirst()).isEqualTo(arrived);
        }
    }

    @Test
    void contentWithinItsTimeIsNoFault() {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send("POST /slow HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\na");
            attack.awaitAtUpstream("a");
            attack.proxy.clock().advance(Duration.ofSeconds(29));
            client.send("b");
            attack.awaitAtUpstream("ab");
            attack.proxy.clock().advance(Duration.ofSeconds(29));
            client.send("c");
            assertThat(client.readAnswer().body()).isEqualTo("/slow");
            Await.until("one exchange", () -> attack.proxy.exchanges().size() == 1);
        }
    }
}
