package dev.moorgate.dataplane.listen.proxy;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The header that a connection begins with (HAProxy's proxy-protocol.txt 2.1 and 2.2), read without taking anything out of the buffer.
 * What it tells beside the client's address, TLVs too, is passed over.
 */
public sealed interface ProxyHeader {
    /** It has not all come yet. */
    record Incomplete() implements ProxyHeader {}

    /** It is none, in our words. */
    record Malformed(String why) implements ProxyHeader {}

    /**
     * It is whole.
     *
     * @param length of the header
     * @param client absent: the connection is the load balancer's own (LOCAL), or it does not know the client (UNKNOWN)
     */
    record Complete(int length, Optional<InetSocketAddress> client) implements ProxyHeader {}

    static ProxyHeader read(ByteBuf in) {
        if (!in.isReadable()) {
            return new Incomplete();
        }
        return in.getByte(in.readerIndex()) == Version2.SIGNATURE[0] ? Version2.read(in) : Version1.read(in);
    }

    /** A line of text. */
    final class Version1 {
        private static final byte[] BEGINNING = "PROXY ".getBytes(StandardCharsets.US_ASCII);
        /** With its CR LF. */
        private static final int LONGEST = 107;

        private Version1() {}

        static ProxyHeader read(ByteBuf in) {
            int there = in.readableBytes();
            for (int i = 0; i < Math.min(there, BEGINNING.length); i++) {
                if (in.getByte(in.readerIndex() + i) != BEGINNING[i]) {
                    return new Malformed("no header");
                }
            }
            int end = in.indexOf(in.readerIndex(), in.readerIndex() + Math.min(there, LONGEST), (byte) '\n');
            if (end < 0) {
                return there < LONGEST ? new Incomplete() : new Malformed("the line has no end");
            }
            int length = end - in.readerIndex() + 1;
            String line = in.toString(in.readerIndex(), length, StandardCharsets.ISO_8859_1);
            return line.endsWith("\r\n")
                    ? line(line.substring(0, length - 2), length)
                    : new Malformed("the line does not end with CR LF");
        }

        private static ProxyHeader line(String line, int length) {
            String[] words = line.split(" ", -1);
            if (words.length >= 2 && words[1].equals("UNKNOWN")) {
                return new Complete(length, Optional.empty());
            }
            boolean isSix = words.length >= 2 && words[1].equals("TCP6");
            if (words.length != 6 || !isSix && !words[1].equals("TCP4")) {
                return new Malformed("not TCP4 or TCP6 with two addresses and two ports");
            }
            Optional<InetAddress> source = address(words[2], isSix);
            int port = port(words[4]);
            if (source.isEmpty() || address(words[3], isSix).isEmpty() || port < 0 || port(words[5]) < 0) {
                return new Malformed("an address or a port is none");
            }
            return new Complete(length, Optional.of(new InetSocketAddress(source.get(), port)));
        }

        private static Optional<InetAddress> address(String text, boolean isSix) {
            boolean looksRight = isSix
                    ? text.indexOf(':') >= 0 && text.indexOf('%') < 0 && text.indexOf('[') < 0
                    : text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
            try {
                return looksRight ? Optional.of(InetAddress.ofLiteral(text)) : Optional.empty();
            } catch (IllegalArgumentException none) {
                return Optional.empty();
            }
        }

        private static int port(String text) {
            boolean isNumber = text.matches("0|[1-9]\\d{0,4}");
            int port = isNumber ? Integer.parseInt(text) : -1;
            return port <= 65_535 ? port : -1;
        }
    }

    /** Binary. */
    final class Version2 {
        static final byte[] SIGNATURE = {0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A};
        private static final int HEAD = 16;
        /** Of addresses and TLVs: those of clouds and of TLS need some hundred. */
        private static final int LONGEST = 4096;

        private static final int UNSPECIFIED = 0x00;
        private static final int TCP_4 = 0x11;
        private static final int TCP_6 = 0x21;
        private static final int UNIX_STREAM = 0x31;

        private Version2() {}

        static ProxyHeader read(ByteBuf in) {
            int start = in.readerIndex();
            int there = in.readableBytes();
            for (int i = 0; i < Math.min(there, SIGNATURE.length); i++) {
                if (in.getByte(start + i) != SIGNATURE[i]) {
                    return new Malformed("no header");
                }
            }
            if (there < HEAD) {
                return new Incomplete();
            }
            int command = in.getUnsignedByte(start + 12);
            int family = in.getUnsignedByte(start + 13);
            int length = in.getUnsignedShort(start + 14);
            if (command != 0x20 && command != 0x21) {
                return new Malformed("neither LOCAL nor PROXY of version 2");
            }
            if (length > LONGEST) {
                return new Malformed("longer than " + LONGEST + " bytes");
            }
            boolean isLocal = command == 0x20;
            int addresses = switch (family) {
                case TCP_4 -> 12;
                case TCP_6 -> 36;
                case UNIX_STREAM -> 216;
                case UNSPECIFIED -> 0;
                default -> isLocal ? 0 : -1;
            };
            if (addresses < 0) {
                return new Malformed("no family that streams have");
            }
            if (!isLocal && length < addresses) {
                return new Malformed("shorter than its addresses");
            }
            if (there < HEAD + length) {
                return new Incomplete();
            }
            return new Complete(HEAD + length, isLocal ? Optional.empty() : client(in, start + HEAD, family));
        }

        private static Optional<InetSocketAddress> client(ByteBuf in, int at, int family) {
            if (family != TCP_4 && family != TCP_6) {
                return Optional.empty();
            }
            var address = new byte[family == TCP_4 ? 4 : 16];
            in.getBytes(at, address);
            int port = in.getUnsignedShort(at + 2 * address.length);
            try {
                return Optional.of(new InetSocketAddress(InetAddress.getByAddress(address), port));
            } catch (UnknownHostException e) {
                throw new IllegalStateException("an address has 4 or 16 octets", e);
            }
        }
    }
}
