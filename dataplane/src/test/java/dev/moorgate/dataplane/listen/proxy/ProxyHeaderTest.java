package dev.moorgate.dataplane.listen.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    private static ProxyHeader read(byte[] bytes) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        ProxyHeader header = ProxyHeader.read(in);
        assertThat(in.readerIndex()).as("nothing is taken out").isZero();
        return header;
    }

    private static ProxyHeader text(String line) {
        return read(line.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static ProxyHeader hex(String octets) {
        return read(HexFormat.of().parseHex(octets.replace(" ", "")));
    }

    private static InetSocketAddress client(ProxyHeader header) {
        assertThat(header).isInstanceOf(ProxyHeader.Complete.class);
        return ((ProxyHeader.Complete) header).client().orElse(null);
    }

    private static InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PROXY TCP4 192.0.2.7 192.0.2.1 56324 443            | 192.0.2.7   | 56324",
                "PROXY TCP4 255.255.255.255 255.255.255.255 65535 0  | 255.255.255.255 | 65535",
                "PROXY TCP6 2001:db8::7 2001:db8::1 1 443            | 2001:db8::7 | 1",
                "PROXY TCP6 ::ffff:192.0.2.7 ::1 1 443               | 192.0.2.7   | 1",
            })
    void version1TellsTheClient(String line, String address, int port) {
        assertThat(client(text(line + "\r\n"))).isEqualTo(at(address, port));
        assertThat(((ProxyHeader.Complete) text(line + "\r\nGET / HTTP/1.1")).length())
                .isEqualTo(line.length() + 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 whatever 1 2\r\n"})
    void version1MayNotKnowTheClient(String line) {
        assertThat(client(text(line))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\n",
                "PROXY\r\n",
                "PROXY \r\n",
                "proxy TCP4 192.0.2.7 192.0.2.1 1 2\r\n",
                "PROXY TCP4 192.0.2.7 192.0.2.1 1\r\n",
                "PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n",
                "PROXY TCP4  192.0.2.7 192.0.2.1 1 2\r\n",
                "PROXY TCP4 192.0.2.7 192.0.2.1 1 2\n",
                "PROXY TCP4 192.0.2.256 192.0.2.1 1 2\r\n",
                "PROXY TCP4 example.com 192.0.2.1 1 2\r\n",
                "PROXY TCP4 2001:db8::7 192.0.2.1 1 2\r\n",
                "PROXY TCP6 192.0.2.7 2001:db8::1 1 2\r\n",
                "PROXY TCP6 fe80::1%eth0 2001:db8::1 1 2\r\n",
                "PROXY TCP4 192.0.2.7 192.0.2.1 65536 2\r\n",
                "PROXY TCP4 192.0.2.7 192.0.2.1 01 2\r\n",
                "PROXY TCP4 192.0.2.7 192.0.2.1 +1 2\r\n",
                "PROXY UDP4 192.0.2.7 192.0.2.1 1 2\r\n",
            })
    void whatIsNoVersion1IsMalformed(String line) {
        assertThat(text(line)).isInstanceOf(ProxyHeader.Malformed.class);
    }

    @Test
    void aLineIsNoLongerThan107Bytes() {
        String longest = "PROXY UNKNOWN " + "x".repeat(107 - 16) + "\r\n";

        assertThat(longest).hasSize(107);
        assertThat(text(longest)).isInstanceOf(ProxyHeader.Complete.class);
        assertThat(text("PROXY UNKNOWN " + "x".repeat(107 - 14))).isInstanceOf(ProxyHeader.Malformed.class);
    }

    @Test
    void version2TellsTheClient() {
        assertThat(client(hex(SIGNATURE + "21 11 000c c0000207 c0000201 dc04 01bb")))
                .isEqualTo(at("192.0.2.7", 56324));
        assertThat(client(hex(SIGNATURE + "21 21 0024"
                        + "20010db8000000000000000000000007 20010db8000000000000000000000001 0001 01bb")))
                .isEqualTo(at("2001:db8::7", 1));
    }

    @Test
    void typesAndValuesBehindTheAddressesArePassedOver() {
        ProxyHeader header = hex(SIGNATURE + "21 11 0013 c0000207 c0000201 dc04 01bb 03 0004 deadbeef" + "474554");

        assertThat(client(header)).isEqualTo(at("192.0.2.7", 56324));
        assertThat(((ProxyHeader.Complete) header).length()).isEqualTo(16 + 19);
    }

    @Test
    void theLoadBalancersOwnConnectionsHaveNoClient() {
        assertThat(client(hex(SIGNATURE + "20 00 0000"))).isNull();
        assertThat(client(hex(SIGNATURE + "20 11 000c c0000207 c0000201 dc04 01bb")))
                .isNull();
        assertThat(client(hex(SIGNATURE + "21 00 0002 abcd"))).as("UNSPEC").isNull();
        assertThat(client(hex(SIGNATURE + "21 31 00d8" + "00".repeat(216))))
                .as("AF_UNIX")
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                SIGNATURE + "11 11 000c c0000207 c0000201 dc04 01bb",
                SIGNATURE + "22 11 000c c0000207 c0000201 dc04 01bb",
                SIGNATURE + "21 12 000c c0000207 c0000201 dc04 01bb",
                SIGNATURE + "21 41 000c c0000207 c0000201 dc04 01bb",
                SIGNATURE + "21 11 000b c0000207 c0000201 dc04 01",
                SIGNATURE + "21 21 000c c0000207 c0000201 dc04 01bb",
                SIGNATURE + "21 11 1001",
                "0d0a0d0a000d0a515549540b 21 11 000c",
                "0d0a0d0b",
            })
    void whatIsNoVersion2IsMalformed(String octets) {
        assertThat(hex(octets)).isInstanceOf(ProxyHeader.Malformed.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "50524f585920554e4b4e4f574e0d0a",
                SIGNATURE + "21 11 000c c0000207 c0000201 dc04 01bb",
                SIGNATURE + "21 11 0013 c0000207 c0000201 dc04 01bb 03 0004 deadbeef",
            })
    void everyBeginningOfAHeaderIsIncomplete(String octets) {
        byte[] whole = HexFormat.of().parseHex(octets.replace(" ", ""));

        for (int length = 0; length < whole.length; length++) {
            assertThat(read(Arrays.copyOf(whole, length)))
                    .as("%d bytes", length)
                    .isInstanceOf(ProxyHeader.Incomplete.class);
        }
        assertThat(read(whole)).isInstanceOf(ProxyHeader.Complete.class);
    }

    /** I26: whatever comes is one of the three, and nothing behind the header is looked at. */
    @Test
    void mutatedHeadersAreReadOrRefused() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        byte[][] good = {
            "PROXY TCP4 192.0.2.7 192.0.2.1 56324 443\r\nGET /".getBytes(StandardCharsets.US_ASCII),
            "PROXY TCP6 2001:db8::7 2001:db8::1 1 443\r\n".getBytes(StandardCharsets.US_ASCII),
            HexFormat.of().parseHex(SIGNATURE + "21110013c0000207c0000201dc0401bb030004deadbeef474554"),
            HexFormat.of().parseHex(SIGNATURE + "21210024" + "20".repeat(36)),
        };
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = good[random.nextInt(good.length)].clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            byte[] cut = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
            if (ProxyHeader.read(Unpooled.wrappedBuffer(ByteBuffer.wrap(cut))) instanceof ProxyHeader.Complete header) {
                assertThat(header.length()).as("seed %d", seed).isBetween(1, cut.length);
            }
        }
    }
}
