package dev.moorgate.dataplane.listen.staple;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * Asks OCSP responders by HTTP/1.0 GET (RFC 6960 A.1): one short question, one answer until its end, no redirects. The URL comes out
 * of a certificate, and so from whoever may write Secrets: nothing on this machine or link is asked. Blocks; any thread but event
 * loops.
 */
public final class Responders {
    private static final int MOST_BYTES = 64 * 1024;
    private static final int HTTP_PORT = 80;
    private static final byte[] HEAD_END = {'\r', '\n', '\r', '\n'};

    private final Predicate<InetAddress> allowed;
    private final Duration limit;

    /**
     * @param allowed which addresses may be asked
     * @param limit for an answer, from the look-up of the address to the last byte
     */
    public Responders(Predicate<InetAddress> allowed, Duration limit) {
        this.allowed = allowed;
        this.limit = limit;
    }

    /** Whether an address may be another machine's, and not one of the link, such as a cloud's metadata. */
    public static boolean isElsewhere(InetAddress address) {
        return !address.isLoopbackAddress()
                && !address.isLinkLocalAddress()
                && !address.isAnyLocalAddress()
                && !address.isMulticastAddress();
    }

    /** The body of the answer. */
    byte[] ask(URI responder, byte[] request) throws OcspFailure {
        long deadline = System.nanoTime() + limit.toNanos();
        int port = responder.getPort() < 0 ? HTTP_PORT : responder.getPort();
        OcspFailure last = new OcspFailure(StapleFault.ADDRESS, responder.getHost() + " has no address");
        for (InetAddress address : addresses(responder.getHost())) {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), left(deadline));
                socket.getOutputStream().write(head(responder, port, request).getBytes(StandardCharsets.US_ASCII));
                return body(socket, deadline);
            } catch (SocketTimeoutException e) {
                throw new OcspFailure(StapleFault.TIMEOUT, responder.getHost() + " does not answer in time");
            } catch (IOException e) {
                last = new OcspFailure(StapleFault.UNREACHABLE, address.getHostAddress() + ": " + e.getMessage());
            }
        }
        throw last;
    }

    private List<InetAddress> addresses(String host) throws OcspFailure {
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        try {
            List<InetAddress> addresses = Arrays.stream(InetAddress.getAllByName(name))
                    .filter(allowed)
                    .toList();
            if (addresses.isEmpty()) {
                throw new OcspFailure(StapleFault.ADDRESS, host + " has no address that may be asked");
            }
            return addresses;
        } catch (UnknownHostException e) {
            throw new OcspFailure(StapleFault.ADDRESS, host + " has no address");
        }
    }

    private static String head(URI responder, int port, byte[] request) {
        String path = responder.getRawPath() == null ? "" : responder.getRawPath();
        String question = URLEncoder.encode(Base64.getEncoder().encodeToString(request), StandardCharsets.US_ASCII);
        return "GET " + path + (path.endsWith("/") ? "" : "/") + question + " HTTP/1.0\r\nHost: " + responder.getHost()
                + (port == HTTP_PORT ? "" : ":" + port) + "\r\nAccept: application/ocsp-response\r\n\r\n";
    }

    private static int left(long deadline) throws SocketTimeoutException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException();
        }
        return (int) millis;
    }

    private static byte[] body(Socket socket, long deadline) throws IOException, OcspFailure {
        var bytes = new byte[MOST_BYTES];
        int length = 0;
        int head = -1;
        int end = MOST_BYTES;
        InputStream in = socket.getInputStream();
        while (length < end) {
            // a byte now and then must not keep us
            socket.setSoTimeout(left(deadline));
            int read = in.read(bytes, length, end - length);
            if (read < 0) {
                break;
            }
            length += read;
            if (head < 0) {
                head = headEnd(bytes, length);
                if (head >= 0) {
                    end = end(new String(bytes, 0, head, StandardCharsets.ISO_8859_1), head);
                }
            }
        }
        if (head < 0) {
            throw new OcspFailure(StapleFault.MALFORMED, "the answer is no HTTP response");
        }
        if (end == MOST_BYTES && length == end) {
            throw new OcspFailure(StapleFault.MALFORMED, "the answer is larger than " + MOST_BYTES + " bytes");
        }
        if (end < MOST_BYTES && length < end) {
            throw new OcspFailure(StapleFault.UNREACHABLE, "the answer ends early");
        }
        return Arrays.copyOfRange(bytes, head, length);
    }

    private static int headEnd(byte[] bytes, int length) {
        for (int i = HEAD_END.length; i <= length; i++) {
            if (Arrays.equals(bytes, i - HEAD_END.length, i, HEAD_END, 0, HEAD_END.length)) {
                return i;
            }
        }
        return -1;
    }

    /** Where the body ends; as much as is read where the head does not say so: with the connection. */
    private static int end(String head, int start) throws OcspFailure {
        String[] lines = head.split("\r\n", -1);
        String[] status = lines[0].split(" ", -1);
        if (!status[0].startsWith("HTTP/1.") || status.length < 2) {
            throw new OcspFailure(StapleFault.MALFORMED, "the answer is no HTTP response");
        }
        if (!status[1].equals("200")) {
            throw new OcspFailure(StapleFault.HTTP_STATUS, "the responder answers with status " + status[1]);
        }
        for (String line : lines) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith("transfer-encoding:")) {
                throw new OcspFailure(StapleFault.MALFORMED, "the answer is coded, which HTTP/1.0 does not know");
            }
            if (lower.startsWith("content-length:")) {
                try {
                    int length = Integer.parseInt(
                            lower.substring("content-length:".length()).trim());
                    if (length < 0 || length >= MOST_BYTES - start) {
                        throw new OcspFailure(
                                StapleFault.MALFORMED, "the answer is larger than " + MOST_BYTES + " bytes");
                    }
                    return start + length;
                } catch (NumberFormatException e) {
                    throw new OcspFailure(StapleFault.MALFORMED, "the answer's length is no number");
                }
            }
        }
        return MOST_BYTES;
    }
}
