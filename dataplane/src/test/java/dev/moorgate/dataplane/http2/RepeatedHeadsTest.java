package dev.moorgate.dataplane.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.http.FieldSection;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.http2.hpack.HpackDecoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session remembers what blocks were read as: what it hands out is always what reading the block would have given. */
class RepeatedHeadsTest {
    private static final List<Http2Headers> REQUESTS = List.of(
            request("GET", "/"),
            request("POST", "/Echo/Say").add("te", "trailers").add("content-type", "application/grpc"),
            request("POST", "/Echo/Say").add("te", "trailers").add("content-length", "7"),
            request("GET", "/a/../b%2fc/./d?q=1")
                    .add("x_under", "1")
                    .add("cookie", "a=1")
                    .add("cookie", "b=2"),
            request("PUT", "/e").add("expect", "100-continue").add("x-moorgate-retry", "1"),
            request("OPTIONS", "*").add("accept", "*/*"));
    private static final List<Http2Headers> RESPONSES = List.of(
            new DefaultHttp2Headers().status("200").add("content-type", "application/grpc"),
            new DefaultHttp2Headers().status("200").add("content-length", "9"),
            new DefaultHttp2Headers().status("204"),
            new DefaultHttp2Headers().status("503").add("retry-after", "3").add("set-cookie", "a=b"));

    private final HpackDecoder decoder = new HpackDecoder();
    private final FieldSection section = new FieldSection();
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();

    private static Http2Headers request(String method, String path) {
        return new DefaultHttp2Headers()
                .method(method)
                .scheme("https")
                .path(path)
                .authority("shop.example:8443");
    }

    /** One of {@code pool}; now and then with a field that no other has, which changes the table. */
    private byte[] block(Random random, List<Http2Headers> pool, int stream) throws Http2Exception {
        Http2Headers picked = new DefaultHttp2Headers().setAll(pool.get(random.nextInt(pool.size())));
        if (random.nextInt(12) == 0) {
            picked.add("x-once", Integer.toString(stream));
        }
        ByteBuf block = Unpooled.buffer();
        encoder.encodeHeaders(stream, picked, block);
        byte[] bytes = new byte[block.readableBytes()];
        block.readBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aRequestThatComesAgainIsWhatReadingItGives(long seed) throws Http2Exception {
        var random = new Random(seed);
        try (Wire wire = Wire.readyServer()) {
            wire.answers = true;
            for (int stream = 1; stream < 800; stream += 2) {
                byte[] block = block(random, REQUESTS, stream);
                boolean end = random.nextBoolean();
                var expected = new RequestHead();
                section.begin(expected, HeadLimits.STANDARD, false);
                assertThat(decoder.decode(block, 0, block.length, section)).isTrue();
                var wrong = section.end(end);
                wire.receive(Frames.headers(stream, block, end));
                if (wrong != null) {
                    assertThat(wire.told()).first().asString().contains(end ? "PROTOCOL_ERROR" : wrong.name());
                    continue;
                }
                RequestHead head = (RequestHead) wire.heads.getLast();
                assertThat(facts(head)).isEqualTo(facts(expected));
                spoil(head);
                if (!end) {
                    wire.receive(Frames.data(stream, (int) Math.max(0, head.contentLength()), true));
                }
                wire.told();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aResponseThatComesAgainIsWhatReadingItGives(long seed) throws Http2Exception {
        var random = new Random(seed);
        try (Wire wire = Wire.client()) {
            for (int i = 0; i < 400; i++) {
                boolean toHead = random.nextInt(4) == 0;
                byte[] block = block(random, RESPONSES, 1 + 2 * i);
                boolean end = random.nextBoolean();
                Http2Stream stream = wire.request(
                        (toHead ? "HEAD" : "GET") + " / HTTP/1.1\r\nHost: h\r\n\r\n", toHead ? 2 : 1, true);
                var expected = new ResponseHead();
                section.begin(expected, HeadLimits.STANDARD, toHead ? 2 : 1);
                assertThat(decoder.decode(block, 0, block.length, section)).isTrue();
                var wrong = section.end(end);
                wire.receive(Frames.headers(stream.id(), block, end));
                if (wrong == null) {
                    ResponseHead head = (ResponseHead) wire.heads.getLast();
                    assertThat(facts(head)).isEqualTo(facts(expected));
                    spoil(head);
                }
                wire.session.reset(stream, Http2Error.INTERNAL_ERROR);
                wire.frames();
                wire.told();
            }
        }
    }

    /** As filters do: it must not be seen in the next one. */
    private static void spoil(MessageHead head) {
        for (int i = 0; i < head.fieldCount(); i++) {
            head.drop(i);
        }
    }

    private static String facts(MessageHead head) {
        var facts = new StringBuilder(new String(head.bytes(), 0, head.headBytes(), StandardCharsets.ISO_8859_1));
        for (int i = 0; i < head.fieldCount(); i++) {
            facts.append(head.fieldId(i)).append(head.isDropped(i) ? "- " : "+ ");
            facts.append(head.nameString(i))
                    .append('=')
                    .append(head.valueString(i))
                    .append('\n');
        }
        facts.append(head.bodyKind())
                .append(' ')
                .append(head.contentLength())
                .append(' ')
                .append(head.keepAlive());
        if (head instanceof RequestHead request) {
            facts.append(' ').append(request.method()).append(' ').append(request.target());
            facts.append(' ').append(request.path()).append(' ').append(request.query());
            facts.append(' ').append(request.host()).append(' ').append(request.port());
            facts.append(' ').append(request.authority()).append(' ').append(request.hostField());
            facts.append(' ').append(request.expectContinue()).append(' ').append(request.isWebSocket());
        } else if (head instanceof ResponseHead response) {
            facts.append(' ').append(response.status()).append(' ').append(response.reason());
        }
        return facts.toString();
    }
}
