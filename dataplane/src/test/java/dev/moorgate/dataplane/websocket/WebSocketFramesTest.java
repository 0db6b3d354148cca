package dev.moorgate.dataplane.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of RFC 6455 5.7, cut anywhere. */
class WebSocketFramesTest {
    static Stream<String> whole() {
        return Stream.of(
                "810548656c6c6f",
                "818537fa213d7f9f4d5158",
                "010348656c80026c6f",
                "890548656c6c6f",
                "8a8537fa213d7f9f4d5158",
                "8900",
                "898000000000",
                "827e0100" + "ab".repeat(256),
                "82fe010001020304" + "ab".repeat(256),
                "827f0000000000010000" + "cd".repeat(65_536));
    }

    @ParameterizedTest
    @MethodSource("whole")
    void aFrameMayFollowWholeOnesAlone(String frames) {
        byte[] bytes = HexFormat.of().parseHex(frames);
        var each = new WebSocketFrames();
        int open = 0;
        for (int i = 0; i < bytes.length; i++) {
            each.pass(Unpooled.wrappedBuffer(bytes, i, 1));
            open += each.takesFrame() ? 1 : 0;
        }
        assertThat(each.takesFrame()).isTrue();
        assertThat(open).isEqualTo(frames.startsWith("01") ? 2 : 1);

        for (int cut = 0; cut < Math.min(bytes.length, 400); cut++) {
            var two = new WebSocketFrames();
            ByteBuf first = Unpooled.wrappedBuffer(bytes, 0, cut);
            two.pass(first);
            two.pass(Unpooled.wrappedBuffer(bytes, cut, bytes.length - cut));
            assertThat(two.takesFrame()).as("cut at " + cut).isTrue();
            assertThat(first.readableBytes()).isEqualTo(cut);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "after a Close, 8802 03e8",
        "within a header, 81",
        "within a payload, 8105 4865",
        "within a mask, 8185 37fa",
        "after garbage, 'ffff ffffffffffffffff 00000000'"
    })
    void noFrameMayFollow(String where, String bytes) {
        var frames = new WebSocketFrames();
        frames.pass(Unpooled.wrappedBuffer(HexFormat.of().parseHex(bytes.replace(" ", ""))));

        assertThat(frames.takesFrame()).as(where).isFalse();
    }
}
