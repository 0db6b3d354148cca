package dev.moorgate.e2e;

import dev.moorgate.e2e.tls.Offer;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLSocket;

/** One HTTP/1.1 connection to an address, with a Host of one's choice. For one thread. */
final class Client implements AutoCloseable {
    /** For what is never answered; on a crowded machine an answer may take ten seconds. */
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Socket socket;
    private final InputStream in;
    private boolean used;

    private Client(Socket socket) throws IOException {
        this.socket = socket;
        in = new BufferedInputStream(socket.getInputStream());
    }

    static Client http(String address, int port) throws IOException {
        return new Client(connect(address, port));
    }

    static Client https(String address, int port, String host) throws IOException {
        return https(address, port, host, Offer.ANYTHING);
    }

    static Client https(String address, int port, String host, Offer offer) throws IOException {
        Socket socket = connect(address, port);
        try {
            return new Client(offer.over(socket, host, port));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static Socket connect(String address, int port) throws IOException {
        var socket = new Socket();
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
        return socket;
    }

    /** What the server showed of itself. */
    X509Certificate certificate() throws IOException {
        return (X509Certificate) ((SSLSocket) socket).getSession().getPeerCertificates()[0];
    }

    /** Which of the suites it has offered was picked. */
    String suite() {
        return ((SSLSocket) socket).getSession().getCipherSuite();
    }

    /** Whether it has answered before, so that the server may have closed it meanwhile. */
    boolean isUsed() {
        return used;
    }

    Reply get(String host, String target, Map<String, String> headers) throws IOException {
        var head = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        socket.getOutputStream().write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        String status = line();
        Map<String, List<String>> fields = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            fields.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), absent -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        byte[] body = fields.containsKey("transfer-encoding") ? chunks() : fixed(fields);
        used = true;
        return new Reply(Integer.parseInt(status.substring(9, 12)), fields, new String(body, StandardCharsets.UTF_8));
    }

    private byte[] fixed(Map<String, List<String>> fields) throws IOException {
        return exactly(Integer.parseInt(
                fields.getOrDefault("content-length", List.of("0")).getFirst()));
    }

    private byte[] chunks() throws IOException {
        var whole = new java.io.ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            whole.write(exactly(size));
            line();
        }
        line();
        return whole.toByteArray();
    }

    private byte[] exactly(int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("the body ended after " + bytes.length + " of " + size + " bytes");
        }
        return bytes;
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("closed after \"" + line + "\"");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
