package dev.moorgate.dataplane.forward.body;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A25 and A27: sixteen requests or 64 KiB may wait, and then no more is read. */
class HeldInputTest {
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private static void add(HeldInput held, String text) {
        ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
        held.add(bytes, ByteBufAllocator.DEFAULT);
    }

    @Test
    void theSixteenthRequestThatWaitsIsTheLast() {
        var held = new HeldInput();
        for (int i = 0; i < 15; i++) {
            add(held, REQUEST);
            assertThat(held.isFull()).as("%s wait", i + 1).isFalse();
        }
        add(held, REQUEST.substring(0, REQUEST.length() - 1));
        assertThat(held.isFull()).isFalse();
        add(held, "\n");
        assertThat(held.isFull()).isTrue();
        held.drop();
        assertThat(held.isFull()).isFalse();
    }

    @Test
    void sixteenAtOnceAreSixteen() {
        var held = new HeldInput();
        add(held, REQUEST.repeat(16));
        assertThat(held.isFull()).isTrue();
        held.drop();
    }

    @Test
    void bytesOfNoRequestCountByTheirNumber() {
        var held = new HeldInput();
        add(held, "x".repeat((64 << 10) - 1));
        assertThat(held.isFull()).isFalse();
        add(held, "x");
        assertThat(held.isFull()).isTrue();
        held.drop();
    }
}
