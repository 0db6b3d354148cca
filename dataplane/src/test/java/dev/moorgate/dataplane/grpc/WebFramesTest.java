package dev.moorgate.dataplane.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The status of a gRPC-Web answer is found in its last frame, however the content is cut into pieces. */
class WebFramesTest {
    private static final String BINARY = "application/grpc-web+proto";
    private static final String TEXT = "application/grpc-web-text+proto";

    private static WebFrames frames(String type, String... fields) {
        String head = "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\n" + String.join("", fields) + "\r\n";
        var answer = new ResponseHead();
        ByteBuf in = Unpooled.copiedBuffer(head, StandardCharsets.ISO_8859_1);
        assertThat(answer.parse(in, HeadLimits.STANDARD, Methods.idOf("POST"))).isEqualTo(Progress.COMPLETE);
        return new WebFrames(answer);
    }

    private static byte[] frame(int flags, byte[] content) {
        return ByteBuffer.allocate(5 + content.length)
                .put((byte) flags)
                .putInt(content.length)
                .put(content)
                .array();
    }

    private static byte[] trailers(String lines) {
        return frame(0x80, lines.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static byte[] joined(byte[]... parts) {
        var all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static WebFrames passed(WebFrames frames, byte[] content) {
        frames.pass(Unpooled.wrappedBuffer(content), 0, content.length);
        return frames;
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, TEXT})
    void theStatusIsFoundHoweverTheContentComes(String type) {
        var random = new Random(11);
        for (int round = 0; round < 300; round++) {
            byte[] message = new byte[random.nextInt(400)];
            random.nextBytes(message);
            byte[][] parts = {frame(0, message), frame(1, message), frame(0, new byte[0]), trailers("grpc-status:5\r\n")
            };
            var content = new ByteArrayOutputStream();
            for (byte[] part : parts) {
                // Encoded in pieces, as servers do when they flush, within frames too.
                int middle = random.nextInt(part.length + 1);
                for (byte[] piece :
                        new byte[][] {Arrays.copyOf(part, middle), Arrays.copyOfRange(part, middle, part.length)}) {
                    content.writeBytes(type.equals(TEXT) ? Base64.getEncoder().encode(piece) : piece);
                }
            }
            ByteBuf in = Unpooled.wrappedBuffer(content.toByteArray());
            WebFrames frames = frames(type);
            for (int at = 0; at < in.readableBytes(); ) {
                int size = Math.min(in.readableBytes() - at, 1 + random.nextInt(round % 2 == 0 ? 3 : 300));
                assertThat(frames.status()).isNull();
                frames.pass(in, at, size);
                at += size;
            }
            assertThat(frames.status()).isEqualTo(GrpcStatus.NOT_FOUND);
            assertThat(frames.isCut()).isFalse();
            assertThat(frames.isBetween()).isFalse();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "'grpc-status:0', OK",
        "'Grpc-Status: 14 \r\n', UNAVAILABLE",
        "'grpc-message:grpc-status:3\r\ngrpc-status: 7\r\nx-a:b\r\n', PERMISSION_DENIED",
        "'x-a: b\ngrpc-status: 2\n', UNKNOWN",
        "'grpc-status: ok', UNKNOWN",
        "'grpc-status-details-bin: 3\r\n\r\n:\r\n', ",
        "'', "
    })
    void linesOfTrailersAreRead(String lines, GrpcStatus status) {
        WebFrames frames = passed(frames(BINARY), trailers(lines));
        assertThat(frames.status()).isEqualTo(status);
        assertThat(frames.isCut()).isFalse();
        assertThat(frames.isHidden()).isFalse();
    }

    @Test
    void contentThatEndsWithinAFrameIsCut() {
        byte[] content = joined(frame(0, new byte[3]), trailers("grpc-status:0\r\n"));
        for (int size = 0; size < content.length; size++) {
            WebFrames frames = passed(frames(BINARY), Arrays.copyOf(content, size));
            boolean between = size == 0 || size == 8;
            assertThat(frames.isBetween()).isEqualTo(between);
            assertThat(frames.isCut()).isEqualTo(!between);
        }
        byte[] encoded = Base64.getEncoder().encode(frame(0, new byte[4]));
        for (int size = 0; size < encoded.length; size++) {
            WebFrames frames = passed(frames(TEXT), Arrays.copyOf(encoded, size));
            assertThat(frames.isBetween()).isEqualTo(size == 0);
        }
        assertThat(passed(frames(TEXT), encoded).isBetween()).isTrue();
    }

    @Test
    void trailersThatCannotBeReadAreHidden() {
        byte[] plain = trailers("grpc-status:3\r\n");
        byte[] packed = frame(0x81, new byte[9]);
        byte[] endless = trailers("x:" + "y".repeat(9000) + "\r\ngrpc-status:3\r\n");
        for (WebFrames frames : new WebFrames[] {
            passed(frames(BINARY, "Content-Encoding: gzip\r\n"), plain),
            passed(frames(BINARY), packed),
            passed(frames(BINARY), endless)
        }) {
            assertThat(frames.isHidden()).isTrue();
            assertThat(frames.status()).isNull();
            assertThat(frames.isBetween()).isFalse();
            assertThat(frames.isCut()).isFalse();
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "text/html, <html>",
        "application/grpc, <html>",
        TEXT + ", AAAA!AAA",
        TEXT + ", AAAA=AAA",
        TEXT + ", AA=A"
    })
    void whatIsNoGrpcWebIsLeftAlone(String type, String content) {
        WebFrames frames = passed(frames(type), content.getBytes(StandardCharsets.US_ASCII));
        assertThat(frames.status()).isNull();
        assertThat(frames.isBetween()).isFalse();
        assertThat(frames.isCut()).isFalse();
        assertThat(frames.isHidden()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {BINARY, TEXT})
    void whatEndsAnAnswerIsReadAsItsEnd(String type) {
        byte[] lines = "grpc-status: 14\r\ngrpc-message: upstream_reset\r\n".getBytes(StandardCharsets.US_ASCII);
        WebFrames frames = frames(type);
        assertThat(passed(frames, frames.end(lines)).status()).isEqualTo(GrpcStatus.UNAVAILABLE);
    }
}
