package dev.moorgate.dataplane.fuzz;

import dev.moorgate.dataplane.listen.proxy.ProxyHeader;
import dev.moorgate.dataplane.listen.tls.ClientHello;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** What a connection may begin with: a header of the PROXY protocol, a ClientHello. The first byte says which. */
final class OpeningFuzz implements FuzzTarget {
    private static final String HELLO =
            "0303" + "11".repeat(32) + "00" + "0004" + "13011302" + "0100" + "0039" + "0000000c000a0000076d6f6f722e6465"
                    + "000d00060004040308040010000b000908687474702f312e31" + "002b0003020304";

    @Override
    public List<byte[]> seeds() {
        return List.of(
                text("\0PROXY TCP4 192.0.2.1 192.0.2.2 40000 443\r\n"),
                text("\0PROXY TCP6 2001:db8::1 2001:db8::2 40000 443\r\nrest"),
                text("\0PROXY UNKNOWN\r\n"),
                HexFormat.of().parseHex("00" + "0d0a0d0a000d0a515549540a" + "2111000c" + "c0000201c00002029c4001bb"),
                HexFormat.of().parseHex("00" + "0d0a0d0a000d0a515549540a" + "20000000"),
                HexFormat.of().parseHex("01" + HELLO));
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void feed(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        if ((input[0] & 1) == 0) {
            proxy(rest);
        } else {
            hello(rest);
        }
    }

    /** What has come so far never says something else than all of it does. */
    private static void proxy(byte[] bytes) {
        ProxyHeader whole = ProxyHeader.read(Unpooled.wrappedBuffer(bytes));
        for (int length = 0; length < bytes.length; length += 1 + bytes.length / 100) {
            ByteBuf in = Unpooled.wrappedBuffer(bytes, 0, length);
            ProxyHeader early = ProxyHeader.read(in);
            if (in.readerIndex() != 0) {
                throw new IllegalStateException("takes bytes out of the buffer");
            }
            if (!(early instanceof ProxyHeader.Incomplete) && !early.equals(whole)) {
                throw new IllegalStateException("says " + early + " after " + length + " bytes, then " + whole);
            }
        }
        if (whole instanceof ProxyHeader.Complete complete && complete.length() > bytes.length) {
            throw new IllegalStateException("is longer than what came: " + complete);
        }
    }

    private static void hello(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        ClientHello hello = ClientHello.parse(in);
        if (in.readerIndex() != 0) {
            throw new IllegalStateException("takes bytes out of the buffer");
        }
        String name = hello == null ? null : hello.serverName();
        if (name != null && !name.matches("[!-~&&[^A-Z]]{1,253}")) {
            throw new IllegalStateException("a name that no list of hosts can hold: " + name);
        }
    }
}
