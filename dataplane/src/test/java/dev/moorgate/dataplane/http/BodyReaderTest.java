package dev.moorgate.dataplane.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** Content of every framing, cut at every place; rows A7 to A10. */
class BodyReaderTest {
    private static final String CHUNKED = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

    static final List<Arguments> REFUSED = List.of(
            row("A7 plus", "+5\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 minus", "-5\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 0x", "0x5\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 space before", " 5\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 space behind", "5 \r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 tab behind", "5\t\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 space before the extension", "5 ;a\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 not hexadecimal", "5g\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 empty", "\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 only an extension", ";a\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 underscore", "1_0\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 over 2^63", "8000000000000000\r\nx", ParseError.BAD_CHUNK_SIZE),
            row("A7 over 2^64", "10000000000000005\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 5,000 zeros", "0".repeat(5000) + "5\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A7 wide digit", "\u0665\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A8 LF behind the size", "5\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A8 CR behind the size", "5\rhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A8 CR CR LF behind the size", "5\r\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A8 LF behind the data", "5\r\nhello\n0\r\n\r\n", ParseError.BAD_CHUNK_END),
            row("A8 CR behind the data", "5\r\nhello\r0\r\n\r\n", ParseError.BAD_CHUNK_END),
            row("A8 nothing behind the data", "5\r\nhello0\r\n\r\n", ParseError.BAD_CHUNK_END),
            row("A8 longer than its size", "5\r\nhello!\r\n0\r\n\r\n", ParseError.BAD_CHUNK_END),
            row("A8 LF in an extension", "5;a\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_EXTENSION),
            row("A8 CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A8 CRLF in quotes", "5;a=\"x\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_EXTENSION),
            row("A8 escaped CRLF in quotes", "5;a=\"x\\\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_EXTENSION),
            row("A8 NUL in an extension", "5;a\0\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_EXTENSION),
            row("A8 empty extension", "5;\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_EXTENSION),
            row("A8 extension without value", "5;a=\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_EXTENSION),
            row("A8 text behind quotes", "5;a=\"x\"y\r\nhello\r\n0\r\n\r\n", ParseError.BAD_CHUNK_EXTENSION),
            row("A8 LF behind the last chunk", "0\n\r\n", ParseError.BAD_CHUNK_SIZE),
            row("A8 LF as the last line", "0\r\n\n", ParseError.BARE_LF),
            row("A8 CR as the last line", "0\r\n\rX", ParseError.BARE_CR),
            row(
                    "A9 extension over 1 KiB",
                    "5;a=" + "b".repeat(1100) + "\r\nhello\r\n0\r\n\r\n",
                    ParseError.CHUNK_EXTENSION_TOO_LONG),
            row(
                    "A9 one a byte",
                    "1;abcdefghij=klmnopqrst\r\nx\r\n".repeat(1000) + "0\r\n\r\n",
                    ParseError.CHUNK_EXTENSION_TOO_LONG),
            row("A10 folded trailer", "0\r\nA: b\r\n c\r\n\r\n", ParseError.OBS_FOLD),
            row("A10 trailer without colon", "0\r\nabc\r\n\r\n", ParseError.MISSING_COLON),
            row("A10 space before the colon", "0\r\nA : b\r\n\r\n", ParseError.SPACE_BEFORE_COLON),
            row("A10 LF behind a trailer", "0\r\nA: b\n\r\n", ParseError.BARE_LF),
            row("A10 huge trailer", "0\r\nA: " + "b".repeat(33 << 10) + "\r\n\r\n", ParseError.HEAD_TOO_LARGE),
            row(
                    "A10 199 trailers beside two fields",
                    "0\r\n" + "A: b\r\n".repeat(199) + "\r\n",
                    ParseError.TOO_MANY_FIELDS));

    @ParameterizedTest
    @FieldSource("REFUSED")
    void badChunksAreRefusedHoweverTheBytesAreCut(String content, ParseError expected) {
        for (boolean verbatim : new boolean[] {false, true}) {
            assertThat(outcomes(CHUNKED, content, verbatim))
                    .singleElement()
                    .asString()
                    .startsWith(expected.name());
        }
    }

    static final List<Arguments> WHOLE = List.of(
            whole("one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello", "5\r\nhello\r\n0\r\n\r\n"),
            whole("empty", "0\r\n\r\n", "", "0\r\n\r\n"),
            whole("many zeros as the last size", "0000\r\n\r\n", "", "0000\r\n\r\n"),
            whole(
                    "two chunks and what follows",
                    "1\r\na\r\n00000000000000A\r\n0123456789\r\n0\r\n\r\nGET",
                    "a0123456789",
                    "1\r\na\r\n00000000000000A\r\n0123456789\r\n0\r\n\r\n"),
            whole("CRLF in the data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", "4\r\n\r\n\r\n\r\n0\r\n\r\n"),
            whole(
                    "A9 extensions go",
                    "5;a;b=c; d = \"e;\\\"\t f\" ;g\r\nhello\r\n0;x=y\r\n\r\n",
                    "hello",
                    "5\r\nhello\r\n0\r\n\r\n"),
            whole(
                    "A10 trailers are told apart",
                    "2\r\nhi\r\n0\r\nX-Sum: 1\r\nHost: evil\r\nContent-Length: 9\r\nAuthorization: x\r\nX_Y: 1\r\nGrpc-Status: 0\r\n\r\n",
                    "hi",
                    "2\r\nhi\r\n0\r\nX-Sum: 1\r\nGrpc-Status: 0\r\n\r\n"));

    @ParameterizedTest
    @FieldSource("WHOLE")
    void goodChunksYieldTheirDataHoweverTheBytesAreCut(String content, String data, String passedOn) {
        assertThat(outcomes(CHUNKED, content, false)).singleElement().asString().startsWith("COMPLETE " + data + "|");
        assertThat(outcomes(CHUNKED, content, true))
                .singleElement()
                .asString()
                .startsWith("COMPLETE " + passedOn + "|");
    }

    @Test
    void contentOfALengthEndsThere() {
        String head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";

        assertThat(outcomes(head, "helloGET / HTTP/1.1\r\n", false)).containsExactly("COMPLETE hello|5");
        assertThat(outcomes(head, "hell", false)).containsExactly("INCOMPLETE hell|4");
    }

    @Test
    void noContentLeavesEverything() {
        assertThat(outcomes("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET /", false))
                .containsExactly("COMPLETE |0");
        assertThat(outcomes("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "x", false))
                .containsExactly("COMPLETE |0");
    }

    @Test
    void isDoneWithTheLastPieceInHand() {
        BodyReader body = new BodyReader();
        body.begin(Feed.request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"), HeadLimits.STANDARD);
        ByteBuf in = Unpooled.wrappedBuffer(Feed.latin("hello"));

        assertThat(body.read(in)).isEqualTo(Progress.DATA);
        assertThat(body.isDone()).isTrue();
        ByteBuf piece = body.retainedData(in);
        assertThat(Feed.latin(piece)).isEqualTo("hello");
        assertThat(in.refCnt()).isEqualTo(2);
        assertThat(body.read(in)).isEqualTo(Progress.COMPLETE);
        assertThat(body.close()).isEqualTo(Progress.COMPLETE);
    }

    @Test
    void aCloseInsideTheContentCutsItShort() {
        BodyReader body = new BodyReader();
        for (String head : List.of(CHUNKED, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n")) {
            body.begin(Feed.request(head), HeadLimits.STANDARD);
            body.read(Unpooled.wrappedBuffer(Feed.latin("3\r\n")));

            assertThat(body.close()).isEqualTo(Progress.REFUSED);
            assertThat(body.error()).isEqualTo(ParseError.CUT_SHORT);
        }
    }

    @Test
    void contentUntilCloseEndsWithTheConnection() {
        BodyReader body = new BodyReader();
        body.begin(Feed.response("HTTP/1.1 200 OK\r\n\r\n", Methods.GET), HeadLimits.STANDARD);

        assertThat(body.read(Unpooled.wrappedBuffer(Feed.latin("abc")))).isEqualTo(Progress.DATA);
        assertThat(body.isDone()).isFalse();
        assertThat(body.close()).isEqualTo(Progress.COMPLETE);
        assertThat(body.isDone()).isTrue();
    }

    @Test
    void chunksAreWrittenAsTheyAreRead() {
        for (int size : new int[] {1, 9, 10, 15, 16, 255, 256, 4095, 65536}) {
            ByteBuf out = Unpooled.buffer();
            HeadWriter.writeChunkSize(out, size);
            out.writeBytes(new byte[size]);
            HeadWriter.writeChunkEnd(out);
            HeadWriter.writeLastChunk(out);

            assertThat(Feed.latin(out))
                    .startsWith(Integer.toHexString(size) + "\r\n")
                    .endsWith("\0\r\n0\r\n\r\n");
            BodyReader body = new BodyReader();
            body.begin(Feed.request(CHUNKED), HeadLimits.STANDARD);
            assertThat(body.read(out)).isEqualTo(Progress.DATA);
            assertThat(body.dataLength()).isEqualTo(size);
            assertThat(body.received()).isEqualTo(size);
            assertThat(body.read(out)).isEqualTo(Progress.COMPLETE);
        }
    }

    private static Set<String> outcomes(String head, String content, boolean verbatim) {
        byte[] input = Feed.latin(content);
        Set<String> outcomes = new TreeSet<>();
        outcomes.add(outcome(head, List.of(input), verbatim));
        for (int cut = 1; cut < input.length; cut += Math.max(1, input.length / 150)) {
            outcomes.add(outcome(
                    head, List.of(Arrays.copyOf(input, cut), Arrays.copyOfRange(input, cut, input.length)), verbatim));
        }
        List<byte[]> single = new ArrayList<>();
        for (byte octet : input) {
            single.add(new byte[] {octet});
        }
        outcomes.add(outcome(head, single, verbatim));
        return outcomes;
    }

    /** Refused: the word only, since how much was handed out before depends on the cut. */
    private static String outcome(String head, List<byte[]> parts, boolean verbatim) {
        BodyReader body = new BodyReader();
        body.begin(Feed.request(head), HeadLimits.STANDARD);
        StringBuilder data = new StringBuilder();
        Progress progress = Progress.INCOMPLETE;
        int taken = 0;
        for (byte[] part : parts) {
            ByteBuf in = Unpooled.wrappedBuffer(part);
            while ((progress = verbatim ? body.readVerbatim(in) : body.read(in)) == Progress.DATA) {
                data.append(Feed.latin(in.slice(body.dataStart(), body.dataLength())));
            }
            taken += in.readerIndex();
            if (progress == Progress.REFUSED) {
                return body.error().name();
            }
            if (progress == Progress.COMPLETE) {
                break;
            }
            assertThat(in.isReadable()).isFalse();
        }
        assertThat(body.isDone()).isEqualTo(progress == Progress.COMPLETE);
        MessageHead trailers = body.trailers();
        if (trailers != null) {
            ByteBuf out = Unpooled.buffer();
            HeadWriter writer = new HeadWriter();
            (verbatim ? writer.startTrailerFields() : writer.startTrailers())
                    .copyFields(trailers)
                    .end(out);
            data.append(Feed.latin(out));
            if (!verbatim) {
                data.setLength(data.length() - out.writerIndex());
                assertThat(Feed.latin(out)).startsWith("0\r\n").endsWith("\r\n\r\n");
            }
        }
        return progress + " " + data + "|" + taken;
    }

    private static Arguments row(String row, String content, ParseError expected) {
        return argumentSet(row, content, expected);
    }

    private static Arguments whole(String row, String content, String data, String passedOn) {
        return argumentSet(row, content, data, passedOn);
    }
}
