package dev.moorgate.dataplane.http2.hpack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.http.FieldSection;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.ParseError;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.http2.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The examples of RFC 7541 appendix C, what it forbids, and another's codec on the other side. */
class HpackTest {
    private final HpackDecoder decoder = new HpackDecoder();

    private String request(String hex) {
        RequestHead head = new RequestHead();
        FieldSection section = new FieldSection();
        section.begin(head, HeadLimits.STANDARD, false);
        byte[] block = Frames.hex(hex);
        if (!decoder.decode(block, 0, block.length, section)) {
            return "malformed";
        }
        ParseError error = section.end(true);
        return error != null ? error.name() : text(head.bytes(), head.headBytes());
    }

    private String response(String hex) {
        ResponseHead head = new ResponseHead();
        FieldSection section = new FieldSection();
        section.begin(head, HeadLimits.STANDARD, 1);
        byte[] block = Frames.hex(hex);
        if (!decoder.decode(block, 0, block.length, section)) {
            return "malformed";
        }
        ParseError error = section.end(true);
        return error != null ? error.name() : text(head.bytes(), head.headBytes());
    }

    private static String text(byte[] bytes, int length) {
        return new String(bytes, 0, length, StandardCharsets.ISO_8859_1).strip().replace("\r\n", "|");
    }

    @ParameterizedTest
    @CsvSource({
        // C.3: without, C.4: with the Huffman code.
        "828684410f7777772e6578616d706c652e636f6d, 828684be58086e6f2d6361636865, "
                + "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
        "828684418cf1e3c2e5f23a6ba0ab90f4ff, 828684be5886a8eb10649cbf, "
                + "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"
    })
    void requestsOfTheAppendixAreRead(String first, String second, String third) {
        assertThat(request(first)).isEqualTo("GET / HTTP/1.1|host: www.example.com");
        assertThat(decoder.tableBytes()).isEqualTo(57);
        assertThat(request(second)).isEqualTo("GET / HTTP/1.1|host: www.example.com|cache-control: no-cache");
        assertThat(decoder.tableBytes()).isEqualTo(110);
        assertThat(request(third)).isEqualTo("GET /index.html HTTP/1.1|host: www.example.com|custom-key: custom-value");
        assertThat(decoder.tableBytes()).isEqualTo(164);
    }

    @ParameterizedTest
    @CsvSource({
        // C.5 and C.6, behind the change of the table's size to 256 that they presume.
        "3fe101"
                + " 4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d,"
                + " 4803333037c1c0bf, 88c1611d4d6f6e2c203231204f637420323031332032303a31333a3232"
                + "20474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d33"
                + "3630303b2076657273696f6e3d31",
        "3fe101"
                + " 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3,"
                + " 4883640effc1c0bf,"
                + " 88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b39"
                + "60d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"
    })
    void responsesOfTheAppendixAreReadThoughTheTableIsSmall(String first, String second, String third) {
        String rest = "|cache-control: private|date: Mon, 21 Oct 2013 20:13:21 GMT|location: https://www.example.com";
        assertThat(response(first)).isEqualTo("HTTP/1.1 302 Found" + rest);
        assertThat(decoder.tableBytes()).isEqualTo(222);
        assertThat(response(second)).isEqualTo("HTTP/1.1 307 Temporary Redirect" + rest);
        assertThat(response(third))
                .isEqualTo("HTTP/1.1 200 OK|cache-control: private|date: Mon, 21 Oct 2013 20:13:22 GMT"
                        + "|location: https://www.example.com|content-encoding: gzip"
                        + "|set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
        assertThat(decoder.tableBytes()).isEqualTo(215);
    }

    @ParameterizedTest
    @CsvSource({
        "index 0, 80",
        "an index beyond both tables, be",
        "a literal whose name is beyond both tables, 7e0161",
        "an endless number, ffffffffffffffff",
        "a number that is cut, ff",
        "a string that is cut, 400a6375",
        "a string without a length, 40",
        "a value that is cut, 40016105",
        "a table larger than allowed, 3fe21f",
        "a change of the table's size behind a field, 8220",
        "padding of zeros, 0085f2b24a84ff8449509f0061",
        "padding of eight ones, 0084ffffffff0161",
        "the end-of-string code, 0084fffffffc0161"
    })
    void whatIsNoFieldBlockIsMalformed(String what, String hex) {
        assertThat(request(hex)).as(what).isEqualTo("malformed");
    }

    @Test
    void everyOctetSurvivesTheHuffmanCodeOfAnother() throws Http2Exception {
        for (char c = 0; c < 256; c++) {
            // It takes strings of 512 octets for that encoder to use the code.
            String value = "0".repeat(600) + c + "e";
            ByteBuf out = Unpooled.buffer();
            new DefaultHttp2HeadersEncoder().encodeHeaders(3, new DefaultHttp2Headers(false).add("server", value), out);
            byte[] block = new byte[out.readableBytes()];
            out.readBytes(block);
            byte[] decoded = new byte[Huffman.mostDecoded(block.length)];

            int length = 127 + (block[2] & 0x7f) + (block[3] << 7);
            int size = Huffman.decode(block, 4, 4 + length, decoded);

            assertThat(block[1]).as("coded").isEqualTo((byte) 0xff);
            assertThat(new String(decoded, 0, Math.max(size, 0), StandardCharsets.ISO_8859_1))
                    .isEqualTo(value);
        }
    }

    @Test
    void blocksOfAnotherEncoderAreReadOverManyRequests() throws Http2Exception {
        Random random = new Random(7);
        var encoder = new DefaultHttp2HeadersEncoder();
        for (int round = 0; round < 2_000; round++) {
            Http2Headers headers = new DefaultHttp2Headers()
                    .method("GET")
                    .scheme("https")
                    .path("/" + random.nextInt(50))
                    .authority("h" + random.nextInt(4) + ".example");
            TreeMap<String, String> wanted = new TreeMap<>();
            for (int i = random.nextInt(12); i > 0; i--) {
                wanted.put("x-field-" + random.nextInt(40), "v" + random.nextInt(1 << random.nextInt(30)));
            }
            wanted.forEach(headers::add);
            ByteBuf out = Unpooled.buffer();
            encoder.encodeHeaders(1, headers, out);
            byte[] block = new byte[out.readableBytes()];
            out.readBytes(block);
            RequestHead head = new RequestHead();
            FieldSection section = new FieldSection();
            section.begin(head, HeadLimits.STANDARD, false);
            assertThat(decoder.decode(block, 0, block.length, section)).isTrue();
            assertThat(section.end(true)).isNull();
            assertThat(head.path()).isEqualTo(headers.path().toString());
            assertThat(head.authority()).isEqualTo(headers.authority().toString());
            TreeMap<String, String> read = new TreeMap<>();
            for (int i = 0; i < head.fieldCount(); i++) {
                if (i != head.hostField()) {
                    read.put(head.nameString(i), head.valueString(i));
                }
            }
            assertThat(read).isEqualTo(wanted);
        }
    }

    @Test
    void aBombCostsNoMoreThanItsBytesAndLeavesTheTableRight() {
        StringBuilder bomb = new StringBuilder("828684410168");
        // One field of 4,000 bytes into the table, then named 8,000 times.
        bomb.append("400162 7fa11e").append("61".repeat(4_000)).append("be".repeat(8_000));
        assertThat(request(bomb.toString().replace(" ", ""))).isEqualTo("HEAD_TOO_LARGE");
        assertThat(decoder.tableBytes()).isEqualTo(4_000 + 1 + 32 + 43);
        assertThat(request("828684010168be")).startsWith("GET / HTTP/1.1|host: h|b: aaaa");
    }

    @Test
    void headsOfOursAreReadByAnotherDecoder() throws Http2Exception {
        HpackEncoder encoder = new HpackEncoder();
        byte[] head = Frames.latin("PUT /a?b=c HTTP/1.1\r\nX-Long-" + "n".repeat(200)
                + ": v\r\nHost: shop.example:8080\r\n"
                + "Authorization:  Basic x \r\nContent-Length: 5\r\nConnection: TE\r\nTE: trailers\r\nKeep-Alive: 5\r\n"
                + "Transfer-Encoding: chunked\r\nUpgrade: x\r\nProxy-Connection: x\r\nX-Big: " + "b".repeat(5000)
                + "\r\n\r\n");
        encoder.request(head, head.length, true, false, true);
        Http2Headers read = decoded(encoder);
        assertThat(read.method()).hasToString("PUT");
        assertThat(read.path()).hasToString("/a?b=c");
        assertThat(read.scheme()).hasToString("https");
        assertThat(read.authority()).hasToString("shop.example:8080");
        assertThat(read.get("authorization")).hasToString("Basic x");
        assertThat(read.get("x-long-" + "n".repeat(200))).hasToString("v");
        assertThat(read.get("te")).hasToString("trailers");
        assertThat(read.get("x-big")).hasSize(5000);
        assertThat(read.size()).isEqualTo(9);

        byte[] answer = Frames.latin("HTTP/1.1 418 I'm a teapot\r\nServer: s\r\nHost: odd\r\nTe: gzip\r\n\r\n");
        encoder.response(answer, answer.length, false);
        read = decoded(encoder);
        assertThat(read.status()).hasToString("418");
        assertThat(read.get("server")).hasToString("s");
        assertThat(read.get("host")).hasToString("odd");
        assertThat(read.size()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsRememberedOfTheLastHeadMakesTheBlockThatItWouldBeWithout(long seed) {
        var random = new Random(seed);
        var remembering = new HpackEncoder();
        List<String> lines = new ArrayList<>(List.of("Host: h", "X-A: 1", "Authorization: b", "TE: trailers"));
        for (int i = 0; i < 500; i++) {
            int at = random.nextInt(lines.size() + 1);
            switch (random.nextInt(5)) {
                case 0 -> lines.add(at, "X-" + random.nextInt(5) + ": " + "v".repeat(random.nextInt(200)));
                case 1 -> lines.add(at, "Host: h" + random.nextInt(3));
                case 2 -> {
                    if (at < lines.size()) {
                        lines.remove(at);
                    }
                }
                case 3 -> lines.replaceAll(line -> random.nextInt(20) == 0 ? line + "x" : line);
                default -> {}
            }
            while (lines.size() > 40) {
                lines.remove(random.nextInt(lines.size()));
            }
            int kind = random.nextInt(4);
            var fresh = new HpackEncoder();
            encode(remembering, kind, lines, i == 0);
            encode(fresh, kind, lines, i == 0);
            assertThat(Arrays.copyOf(remembering.block(), remembering.length()))
                    .as("head %d", i)
                    .isEqualTo(Arrays.copyOf(fresh.block(), fresh.length()));
        }
    }

    private static void encode(HpackEncoder encoder, int kind, List<String> lines, boolean first) {
        String fields = String.join("\r\n", lines) + (lines.isEmpty() ? "\r\n" : "\r\n\r\n");
        String start = kind == 2 ? "HTTP/1.1 200 OK\r\n" : kind == 3 ? "" : "GET /a HTTP/1.1\r\n";
        byte[] head = Frames.latin(start + fields);
        switch (kind) {
            case 2 -> encoder.response(head, head.length, first);
            case 3 -> encoder.trailers(head, head.length, first);
            default -> encoder.request(head, head.length, kind == 1, false, first);
        }
    }

    private static Http2Headers decoded(HpackEncoder encoder) throws Http2Exception {
        return new DefaultHttp2HeadersDecoder(true, 1 << 20)
                .decodeHeaders(1, Unpooled.wrappedBuffer(encoder.block(), 0, encoder.length()));
    }
}
