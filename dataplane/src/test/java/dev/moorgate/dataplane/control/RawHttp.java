package dev.moorgate.dataplane.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** One request on a connection of its own, octet for octet; the whole response as text. */
final class RawHttp {
    private RawHttp() {}

    static String send(SocketAddress address, String head, byte[] body) {
        try (SocketChannel channel = SocketChannel.open(address)) {
            write(channel, (head + "Connection: close\r\n\r\n").getBytes(ISO_8859_1));
            write(channel, body);
            var response = new ByteArrayOutputStream();
            ByteBuffer part = ByteBuffer.allocate(8192);
            while (channel.read(part) >= 0) {
                response.write(part.array(), 0, part.position());
                part.clear();
            }
            return response.toString(ISO_8859_1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void write(SocketChannel channel, byte[] octets) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(octets);
        while (rest.hasRemaining()) {
            channel.write(rest);
        }
    }
}
