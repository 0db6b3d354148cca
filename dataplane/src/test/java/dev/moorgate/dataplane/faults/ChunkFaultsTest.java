package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.kit.RawClient;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** A7 to A10: damaged chunks reach an upstream at most as a request that never becomes whole. */
@SuppressWarnings("StringConcatToTextBlock") // the line ends are what is sent
class ChunkFaultsTest {
    private static final String HEAD = "POST /bad HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: evil.example\r\n\r\n";

    static final List<Arguments> DAMAGED = List.of(
            size("A7 minus", "-5"),
            size("A7 plus", "+5"),
            size("A7 0x", "0x5"),
            size("A7 space before", " 5"),
            size("A7 space behind", "5 "),
            size("A7 tab behind", "5\t"),
            size("A7 space inside", "0 5"),
            size("A7 no digit", "g"),
            size("A7 no digit behind a digit", "5g"),
            size("A7 empty", ""),
            size("A7 decimal point", "5.0"),
            size("A7 underscore", "0_5"),
            size("A7 NUL", "5\0"),
            size("A7 quoted", "\"5\""),
            size("A7 digit outside ASCII", "\u00b5"),
            size("A7 2^63", "8000000000000000"),
            size("A7 2^64 - 1", "FFFFFFFFFFFFFFFF"),
            size("A7 2^64 + 5", "10000000000000005"),
            size("A7 5,000 zeros", "0".repeat(5_000) + "5"),
            argumentSet("A8 LF behind the size", "5\nhello\r\n0\r\n\r\n", "bad_chunk_size"),
            argumentSet("A8 CR behind the size", "5\rhello\r\n0\r\n\r\n", "bad_chunk_size"),
            argumentSet("A8 CR CR LF behind the size", "5\r\r\nhello\r\n0\r\n\r\n", "bad_chunk_size"),
            argumentSet("A8 LF behind the data", "5\r\nhello\n0\r\n\r\n", "bad_chunk_end"),
            argumentSet("A8 CR behind the data", "5\r\nhello\r0\r\n\r\n", "bad_chunk_end"),
            argumentSet("A8 CR CR LF behind the data", "5\r\nhello\r\r\n0\r\n\r\n", "bad_chunk_end"),
            argumentSet("A8 nothing behind the data", "5\r\nhello0\r\n\r\n", "bad_chunk_end"),
            argumentSet("A8 more data than told", "5\r\nhello you\r\n0\r\n\r\n", "bad_chunk_end"),
            argumentSet("A8 LF behind the last size", "0\n\r\n", "bad_chunk_size"),
            argumentSet("A8 LF as the last line", "0\r\n\n", "bare_lf"),
            argumentSet("A8 CR as the last line", "0\r\n\rX", "bare_cr"),
            argumentSet("A8 LF in an extension", "5;a\nhello\r\n0\r\n\r\n", "bad_chunk_extension"),
            argumentSet("A8 CR in an extension", "5;a\rhello\r\n0\r\n\r\n", "bad_chunk_size"),
            argumentSet(
                    "A8 LF hides a chunk in an extension", "2;\nxx\r\n4c\r\n0\r\n\r\n" + HIDDEN, "bad_chunk_extension"),
            argumentSet("A8 quoted CRLF", "5;a=\"b\r\nc\"\r\nhello\r\n0\r\n\r\n", "bad_chunk_extension"),
            argumentSet("A8 quoted LF", "5;a=\"b\nc\"\r\nhello\r\n0\r\n\r\n", "bad_chunk_extension"),
            argumentSet("A8 escaped CR", "5;a=\"b\\\r\nc\"\r\nhello\r\n0\r\n\r\n", "bad_chunk_extension"),
            argumentSet("A8 open quote", "5;a=\"b\r\nhello\r\n0\r\n\r\n", "bad_chunk_extension"),
            argumentSet("A8 NUL in an extension", "5;a\0b\r\nhello\r\n0\r\n\r\n", "bad_chunk_extension"),
            argumentSet("A9 no name", "5;\r\nhello\r\n0\r\n\r\n", "bad_chunk_extension"),
            argumentSet("A9 no value", "5;a=\r\nhello\r\n0\r\n\r\n", "bad_chunk_extension"),
            argumentSet(
                    "A9 over 1 KiB in a chunk",
                    "5;" + "a".repeat(1025) + "\r\nhello\r\n0\r\n\r\n",
                    "chunk_extension_too_long"),
            argumentSet(
                    "A9 over 16 KiB in a message",
                    ("1;" + "a".repeat(900) + "\r\nx\r\n").repeat(19) + "0\r\n\r\n",
                    "chunk_extension_too_long"),
            argumentSet("A10 folded trailer", "0\r\nA: b\r\n c\r\n\r\n", "obs_fold"),
            argumentSet("A10 trailer folded at once", "0\r\n A: b\r\n\r\n", "obs_fold"),
            argumentSet("A10 no colon", "0\r\nabc\r\n\r\n", "missing_colon"),
            argumentSet("A10 space before the colon", "0\r\nA : b\r\n\r\n", "space_before_colon"),
            argumentSet("A10 NUL in a trailer", "0\r\nA: b\0\r\n\r\n", "control_character"),
            argumentSet("A10 LF behind a trailer", "0\r\nA: b\n\r\n", "bare_lf"),
            argumentSet("A10 a request as trailers", "0\r\n" + HIDDEN, "space_before_colon"),
            argumentSet("A10 huge trailer", "0\r\nA: " + "b".repeat(33 << 10) + "\r\n\r\n", "head_too_large"),
            argumentSet("A10 200 trailers", "0\r\n" + "A: b\r\n".repeat(200) + "\r\n", "too_many_fields"));

    private static Arguments size(String row, String size) {
        return argumentSet(row, size + "\r\nhello\r\n0\r\n\r\n" + HIDDEN, "bad_chunk_size");
    }

    @ParameterizedTest
    @FieldSource("DAMAGED")
    void damageThatComesWithTheHeadIsRefusedAtOnce(String content, String detail) {
        try (var attack = new Attack()) {
            attack.refuses(HEAD + content, 400, ProxyFailure.MALFORMED_BODY, detail);
        }
    }

    @ParameterizedTest
    @FieldSource("DAMAGED")
    void damageThatComesLaterLeavesTheRequestIncomplete(String content, String detail) {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(HEAD + "2\r\nab\r\n");
            attack.awaitAtUpstream("2\r\nab\r\n");
            client.trySend(Attack.bytes(content));
            isCutOff(attack, client, detail);
        }
    }

    /** One of each few rows: where the bytes are cut is the parser's own test. */
    static final List<Arguments> IN_PIECES = IntStream.range(0, DAMAGED.size())
            .filter(i -> i % 3 == 0)
            .mapToObj(DAMAGED::get)
            .toList();

    @ParameterizedTest
    @FieldSource("IN_PIECES")
    void damageThatComesInSmallPiecesLeavesTheRequestIncomplete(String content, String detail) {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(HEAD);
            attack.awaitAtUpstream("");
            int step = Math.max(1, content.length() / 40);
            for (int at = 0; at < content.length(); at += step) {
                if (!client.trySend(Attack.bytes(content.substring(at, Math.min(content.length(), at + step))))) {
                    break;
                }
            }
            isCutOff(attack, client, detail);
        }
    }

    @Test
    void anExtensionForEachByteOfContentIsTooMuchInTheEnd() {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.trySend(Attack.bytes(HEAD + ("1;" + "a".repeat(63) + "\r\nx\r\n").repeat(262) + "0\r\n\r\n"));
            Attack.answersAndCloses(client, 400);
            assertThat(attack.proxy.exchange(1).detail()).isEqualTo("chunk_extension_too_long");
            attack.servesOthers();
            assertThat(attack.contents()).noneMatch(content -> !content.isEmpty() && Attack.isWhole(content));
        }
    }

    private static void isCutOff(Attack attack, RawClient client, String detail) {
        Attack.answersAndCloses(client, 400);
        var told = attack.proxy.exchange(1);
        assertThat(told.reason()).isEqualTo(ProxyFailure.MALFORMED_BODY);
        assertThat(told.detail()).isEqualTo(detail);
        attack.upstreamWasCutOff();
        assertThat(Attack.isWhole(attack.contents().getFirst())).isFalse();
    }

    @Test
    void extensionsAreTakenOut() {
        String chunks = "5;a\r\nhello\r\n3 ;b=c ;d=\"e;\\\"f\"\r\nyou\r\n0;last\r\n\r\n";
        String wanted = "5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n";
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(HEAD + chunks.replace("3 ;", "3;"));
            assertThat(client.readAnswer().body()).isEqualTo("/bad");
            for (byte octet : Attack.bytes(HEAD + chunks.replace("3 ;", "3;"))) {
                client.send(new byte[] {octet});
            }
            assertThat(client.readAnswer().body()).isEqualTo("/bad");
            assertThat(attack.contents()).containsExactly(wanted, wanted);
        }
    }

    @Test
    void trailersThatSteerAreDroppedAndNoneIsMerged() {
        try (var attack = new Attack();
                var client = attack.proxy.connect()) {
            client.send(
                    HEAD.replace(
                                    "\r\n\r\n",
                                    "\r\nTrailer: Content-Digest, Content-Length, Host, Authorization, Cookie\r\n\r\n")
                            + "2\r\nab\r\n0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: evil.example\r\n"
                            + "Authorization: evil\r\nCookie: evil\r\nConnection: evil\r\nTrailer: evil\r\nTE: evil\r\n"
                            + "X-Forwarded-For: evil\r\nX_Forwarded_For: evil\r\nContent-Encoding: evil\r\nCache-Control: evil\r\n"
                            + "Range: evil\r\nSet-Cookie: evil\r\nX-Original-URL: evil\r\nX-Forwarded-Client-Cert: evil\r\n"
                            + "SSL-Client-Verify: evil\r\nX-Unannounced: evil\r\nContent-Digest: good\r\ngrpc-status: 0\r\n\r\n");
            assertThat(client.readAnswer().body()).isEqualTo("/bad");
            assertThat(client.get("/next").body()).isEqualTo("/next");
            assertThat(attack.contents())
                    .containsExactly("2\r\nab\r\n0\r\nContent-Digest: good\r\ngrpc-status: 0\r\n\r\n", "");
            assertThat(attack.upstream.requests()).hasSize(2).noneMatch(head -> head.contains("evil"));
        }
    }
}
