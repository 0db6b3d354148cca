package dev.moorgate.dataplane.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A client that says exactly what a test tells it to, and reads answers. */
public final class RawClient extends RawSocket {

    public RawClient(Socket socket) {
        super(socket);
    }

    public static RawClient connect(int port) {
        try {
            return new RawClient(new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same over TLS, for a server that shows {@code certificate}. */
    public static RawClient connectSecured(int port, TlsCertificate certificate) {
        try {
            var socket = new Socket(loopback(), port);
            return new RawClient(
                    certificate.trustingContext().getSocketFactory().createSocket(socket, "", port, true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same for a client that speaks HTTP/2 and says so (ALPN). */
    public static RawClient connectNegotiating(int port, TlsCertificate certificate) {
        try {
            var socket = new Socket(loopback(), port);
            var secured =
                    (SSLSocket) certificate.trustingContext().getSocketFactory().createSocket(socket, "", port, true);
            SSLParameters parameters = secured.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            secured.setSSLParameters(parameters);
            secured.startHandshake();
            return new RawClient(secured);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An IPv4 loopback address, whatever the machine prefers. */
    static Inet4Address loopback() {
        try {
            return (Inet4Address) InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends a GET and reads its answer. */
    public Answer get(String path) {
        send("GET " + path + " HTTP/1.1\r\nHost: test.example\r\n\r\n");
        return readAnswer();
    }

    /** The next answer that is not interim, to a request that is no HEAD. */
    public Answer readAnswer() {
        while (true) {
            Answer answer = readAnswer(false);
            if (answer.status() >= 200 || answer.status() == 101) {
                return answer;
            }
        }
    }

    /** The next answer, interim or not; with {@code headOnly} (to a HEAD) it has no content. */
    public Answer readAnswer(boolean headOnly) {
        String head = readHead();
        int status = Integer.parseInt(head.substring(9, 12));
        var answer = new Answer(status, head, "", "");
        if (headOnly || status < 200 || status == 204 || status == 304) {
            return answer;
        }
        if (answer.has("transfer-encoding")) {
            return readChunks(answer);
        }
        if (answer.has("content-length")) {
            return new Answer(status, head, read(Integer.parseInt(answer.field("content-length"))), "");
        }
        return new Answer(status, head, readToEnd(), "");
    }

    private Answer readChunks(Answer answer) {
        var content = new StringBuilder();
        while (true) {
            int size = Integer.parseInt(readLine(), 16);
            if (size == 0) {
                break;
            }
            content.append(read(size));
            read(2);
        }
        var trailers = new StringBuilder();
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            trailers.append(line).append("\r\n");
        }
        return new Answer(answer.status(), answer.head(), content.toString(), trailers.toString());
    }

    private String readLine() {
        var line = new StringBuilder();
        while (line.length() < 2 || line.charAt(line.length() - 2) != '\r' || line.charAt(line.length() - 1) != '\n') {
            line.append(new String(readBytes(1), StandardCharsets.ISO_8859_1));
        }
        return line.substring(0, line.length() - 2);
    }

    /**
     * An answer as it came.
     *
     * @param head status line and fields with their line ends
     * @param trailers fields behind the last chunk, with their line ends
     */
    public record Answer(int status, String head, String body, String trailers) {
        public boolean has(String name) {
            return !fields(name).isEmpty();
        }

        /** The one value of a field. */
        public String field(String name) {
            List<String> values = fields(name);
            if (values.size() != 1) {
                throw new AssertionError(values.size() + " fields " + name + " in " + head);
            }
            return values.getFirst();
        }

        public List<String> fields(String name) {
            List<String> values = new ArrayList<>();
            for (String line : head.split("\r\n", -1)) {
                if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                    values.add(line.substring(name.length() + 1).strip());
                }
            }
            return values;
        }
    }
}
