package dev.moorgate.cli.process;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** One HTTP/1.1 connection; a request at a time, answers with a length. */
public final class HttpClient implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    private HttpClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(60_000);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    public static HttpClient connect(String address, int port) throws IOException {
        return new HttpClient(new Socket(InetAddress.ofLiteral(address), port));
    }

    /** An answer; {@code start}: its status line, {@code head}: its field lines. */
    public record Answer(String start, int status, List<String> head, String body) {
        Optional<String> field(String name) {
            String start = name.toLowerCase(Locale.ROOT) + ":";
            return head.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
                    .map(line -> line.substring(start.length()).strip())
                    .findFirst();
        }

        /** {@code name=value} of the one cookie that is set. */
        Optional<String> cookie() {
            return field("set-cookie").map(value -> value.replaceFirst(";.*", ""));
        }

        boolean closes() {
            return field("connection")
                    .filter(value -> value.equalsIgnoreCase("close"))
                    .isPresent();
        }
    }

    public Answer get(String host, String path, String... fields) throws IOException {
        send(host, path, fields);
        return answer();
    }

    void send(String host, String path, String... fields) throws IOException {
        var head = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        socket.getOutputStream().write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The next answer. */
    Answer answer() throws IOException {
        String start = line();
        var head = new java.util.ArrayList<String>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            head.add(line);
        }
        var answer = new Answer(start, Integer.parseInt(start.substring(9, 12)), List.copyOf(head), "");
        int length = Integer.parseInt(answer.field("content-length")
                .orElseThrow(() -> new IOException("no length in " + start + " " + head)));
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException(body.length + " of " + length + " bytes");
        }
        return new Answer(start, answer.status(), answer.head(), new String(body, StandardCharsets.UTF_8));
    }

    /** Whether the other side has ended the connection, in whichever way. */
    boolean awaitEnd() {
        try {
            return in.readAllBytes().length == 0;
        } catch (IOException e) {
            return true;
        }
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0) {
                throw new EOFException("ended in a head: <" + line + ">");
            }
            line.append((char) octet);
        }
        return line.toString().strip();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
